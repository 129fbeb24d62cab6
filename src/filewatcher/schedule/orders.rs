//! What to order next.

use std::time::Instant;

use super::file::{File, TRIGGERS};
use super::{Layers, Schedule};
use crate::filewatcher::protocol::{Order, Request};
use crate::reconcile::Trigger;

impl Schedule {
    /// Returns what is to be ordered now.
    pub(in super::super) fn next(&mut self, now: Instant) -> Vec<Order> {
        if !self.is_active() {
            return Vec::new();
        }
        let mut requests: Vec<Request> = self.cleanup_request(now).into_iter().collect();
        for trigger in TRIGGERS {
            requests.extend(self.files_request(trigger, now));
        }
        if std::mem::take(&mut self.has_deserted) && requests.is_empty() {
            requests.push(self.new_request(Trigger::Change));
        }
        requests.into_iter().map(Order::Deploy).collect()
    }

    fn cleanup_request(&mut self, now: Instant) -> Option<Request> {
        let prunes = self.cleanup.begin(self.next_number, now)?;
        let mut request = self.new_request(Trigger::Retry);
        request.tidy = true;
        request.prune = prunes.then(|| self.files.keys().cloned().collect());
        Some(request)
    }

    /// Orders the files that are due and queued with this trigger.
    fn files_request(&mut self, trigger: Trigger, now: Instant) -> Option<Request> {
        let is_due = |file: &File| file.due_trigger(now) == Some(trigger);
        if !self.files.values().any(is_due) {
            return None;
        }
        let mut request = self.new_request(trigger);
        for (key, file) in self.files.iter_mut().filter(|(_, file)| is_due(file)) {
            request.files.push(key.clone());
            if file.is_queued_as_new() {
                request.new.push(key.clone());
            }
            file.ordered(request.number, trigger);
        }
        Some(request)
    }

    fn new_request(&mut self, trigger: Trigger) -> Request {
        let number = self.next_number;
        self.next_number += 1;
        self.running.push(number);
        Request {
            number,
            trigger,
            reported: self.reported.clone(),
            lacks_layer: self.layers == Layers::Missing,
            ..Request::default()
        }
    }
}
