//! What the end of a batch means for its files.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::file::{File, State, Want};
use super::{position, Running, Schedule};
use crate::filewatcher::messages::{Cause, End, FileResult, Finished, Wrong};
use crate::filewatcher::pauses::pause;

impl Schedule {
    /// A batch is through. What failed is tried again after a pause (spread by `random`): how long it is, and the containers'
    /// names.
    pub(in super::super) fn finished(
        &mut self,
        finished: &Finished,
        now: Instant,
        random: u64,
    ) -> Vec<(Duration, String)> {
        let is_it = |batch: &Running| batch.number == finished.number;
        let Some(at) = self.running.iter().position(is_it) else {
            return Vec::new();
        };
        let batch = self.running.swap_remove(at);
        // What a batch that began later has read is newer.
        let is_newest = Some(finished.number) > self.last_judge;
        let heard = Heard::of(finished, is_newest);
        let pauses = self.end_files(&batch, &heard, now, random);
        if let Some(wrong) = finished.invalid.as_ref().filter(|_| is_newest) {
            self.last_judge = Some(finished.number);
            if batch.chores.is_none() {
                self.told.clone_from(wrong);
            } else {
                self.told.retain(|one| wrong.contains(one)); // it says nothing
            }
            // Something has changed since, and they may be valid now.
            self.judge(&heard, finished.number < self.outdated);
        }
        self.end_chores(&batch, finished, now, random);
        pauses
    }

    fn end_files(
        &mut self,
        batch: &Running,
        heard: &Heard,
        now: Instant,
        random: u64,
    ) -> Vec<(Duration, String)> {
        let mut pauses = Vec::new();
        for key in &batch.files {
            let Some(file) = self.file(key) else {
                continue; // it is gone
            };
            file.is_running = false;
            if heard.wrong.contains_key(key.as_str()) {
                if !heard.is_newest {
                    file.want(Want::new(Cause::Retry, true));
                }
                continue;
            }
            let result = heard.results.get(key.as_str());
            let mut is_other = false;
            if let Some(result) = result {
                file.name.clone_from(&result.name);
                is_other = file.was_read_as(result.content);
            }
            let end = result.map_or(End::NotBegun, |result| result.end);
            if let Some(pause) = file.ended(end, batch, now, random) {
                pauses.push((pause, file.name.clone()));
            }
            self.is_in_doubt |= is_other;
        }
        pauses
    }

    /// The process that deploys has ended without a word about the batches that it had.
    pub(in super::super) fn lost(&mut self, now: Instant, random: u64) -> Vec<(Duration, String)> {
        let numbers: Vec<u32> = self.running.iter().map(|batch| batch.number).collect();
        let unanswered = |number: u32| Finished {
            number,
            ..Finished::default()
        };
        numbers
            .into_iter()
            .flat_map(|number| self.finished(&unanswered(number), now, random))
            .collect()
    }

    /// Takes over which files hold no valid manifest.
    fn judge(&mut self, heard: &Heard, is_outdated: bool) {
        for file in &mut self.files {
            if let Some(wrong) = heard.wrong.get(file.key.as_str()) {
                file.state = State::Invalid;
                file.name.clone_from(&file.key);
                file.retry_at = None;
                self.is_in_doubt |= file.was_read_as(Some(wrong.content));
                if !is_outdated {
                    // Without new content it stays so.
                    file.wanted = file.wanted.filter(|want| want.is_new);
                } else if !file.is_running {
                    file.want(Want::new(Cause::Retry, true));
                }
            } else if file.state == State::Invalid
                && !file.is_running
                && !heard.results.contains_key(file.key.as_str())
            {
                // It was so because of another one.
                file.want(Want::new(Cause::Retry, true));
            }
        }
    }

    fn end_chores(&mut self, batch: &Running, finished: &Finished, now: Instant, random: u64) {
        let is_open = |one: &FileResult| matches!(one.end, End::NotBegun | End::Unfinished);
        let was_read = finished.invalid.is_some();
        let is_incomplete =
            finished.is_incomplete || !was_read || finished.results.iter().any(is_open);
        let Some(prunes) = batch.chores else {
            let is_gone = |key: &String| position(&self.files, key).is_none();
            // One that was given up and said so goes on in another batch, unless its files are gone.
            let goes_on = batch.is_given_up && was_read && !batch.files.iter().any(is_gone);
            if is_incomplete && !goes_on {
                self.chores.is_untidy();
            }
            return;
        };
        if is_incomplete || batch.is_given_up {
            self.chores.failed(prunes, now, random);
        } else {
            // By an empty directory, too.
            let is_valid = finished.invalid.as_ref().is_some_and(Vec::is_empty);
            self.chores.done(prunes, !is_valid || self.files.is_empty());
        }
    }
}

/// What a batch says, by the files.
struct Heard<'a> {
    results: HashMap<&'a str, &'a FileResult>,
    wrong: HashMap<&'a str, &'a Wrong>,
    /// No batch that began later has said what is wrong.
    is_newest: bool,
}

impl Heard<'_> {
    fn of(finished: &Finished, is_newest: bool) -> Heard<'_> {
        let results = finished.results.iter();
        let wrong = finished.invalid.iter().flatten();
        Heard {
            results: results.map(|one| (one.file.as_str(), one)).collect(),
            wrong: wrong.map(|one| (one.file.as_str(), one)).collect(),
            is_newest,
        }
    }
}

impl File {
    /// A batch has read this content. `true`: it is not what was found last, and the files are to be looked at: what is found then
    /// is news if it is something else again. While another batch deploys it, it is news also if it is this.
    fn was_read_as(&mut self, content: Option<u64>) -> bool {
        let is_known_as_new = self.wanted.is_some_and(|want| want.is_new);
        match content.filter(|content| *content != self.version.content && !is_known_as_new) {
            Some(content) => {
                if !self.is_running {
                    self.version.content = content;
                }
                true
            }
            None => false,
        }
    }

    /// A deployment of it has ended. If it is to be tried again after a pause: how long that is.
    fn ended(&mut self, end: End, batch: &Running, now: Instant, random: u64) -> Option<Duration> {
        match end {
            End::AsWanted => {
                self.state = State::AsWanted;
                self.failures = 0;
            }
            End::RolledBack => self.state = State::RolledBack,
            // It goes on in another batch.
            End::NotBegun if batch.is_given_up => {
                self.wanted.get_or_insert(Want::new(batch.cause, false));
            }
            End::Unfinished if batch.is_given_up => {
                self.wanted.get_or_insert(Want::new(Cause::Retry, false));
            }
            End::Failed | End::NotBegun | End::Unfinished => {
                self.state = State::Failed;
                if self.wanted.is_none() {
                    self.retry_cause = match end {
                        End::NotBegun => batch.cause,
                        _ => Cause::Retry,
                    };
                    self.failures = self.failures.saturating_add(1);
                    let pause = pause(self.failures, random);
                    self.retry_at = Some(now + pause);
                    return Some(pause);
                }
            }
        }
        None
    }
}
