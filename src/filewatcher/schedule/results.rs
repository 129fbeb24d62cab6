//! What the end of a request means for the files.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::file::State;
use super::{Layers, Schedule};
use crate::filewatcher::protocol::{End, FileResult, Finished, InvalidFile};
use crate::reconcile::Trigger;
use crate::sort::sort_by;

/// Invalid files, by their keys.
type Invalid<'a> = HashMap<&'a str, &'a InvalidFile>;

impl Schedule {
    /// Takes over how a request ended. Returns the backoffs (spread by `random`) and names of the containers that failed.
    pub(in super::super) fn finished(
        &mut self,
        finished: &Finished,
        now: Instant,
        random: u64,
    ) -> Vec<(Duration, String)> {
        let number = finished.number;
        if !self.running.contains(&number) {
            return Vec::new();
        }
        self.running.retain(|running| *running != number);
        let is_incomplete = self.is_incomplete(finished); // before the files are taken off the request
        let invalid = finished.invalid.iter().flatten();
        let invalid: Invalid = invalid
            .map(|invalid| (invalid.file.as_str(), invalid))
            .collect();
        let backoffs = self.end_files(finished, &invalid, now, random);
        if finished.invalid.is_some() && Some(number) > self.last_verdict {
            self.take_over_invalid(number, &invalid);
        }
        if !self.cleanup.is_running(number) {
            if is_incomplete {
                self.cleanup.tidy(now);
            }
        } else if is_incomplete {
            self.cleanup.failed(now, random);
        } else {
            let is_held_back =
                !invalid.is_empty() || self.files.is_empty() || self.layers == Layers::Missing;
            self.cleanup.done(is_held_back);
        }
        backoffs
    }

    /// Takes over that the worker has died, and will answer no request.
    pub(in super::super) fn lost(&mut self, now: Instant, random: u64) -> Vec<(Duration, String)> {
        let mut backoffs = Vec::new();
        for number in self.running.clone() {
            let unanswered = Finished {
                number,
                ..Finished::default()
            };
            backoffs.extend(self.finished(&unanswered, now, random));
        }
        backoffs
    }

    /// Was something interrupted that no newer request goes on with?
    fn is_incomplete(&self, finished: &Finished) -> bool {
        let is_open = |result: &FileResult| {
            let file = self.files.get(&result.file);
            let is_newest = file.map_or(true, |file| file.running == Some(finished.number));
            is_newest && matches!(result.end, End::NotBegun | End::Unfinished)
        };
        finished.is_incomplete || finished.invalid.is_none() || finished.results.iter().any(is_open)
    }

    /// Ends the files that no newer request has.
    fn end_files(
        &mut self,
        finished: &Finished,
        invalid: &Invalid,
        now: Instant,
        random: u64,
    ) -> Vec<(Duration, String)> {
        let results = finished.results.iter();
        let results: HashMap<_, _> = results.map(|result| (&result.file, result)).collect();
        let mut backoffs = Vec::new();
        for (key, file) in self.files.iter_mut() {
            if file.running != Some(finished.number) {
                continue;
            }
            file.running = None;
            let result = results.get(key);
            if let Some(result) = result {
                file.name.clone_from(&result.name);
                let content = result.content;
                self.is_in_doubt |= content.is_some_and(|content| file.was_read_as(content));
            }
            if !invalid.contains_key(key.as_str()) {
                let end = result.map_or(End::NotBegun, |result| result.end);
                let backoff = file.ended(end, now, random);
                backoffs.extend(backoff.map(|backoff| (backoff, file.name.clone())));
            } else if Some(finished.number) < self.last_verdict {
                // A newer request has said otherwise, perhaps.
                file.queue(Trigger::Retry, true);
            }
        }
        backoffs
    }

    /// Takes over which files hold no valid manifest.
    fn take_over_invalid(&mut self, number: u32, invalid: &Invalid) {
        self.last_verdict = Some(number);
        if self.cleanup.is_running(number) {
            let reported = &mut self.reported; // a cleanup reports none
            reported.retain(|known| invalid.get(known.file.as_str()) == Some(&known));
        } else {
            self.reported = invalid.values().copied().cloned().collect();
            sort_by(&mut self.reported, |a, b| a.file.cmp(&b.file));
        }
        for (key, file) in self.files.iter_mut() {
            // A newer request that is running knows better.
            if file.running > Some(number) {
                continue;
            }
            let Some(invalid) = invalid.get(key.as_str()) else {
                if file.state == State::Invalid && file.running.is_none() {
                    // It was invalid because of another file.
                    file.queue(Trigger::Retry, true);
                }
                continue;
            };
            file.state = State::Invalid;
            file.has_answer = true;
            file.name.clone_from(key);
            self.is_in_doubt |= file.was_read_as(invalid.content);
            if number >= self.outdated {
                // Without new content it stays invalid.
                file.queued = None;
            } else if file.running.is_none() {
                // The files have changed since, and it may be valid now.
                file.queue(Trigger::Retry, true);
            }
        }
    }
}
