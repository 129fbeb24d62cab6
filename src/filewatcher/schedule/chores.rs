//! What is to be done besides deploying files: take up what interrupted replacements have left behind, and remove the containers of
//! manifests that are gone. Both may concern any container, so nothing else is done at the same time.

use std::time::{Duration, Instant};

use crate::filewatcher::pauses::pause;

/// A manifest that is gone for so long is not being replaced by an editor or a package manager.
const GONE: Duration = Duration::from_secs(5);

/// Whether and when there is something to do.
#[derive(Debug)]
pub(super) struct Chores {
    /// Interrupted replacements may have left something behind.
    is_untidy: bool,
    /// Something is ever pruned.
    prunes: bool,
    /// Manifests have gone, and it was not seen to their containers yet.
    owes_pruning: bool,
    prune_at: Option<Instant>,
    /// In a row.
    failures: u32,
    not_before: Option<Instant>,
}

impl Chores {
    /// At the beginning there is something to do.
    pub(super) fn new(prunes: bool) -> Chores {
        Chores {
            is_untidy: true,
            prunes,
            owes_pruning: false,
            prune_at: None,
            failures: 0,
            not_before: None,
        }
    }

    /// A deployment was interrupted.
    pub(super) fn is_untidy(&mut self) {
        self.is_untidy = true;
    }

    /// The files are other ones than before, and some have gone (or might have before the daemon began): what is owed waits until
    /// it has been quiet for a while.
    pub(super) fn changed(&mut self, has_gone: bool, now: Instant) {
        self.owes_pruning |= has_gone && self.prunes;
        self.prune_at = self.owes_pruning.then_some(now + GONE);
    }

    /// Is there something to do now, and is it to prune, too?
    pub(super) fn now(&self, now: Instant) -> Option<bool> {
        let prunes = self.prune_at.is_some_and(|at| at <= now);
        let is_early = self.not_before.is_some_and(|at| at > now);
        (!is_early && (self.is_untidy || prunes)).then_some(prunes)
    }

    /// When there will be something to do. (What there is to do now is begun at once.)
    pub(super) fn due(&self) -> Option<Instant> {
        let untidy = self.not_before.filter(|_| self.is_untidy);
        let prune = self
            .prune_at
            .max(self.not_before)
            .filter(|_| self.prune_at.is_some());
        untidy.into_iter().chain(prune).min()
    }

    /// What was interrupted is done again now.
    pub(super) fn hurry(&mut self) {
        self.not_before = None;
    }

    /// It is being done.
    pub(super) fn begun(&mut self, prunes: bool) {
        self.is_untidy = false;
        if prunes {
            self.prune_at = None;
        }
    }

    /// It was done. `has_pruned`: also this; `is_held_back`: until the files are other ones.
    pub(super) fn done(&mut self, has_pruned: bool, is_held_back: bool) {
        self.failures = 0;
        self.not_before = None;
        // What has gone meanwhile may have been overlooked.
        self.owes_pruning &= !has_pruned || is_held_back || self.prune_at.is_some();
    }

    /// It was interrupted, and is done again after a pause (spread by `random`).
    pub(super) fn failed(&mut self, prunes: bool, now: Instant, random: u64) {
        self.failures = self.failures.saturating_add(1);
        self.not_before = Some(now + pause(self.failures, random));
        self.is_untidy = true;
        if prunes {
            self.prune_at.get_or_insert(now);
        }
    }
}
