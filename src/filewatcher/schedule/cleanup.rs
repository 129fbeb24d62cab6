//! Work on containers without a manifest: tidy up what interrupted replacements have left behind, and prune the containers of
//! manifests that are gone. One request of this kind runs at a time.

use std::time::{Duration, Instant};

use crate::filewatcher::backoff::backoff;

/// A manifest that is gone for so long is not being replaced by an editor or a package manager.
const GONE: Duration = Duration::from_secs(5);

/// When to clean up.
#[derive(Debug, Default)]
pub(super) struct Cleanup {
    /// Pruning is enabled.
    pub(super) prunes: bool,
    /// Manifests have gone, and their containers were not pruned yet.
    owes_pruning: bool,
    tidy_at: Option<Instant>,
    prune_at: Option<Instant>,
    /// The number of the request that is running, and whether it prunes.
    running: Option<(u32, bool)>,
    /// Failures in a row.
    failures: u32,
}

impl Cleanup {
    pub(super) fn new(prunes: bool) -> Cleanup {
        Cleanup {
            prunes,
            ..Cleanup::default()
        }
    }

    /// Has leftovers tidied up: a deployment was interrupted, or may have been. A backoff stays as it is.
    pub(super) fn tidy(&mut self, now: Instant) {
        self.tidy_at.get_or_insert(now);
    }

    /// Delays pruning until the files have not changed for a while. `has_gone`: some have disappeared, or may have.
    pub(super) fn files_changed(&mut self, has_gone: bool, now: Instant) {
        self.owes_pruning |= has_gone && self.prunes;
        self.prune_at = self.owes_pruning.then_some(now + GONE);
    }

    /// Ends the backoff.
    pub(super) fn hurry(&mut self, now: Instant) {
        self.tidy_at = self.tidy_at.map(|at| at.min(now));
        self.prune_at = self.prune_at.map(|at| at.min(now + GONE));
    }

    /// When there is something to do.
    pub(super) fn due(&self) -> Option<Instant> {
        if self.running.is_some() {
            return None;
        }
        self.tidy_at.into_iter().chain(self.prune_at).min()
    }

    /// Begins what is due, as request `number`. Returns whether that prunes.
    pub(super) fn begin(&mut self, number: u32, now: Instant) -> Option<bool> {
        self.due().filter(|at| *at <= now)?;
        let prunes = self.prune_at.is_some_and(|at| at <= now);
        self.tidy_at = None;
        if prunes {
            self.prune_at = None;
        }
        self.running = Some((number, prunes));
        Some(prunes)
    }

    /// Is request `number` a cleanup?
    pub(super) fn is_running(&self, number: u32) -> bool {
        self.running.is_some_and(|(running, _)| running == number)
    }

    /// Notes that the cleanup is done. `is_held_back`: it did not prune, and will not until the files change.
    pub(super) fn done(&mut self, is_held_back: bool) {
        self.failures = 0;
        let has_pruned = self.running.take().is_some_and(|(_, prunes)| prunes);
        if has_pruned && !is_held_back {
            // The worker may have overlooked what has gone meanwhile.
            self.owes_pruning = self.prune_at.is_some();
        }
    }

    /// Notes that the cleanup was interrupted: it is repeated after a backoff (spread by `random`).
    pub(super) fn failed(&mut self, now: Instant, random: u64) {
        self.failures = self.failures.saturating_add(1);
        let retry_at = now + backoff(self.failures, random);
        self.tidy_at = Some(retry_at);
        if let Some((_, true)) = self.running.take() {
            self.prune_at = Some(retry_at);
        }
    }
}
