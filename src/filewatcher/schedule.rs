//! Decides what the worker is to deploy when, from what a look at the files has found and from how earlier requests ended. Pure.
//!
//! Nothing waits for anything: a file that changes is ordered at once, also while an earlier request for it is running. The
//! worker then drops the old content, and only the answer to the newest request counts for that file.

mod cleanup;
mod file;
mod files;
mod orders;
mod results;
#[cfg(test)]
mod tests;

use std::time::Instant;

use super::protocol::{InvalidFile, Order};
use crate::manifests_parser::FileStamp;
use crate::reconcile::Trigger;
use crate::sort::sort_by;
use cleanup::Cleanup;
use file::{File, State};
use files::Files;

/// The files of the directory, and what is done about them.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    /// By their keys.
    files: Files,
    /// Numbers of the requests that the worker has not answered yet.
    running: Vec<u32>,
    next_number: u32,
    /// The newest request whose answer listed the invalid files.
    last_verdict: Option<u32>,
    /// Requests before this one are older than the last change of the files.
    outdated: u32,
    /// Problems that the worker has reported already.
    reported: Vec<InvalidFile>,
    phase: Phase,
    /// The directory is missing or unreadable. That says nothing about the manifests.
    is_missing: bool,
    layers: Layers,
    /// The worker has read another content than the last look found.
    is_in_doubt: bool,
    cleanup: Cleanup,
    /// A file has gone while the worker is at work on it: the worker has to read the directory again.
    has_deserted: bool,
}

/// Are all layers there? Nothing is pruned while one is missing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Layers {
    #[default]
    Complete,
    Missing,
    /// The last missing one has come since the last look.
    Restored,
}

/// How far the daemon is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Phase {
    /// Nobody has looked at the files yet.
    #[default]
    Start,
    Follow,
    /// Nothing is ordered any more.
    Stop,
}

/// What a look at the files has found, by their keys.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct FileChanges {
    /// New files, and files with new content.
    pub(super) changed: Vec<String>,
    /// Files with the same content and another time of modification.
    pub(super) touched: Vec<String>,
    /// Files that have disappeared.
    pub(super) gone: Vec<String>,
}

impl Schedule {
    /// Creates a schedule without files. `prunes`: containers whose manifests are gone are removed.
    pub(super) fn new(prunes: bool) -> Schedule {
        Schedule {
            cleanup: Cleanup::new(prunes),
            has_deserted: false,
            ..Schedule::default()
        }
    }

    /// Takes over which files there are now, by their keys.
    pub(super) fn found(
        &mut self,
        mut found: Vec<(String, FileStamp)>,
        now: Instant,
    ) -> FileChanges {
        let mut changes = FileChanges::default();
        let mut before = std::mem::take(&mut self.files);
        sort_by(&mut found, |a, b| a.0.cmp(&b.0));
        for (key, version) in found {
            let file = match before.remove(&key) {
                None => {
                    changes.changed.push(key.clone());
                    let trigger = match self.phase {
                        Phase::Start => Trigger::Start,
                        Phase::Follow | Phase::Stop => Trigger::Change,
                    };
                    File::new(&key, version, trigger)
                }
                Some(mut file) => {
                    if file.version.content != version.content {
                        changes.changed.push(key.clone());
                        file.queue(Trigger::Change, true);
                    } else if file.version != version {
                        changes.touched.push(key.clone());
                        file.queue(Trigger::Touch, false);
                    }
                    file.version = version;
                    file
                }
            };
            self.files.push(key, file);
        }
        self.has_deserted |= before.values().any(|file| file.running.is_some());
        changes.gone.extend(before.into_keys());
        self.note_changes(&changes, now);
        changes
    }

    fn note_changes(&mut self, changes: &FileChanges, now: Instant) {
        let is_first = self.phase == Phase::Start;
        let is_changed = *changes != FileChanges::default();
        if is_changed {
            self.outdated = self.next_number;
        }
        if !changes.gone.is_empty() {
            self.reported
                .retain(|invalid| !changes.gone.contains(&invalid.file));
            // A file may have been invalid only because of one that is gone.
            self.recheck_invalid();
        }
        let has_all_again = self.layers == Layers::Restored;
        if has_all_again {
            self.layers = Layers::Complete;
        }
        if is_changed || is_first || self.is_missing || has_all_again {
            // At the start nobody knows how long missing files have been gone.
            let has_gone = is_first || !changes.gone.is_empty();
            self.cleanup.files_changed(has_gone, now);
        }
        if is_first {
            self.cleanup.tidy(now);
            self.phase = Phase::Follow;
        }
        self.is_missing = false;
    }

