//! What to order next.

use std::time::Instant;

use super::file::{File, Want};
use super::{position, Running, Schedule, MOST_BATCHES};
use crate::filewatcher::messages::{Batch, Cause, Order};

impl Schedule {
    /// What is to be ordered now.
    pub(in super::super) fn next(&mut self, now: Instant) -> Vec<Order> {
        if self.is_stopping() {
            return Vec::new();
        }
        self.want_due(now);
        let mut orders = self.give_up(&|files, batch| {
            let is_obsolete = |key: &String| {
                let wanted = |at: usize| files[at].wanted.is_some_and(|want| want.is_new);
                position(files, key).map_or(true, wanted)
            };
            batch.files.iter().any(is_obsolete)
        });
        let ready = self.ready();
        if self.running.len() + ready.len() > MOST_BATCHES {
            self.crowded = self.next_number;
            orders.extend(self.give_up(&|_, _| true));
        }
        if self.is_held_up() {
            return orders;
        }
        let chores = self.chores.now(now);
        if let Some(prunes) =
            chores.filter(|_| self.is_idle() && self.has_begun() && !self.is_missing)
        {
            orders.push(self.begin_chores(prunes));
        } else {
            orders.extend(
                ready
                    .into_iter()
                    .map(|(cause, files)| self.begin(cause, files)),
            );
        }
        orders
    }

    /// What failed and has waited long enough is to be deployed again.
    fn want_due(&mut self, now: Instant) {
        if self.is_missing {
            return;
        }
        let due = |file: &&mut File| !file.is_open() && file.retry_at.is_some_and(|at| at <= now);
        for file in self.files.iter_mut().filter(due) {
            file.wanted = Some(Want::new(file.retry_cause, false));
            file.retry_at = None;
        }
    }

    /// The files that can be deployed now, by the cause.
    fn ready(&self) -> Vec<(Cause, Vec<String>)> {
        let of = |cause: Cause| {
            let is_ready = |file: &&File| {
                !file.is_running && file.wanted.is_some_and(|want| want.cause == cause)
            };
            let ready = self.files.iter().filter(is_ready);
            (cause, ready.map(|file| file.key.clone()).collect())
        };
        let ready = [Cause::Begin, Cause::Touch, Cause::Retry].map(of);
        let is_some = |(_, files): &(Cause, Vec<String>)| !files.is_empty();
        ready.into_iter().filter(is_some).collect()
    }

    fn begin(&mut self, cause: Cause, files: Vec<String>) -> Order {
        let mut new = Vec::new();
        for key in &files {
            if let Some(file) = self.file(key) {
                file.is_running = true;
                if file.wanted.take().is_some_and(|want| want.is_new) {
                    new.push(key.clone());
                }
            }
        }
        self.run(cause, files, new, None)
    }

    fn begin_chores(&mut self, prunes: bool) -> Order {
        self.chores.begun(prunes);
        self.run(Cause::Retry, Vec::new(), Vec::new(), Some(prunes))
    }

    /// `chores`: it is about no files; with this, it prunes.
    fn run(
        &mut self,
        cause: Cause,
        files: Vec<String>,
        new: Vec<String>,
        chores: Option<bool>,
    ) -> Order {
        let number = self.next_number;
        self.next_number += 1;
        self.running.push(Running {
            number,
            cause,
            files: files.clone(),
            chores,
            is_given_up: false,
        });
        let all = || self.files.iter().map(|file| file.key.clone()).collect();
        Order::Deploy(Batch {
            number,
            cause,
            files,
            new,
            told: self.told.clone(),
            tidy: chores.is_some(),
            prune: chores.filter(|prunes| *prunes).map(|_| all()),
        })
    }
}
