//! What is still to be done in a random world, kept apart from what the schedule keeps.

use std::collections::HashSet;

use super::jobs::Job;
use super::*;

/// The shortest backoff.
const BACKOFF: Duration = Duration::from_secs(5);

#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// Files that somebody has changed (`true`) or touched, and that were not ordered since.
    asked: HashMap<String, bool>,
    /// Files to be ordered again after a restart of Kanto-CM. `false`: they may be invalid, and need not.
    restarted: HashMap<String, bool>,
    /// The newest request of each file that is there.
    newest: HashMap<String, u32>,
    /// The triggers of what the worker has not begun, by the files.
    unbegun: HashMap<String, HashSet<&'static str>>,
    /// Something that was interrupted is to be tidied up.
    pub(super) is_untidy: bool,
    /// Files have gone, and their containers were not pruned.
    pub(super) owes_pruning: bool,
    /// While it was pruned, the files became other ones or the directory was missing: something may have been overlooked.
    has_changed: bool,
    /// When a cleanup that was interrupted may be repeated.
    not_before: Option<Instant>,
}

impl Ledger {
    pub(super) fn new(prunes: bool) -> Ledger {
        Ledger {
            is_untidy: true,
            owes_pruning: prunes,
            ..Ledger::default()
        }
    }

    pub(super) fn hurried(&mut self) {
        self.not_before = None;
    }

    pub(super) fn kanto_cm_restarted(&mut self, files: Vec<String>, prunes: bool) {
        self.restarted
            .extend(files.into_iter().map(|file| (file, true)));
        self.is_untidy = true;
        self.owes_pruning |= prunes;
        self.has_changed = true;
        self.not_before = None;
    }

    pub(super) fn looked(&mut self, changes: &FileChanges, was_missing: bool, prunes: bool) {
        self.has_changed |= was_missing || *changes != FileChanges::default();
        for file in &changes.gone {
            self.asked.remove(file);
            self.restarted.remove(file);
            self.newest.remove(file);
            self.unbegun.remove(file);
            self.owes_pruning |= prunes;
        }
        for (files, is_new) in [(&changes.changed, true), (&changes.touched, false)] {
            for file in files {
                *self.asked.entry(file.clone()).or_default() |= is_new;
            }
        }
    }

    /// No other request of this file is newer.
    pub(super) fn is_newest(&self, file: &str, number: u32) -> bool {
        self.newest.get(file) == Some(&number)
    }

    /// `running`: the requests that were running before.
    pub(super) fn ordered(&mut self, request: &Request, running: &HashSet<u32>, now: Instant) {
        if request.tidy {
            let is_late = self.not_before.map_or(true, |at| at <= now);
            assert!(is_late || request.prune.is_some(), "{request:?}");
            assert!(self.is_untidy || self.owes_pruning, "{request:?}");
            self.is_untidy = false;
            self.has_changed = false;
            self.not_before = None;
        }
        for file in &request.files {
            let newest = self.newest.insert(file.clone(), request.number);
            let is_running = newest.is_some_and(|newest| running.contains(&newest));
            self.check_trigger(file, request, is_running);
        }
    }

    fn check_trigger(&mut self, file: &str, request: &Request, is_running: bool) {
        let trigger = request.trigger;
        let why = || format!("{file}, running: {is_running}: {request:?}");
        let is_new = request.new.iter().any(|new| new == file);
        let unbegun = self.unbegun.entry(file.to_owned()).or_default();
        let was_unbegun = unbegun.contains(word(trigger));
        if !is_running {
            unbegun.clear();
        }
        unbegun.insert(word(trigger));
        let was_restarted = self.restarted.remove(file);
        match self.asked.remove(file) {
            Some(true) => {
                let expected = [Trigger::Start, Trigger::Change];
                assert!(is_new && expected.contains(&trigger), "{}", why());
            }
            Some(false) => assert!(trigger == Trigger::Touch || was_unbegun, "{}", why()),
            None if was_restarted == Some(true) || trigger == Trigger::CmRestarted => {
                assert!(was_restarted.is_some() || was_unbegun, "{}", why());
                assert!(trigger == Trigger::CmRestarted || was_unbegun, "{}", why());
            }
            None => {
                assert!(!is_running, "{}", why());
                assert!(trigger == Trigger::Retry || was_unbegun, "{}", why());
            }
        }
    }

    /// Everything that has to be ordered was.
    pub(super) fn check(&self, is_cleaning_up: bool) {
        assert!(self.asked.is_empty(), "{:?}", self.asked);
        let must = self.restarted.values().any(|must| *must);
        assert!(!must, "{:?}", self.restarted);
        let is_due = self.is_untidy && self.not_before.is_none();
        assert!(is_cleaning_up || !is_due, "nobody tidies up");
    }

    /// `seen`: the files that are known.
    pub(super) fn ended(
        &mut self,
        job: &Job,
        end: &Finished,
        seen: &HashSet<&String>,
        now: Instant,
    ) {
        for file in &job.request.files {
            let result = end.results.iter().find(|one| one.file == *file);
            let is_begun = result.is_some_and(|one| one.end != End::NotBegun);
            if self.is_newest(file, end.number) && is_begun {
                self.unbegun.remove(file);
            }
        }
        for invalid in end.invalid.iter().flatten() {
            if let Some(must) = self.restarted.get_mut(&invalid.file) {
                *must = false;
            }
        }
        let is_open = |one: &FileResult| {
            let is_newest = self.is_newest(&one.file, end.number) || !seen.contains(&one.file);
            is_newest && matches!(one.end, End::NotBegun | End::Unfinished)
        };
        let is_incomplete =
            end.is_incomplete || end.invalid.is_none() || end.results.iter().any(is_open);
        self.is_untidy |= is_incomplete;
        if !job.is_cleanup() {
            return;
        }
        if is_incomplete {
            self.not_before = Some(now + BACKOFF);
        } else {
            let is_held_back = end.invalid.as_ref().is_some_and(|all| !all.is_empty());
            let has_pruned = job.request.prune.is_some() && !is_held_back && !seen.is_empty();
            self.owes_pruning &= !has_pruned || self.has_changed;
        }
    }
}