    /// Orders what is invalid again, unless it is ordered already.
    fn recheck_invalid(&mut self) {
        for file in self.files.values_mut() {
            if file.state == State::Invalid && !file.is_open() {
                file.queue(Trigger::Retry, true);
            }
        }
    }

    /// Has anybody looked at the files?
    pub(super) fn has_begun(&self) -> bool {
        self.phase != Phase::Start
    }

    /// Has the worker read another content than the last look found? If so, look at the files. Says so once.
    pub(super) fn is_in_doubt(&mut self) -> bool {
        std::mem::take(&mut self.is_in_doubt)
    }

    /// Notes that the directory is missing: nothing is ordered until it is back.
    pub(super) fn missing(&mut self) {
        self.is_missing = true;
    }

    /// Notes whether a layer is missing.
    pub(super) fn lack(&mut self, lacks_layer: bool) {
        self.layers = match self.layers {
            _ if lacks_layer => Layers::Missing,
            Layers::Missing => Layers::Restored,
            same => same,
        };
    }

    /// Ends all backoffs, and has invalid files checked again.
    pub(super) fn hurry(&mut self, now: Instant) {
        for file in self.files.values_mut() {
            file.hurry(now);
        }
        self.recheck_invalid();
        self.cleanup.hurry(now);
    }

    /// Orders everything but invalid files again. Kanto-CM may have lost its last writes, so leftovers and removed containers
    /// may be back, too.
    pub(super) fn kanto_cm_restarted(&mut self, now: Instant) {
        for file in self.files.values_mut() {
            if file.state != State::Invalid || file.is_open() {
                file.queue(Trigger::CmRestarted, false);
            }
        }
        self.cleanup.tidy(now);
        self.cleanup.hurry(now);
        self.cleanup.files_changed(true, now);
    }

    /// Orders nothing any more. Returns the order that ends what is running.
    pub(super) fn stop(&mut self) -> Vec<Order> {
        self.phase = Phase::Stop;
        if self.is_idle() {
            return Vec::new();
        }
        vec![Order::Stop]
    }

    /// Do containers go with their manifests?
    pub(super) fn prunes(&self) -> bool {
        self.cleanup.prunes
    }

    /// Is nothing ordered any more?
    pub(super) fn is_stopping(&self) -> bool {
        self.phase == Phase::Stop
    }

    /// Has every file had an answer once? A worker that died has given none. Nobody answers while the directory is missing.
    pub(super) fn is_ready(&self) -> bool {
        self.is_missing || self.files.values().all(|file| file.has_answer)
    }

    /// Is nothing being deployed?
    pub(super) fn is_idle(&self) -> bool {
        self.running.is_empty()
    }

    /// May something be ordered?
    fn is_active(&self) -> bool {
        self.phase == Phase::Follow && !self.is_missing
    }

    /// When something is to be ordered next, if nothing happens before.
    pub(super) fn due(&self) -> Option<Instant> {
        if !self.is_active() {
            return None;
        }
        let retries = self.files.values().filter_map(File::retry_at);
        retries.chain(self.cleanup.due()).min()
    }

    /// Describes the state of the containers in one line.
    pub(super) fn status(&self) -> String {
        let mut parts = Vec::new();
        match self.names_in(State::UpToDate).len() {
            0 => {}
            1 => parts.push("1 container up to date".to_owned()),
            count => parts.push(format!("{count} containers up to date")),
        }
        match self.files.values().filter(|file| file.is_open()).count() {
            0 => {}
            count => parts.push(format!("{count} being deployed")),
        }
        for (state, word) in [
            (State::Failed, "failed"),
            (State::RolledBack, "rolled back"),
            (State::Invalid, "invalid"),
        ] {
            let names = self.names_in(state);
            if !names.is_empty() {
                parts.push(format!("{} {word}: {}", names.len(), names.join(", ")));
            }
        }
        if parts.is_empty() {
            return "no manifests".to_owned();
        }
        parts.join(", ")
    }

    fn names_in(&self, state: State) -> Vec<&str> {
        let files = self.files.values();
        let settled = files.filter(|file| !file.is_open() && file.state == state);
        settled.map(|file| file.name.as_str()).collect()
    }
}
