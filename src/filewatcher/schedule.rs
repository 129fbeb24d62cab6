//! What is to be deployed when: from what a look at the files has brought and how deployments ended to the next orders. Pure.
//!
//! Batches run side by side, so that no change waits behind a pull that takes minutes. A file whose content changes while it
//! is being deployed ends its batch: what that had not finished goes on in a batch of its own.

mod begin;
mod chores;
mod end;
mod file;
#[cfg(test)]
mod tests;

use std::time::Instant;

use super::messages::{Cause, Order, Wrong};
use crate::manifests_parser::Version;
use chores::Chores;
use file::{File, State, Want};

/// So many batches at a time: each takes some threads and a connection. When one more is called for, all are given up, and when
/// the last of them has ended, their files go on together.
const MOST_BATCHES: usize = 8;

/// What is known of the files, and what is done about them.
#[derive(Debug)]
pub(super) struct Schedule {
    /// By their keys.
    files: Vec<File>,
    running: Vec<Running>,
    next_number: u32,
    /// The last batch that told which files are invalid.
    last_judge: Option<u32>,
    /// Batches before this one had begun when the files were found to be other ones than before.
    outdated: u32,
    /// Batches before this one were too many.
    crowded: u32,
    /// What was told to be wrong.
    told: Vec<Wrong>,
    phase: Phase,
    /// The directory is not there. That says nothing about the manifests.
    is_missing: bool,
    /// A batch has read something else than what was found last.
    is_in_doubt: bool,
    chores: Chores,
}

/// How far the daemon is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The files were never looked at.
    Begin,
    Follow,
    /// Nothing is begun any more.
    Stop,
}

/// A batch that is being deployed.
#[derive(Debug)]
struct Running {
    number: u32,
    cause: Cause,
    files: Vec<String>,
    /// It is about no files; with this, it prunes.
    chores: Option<bool>,
    is_given_up: bool,
}

/// What a look at the files has brought.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct News {
    /// New or with new content.
    pub(super) changed: Vec<String>,
    /// With the same content and another time of modification.
    pub(super) touched: Vec<String>,
    /// Not there any more.
    pub(super) gone: Vec<String>,
}

impl Schedule {
    /// `prunes`: containers whose manifests are gone are removed.
    pub(super) fn new(prunes: bool) -> Schedule {
        Schedule {
            files: Vec::new(),
            running: Vec::new(),
            next_number: 0,
            last_judge: None,
            outdated: 0,
            crowded: 0,
            told: Vec::new(),
            phase: Phase::Begin,
            is_missing: false,
            is_in_doubt: false,
            chores: Chores::new(prunes),
        }
    }

    /// These are the files that there are now, by their keys.
    pub(super) fn found(&mut self, mut found: Vec<(String, Version)>, now: Instant) -> News {
        found.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        let mut news = News::default();
        let mut before = std::mem::take(&mut self.files).into_iter().peekable();
        for (key, version) in found {
            while let Some(gone) = before.next_if(|file| file.key < key) {
                news.gone.push(gone.key);
            }
            let file = match before.next_if(|file| file.key == key) {
                None => {
                    news.changed.push(key.clone());
                    self.appeared(key, version)
                }
                Some(mut file) => {
                    let is_new = file.version.content != version.content;
                    if is_new {
                        news.changed.push(key);
                    } else if file.version != version {
                        news.touched.push(key);
                    }
                    if file.version != version {
                        file.changed(version, is_new);
                    }
                    file
                }
            };
            self.files.push(file);
        }
        news.gone.extend(before.map(|file| file.key));
        if news != News::default() {
            self.outdated = self.next_number;
        }
        self.look_after_gone(&news, now);
        if self.phase == Phase::Begin {
            self.phase = Phase::Follow;
        }
        self.is_missing = false;
        news
    }

    fn appeared(&self, key: String, version: Version) -> File {
        let cause = match self.phase {
            Phase::Begin => Cause::Begin,
            Phase::Follow | Phase::Stop => Cause::Touch,
        };
        // It may have been gone for a moment, and its deployment goes on.
        let is_running = self.running.iter().any(|batch| batch.files.contains(&key));
        File::new(key, version, cause, is_running)
    }

