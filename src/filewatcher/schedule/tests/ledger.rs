//! What is still to be done in a random world, kept apart from what the schedule keeps.

use std::collections::HashSet;

use super::jobs::Job;
use super::*;

/// The shortest pause.
const PAUSE: Duration = Duration::from_secs(5);

#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// What somebody has changed or touched and was not begun since: batches before this one had begun when that was found, and
    /// is the content new?
    asked: HashMap<String, (u32, bool)>,
    next_number: u32,
    /// Something that was interrupted is to be taken up.
    pub(super) is_untidy: bool,
    /// Files have gone, and it was not seen to their containers.
    pub(super) owes_pruning: bool,
    /// While it was, the files became other ones or the directory was not there: it may have overlooked something.
    has_changed: bool,
    /// When a chore may be begun.
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

    pub(super) fn looked(&mut self, news: &News, was_missing: bool, prunes: bool) {
        self.has_changed |= was_missing || *news != News::default();
        for file in &news.gone {
            self.asked.remove(file);
            self.owes_pruning |= prunes;
        }
        for (files, is_new) in [(&news.changed, true), (&news.touched, false)] {
            for file in files {
                let was_new = self.asked.get(file).is_some_and(|(_, is_new)| *is_new);
                let asked = (self.next_number, is_new || was_new);
                self.asked.insert(file.clone(), asked);
            }
        }
    }

    /// `is_free`: a chore could be begun instead.
    pub(super) fn begun(&mut self, batch: &Batch, is_free: bool, now: Instant) {
        self.next_number = batch.number + 1;
        for file in &batch.files {
            if let Some((_, is_new)) = self.asked.remove(file) {
                assert_ne!(batch.cause, Cause::Retry, "{file}: {batch:?}");
                assert!(!is_new || batch.new.contains(file), "{file}: {batch:?}");
            }
        }
        if batch.tidy {
            assert!(self.not_before.map_or(true, |at| at <= now), "{batch:?}");
            assert!(self.is_untidy || self.owes_pruning, "{batch:?}");
            self.has_changed = false;
        } else {
            assert!(
                !is_free || !self.is_untidy || self.not_before.is_some(),
                "before a chore: {batch:?}"
            );
        }
    }

    /// `seen`: the files that are known.
    pub(super) fn ended(
        &mut self,
        job: &Job,
        end: &Finished,
        seen: &HashSet<&String>,
        now: Instant,
    ) {
        let is_open = |one: &FileResult| matches!(one.end, End::NotBegun | End::Unfinished);
        let is_incomplete =
            end.is_incomplete || end.invalid.is_none() || end.results.iter().any(is_open);
        if !job.is_chore() {
            let is_gone = |file: &String| !seen.contains(file);
            let was_read = end.invalid.is_some();
            let goes_on = job.is_given_up && was_read && !job.batch.files.iter().any(is_gone);
            self.is_untidy |= is_incomplete && !goes_on;
        } else if is_incomplete {
            self.is_untidy = true;
            self.not_before = Some(now + PAUSE);
        } else {
            self.is_untidy = false;
            self.not_before = None;
            let is_held_back = end.invalid.as_ref().is_some_and(|all| !all.is_empty());
            let has_pruned = job.batch.prune.is_some() && !is_held_back && !seen.is_empty();
            self.owes_pruning &= !has_pruned || self.has_changed;
        }
        for wrong in end.invalid.iter().flatten() {
            // It was touched before it was read.
            let is_answer = |(since, is_new): &(u32, bool)| end.number >= *since && !is_new;
            if self.asked.get(&wrong.file).is_some_and(is_answer) {
                self.asked.remove(&wrong.file);
            }
        }
    }
}