    fn look_after_gone(&mut self, news: &News, now: Instant) {
        if !news.gone.is_empty() {
            self.told.retain(|one| !news.gone.contains(&one.file));
            // One of these may have been invalid only because of one that is gone.
            let is_waiting = |file: &&mut File| file.state == State::Invalid && !file.is_running;
            for file in self.files.iter_mut().filter(is_waiting) {
                file.want(Want::new(Cause::Retry, true));
            }
        }
        // At the beginning nobody knows how long what is not there has been gone.
        let is_first = self.phase == Phase::Begin;
        if *news != News::default() || is_first || self.is_missing {
            self.chores.changed(!news.gone.is_empty() || is_first, now);
        }
    }

    /// Were the files looked at before?
    pub(super) fn has_begun(&self) -> bool {
        self.phase != Phase::Begin
    }

    /// Has a batch read something else than what was found last? Then the files are to be looked at.
    pub(super) fn is_in_doubt(&mut self) -> bool {
        std::mem::take(&mut self.is_in_doubt)
    }

    /// The directory is not there: nothing is tried again, nor pruned, until it is.
    pub(super) fn missing(&mut self) {
        self.is_missing = true;
    }

    /// What failed is tried again now, and what is invalid is looked at again.
    pub(super) fn hurry(&mut self, now: Instant) {
        for file in &mut self.files {
            file.retry_at = file.retry_at.map(|_| now);
            if file.state == State::Invalid && !file.is_open() {
                file.want(Want::new(Cause::Retry, true));
            }
        }
        self.chores.hurry();
    }

    /// Nothing is begun any more.
    pub(super) fn stop(&mut self) -> Vec<Order> {
        self.phase = Phase::Stop;
        self.give_up(&|_, _| true)
    }

    /// Is nothing begun any more?
    pub(super) fn is_stopping(&self) -> bool {
        self.phase == Phase::Stop
    }

    /// When there will be something to do, if nothing happens before.
    pub(super) fn due(&self) -> Option<Instant> {
        let waiting = self.files.iter().filter(|file| !file.is_open());
        let retries = waiting.filter_map(|file| file.retry_at);
        let chores = self.chores.due().filter(|_| self.is_idle());
        let due = retries.filter(|_| !self.is_held_up()).chain(chores).min();
        due.filter(|_| !self.is_stopping() && !self.is_missing)
    }

    /// Is nothing being deployed?
    pub(super) fn is_idle(&self) -> bool {
        self.running.is_empty()
    }

    /// Has something to end before anything is begun?
    fn is_held_up(&self) -> bool {
        let is_in_the_way = |batch: &Running| {
            // It may concern any container.
            let is_alone = batch.chores.is_some();
            let is_too_many = batch.number < self.crowded;
            // The file may be there under another name, and its container is not to be made twice.
            let mut files = batch.files.iter();
            let is_gone = files.any(|key| position(&self.files, key).is_none());
            is_alone || is_too_many || is_gone
        };
        self.running.iter().any(is_in_the_way)
    }

    fn file(&mut self, key: &str) -> Option<&mut File> {
        position(&self.files, key).map(|at| &mut self.files[at])
    }

    /// Ends the batches for which `which` says so.
    fn give_up(&mut self, which: &dyn Fn(&[File], &Running) -> bool) -> Vec<Order> {
        let files = &self.files;
        let running = self.running.iter_mut();
        let given_up = running.filter(|batch| !batch.is_given_up && which(files, batch));
        given_up
            .map(|batch| {
                batch.is_given_up = true;
                Order::GiveUp(batch.number)
            })
            .collect()
    }

    /// How things stand, in a sentence.
    pub(super) fn status(&self) -> String {
        let of = |state: State| {
            let files = self.files.iter();
            let of_state = files.filter(move |file| !file.is_open() && file.state == state);
            of_state
                .map(|file| file.name.as_str())
                .collect::<Vec<&str>>()
        };
        let mut parts = Vec::new();
        match of(State::AsWanted).len() {
            0 => {}
            1 => parts.push("1 container as wanted".to_owned()),
            right => parts.push(format!("{right} containers as wanted")),
        }
        let open = self.files.iter().filter(|file| file.is_open()).count();
        if open > 0 {
            parts.push(format!("{open} being deployed"));
        }
        for state in [State::Failed, State::RolledBack, State::Invalid] {
            let names = of(state);
            if !names.is_empty() {
                let (count, word) = (names.len(), state.word());
                parts.push(format!("{count} {word}: {}", names.join(", ")));
            }
        }
        if parts.is_empty() {
            return "no manifests".to_owned();
        }
        parts.join(", ")
    }
}

fn position(files: &[File], key: &str) -> Option<usize> {
    files
        .binary_search_by(|file| file.key.as_str().cmp(key))
        .ok()
}
