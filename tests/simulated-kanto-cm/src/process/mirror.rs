//! What the simulators of one `Process` have reported so far. It outlives each of them.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, MutexGuard};

use crate::history::History;
use crate::journal::now_ms;
use crate::protocol::{Call, Line, Outcome};

/// What was reported.
#[derive(Default)]
pub(super) struct Reported {
    pub(super) calls: Vec<Call>,
    last_number: u64,
    /// From the numbers of the running simulator to those of the `Process`.
    numbers: HashMap<u64, u64>,
    pub(super) listening: bool,
    /// The state differs from the one last asked for.
    pub(super) changed: bool,
    /// The running simulator will report nothing more.
    pub(super) silent: bool,
    pub(super) answer: Option<Line>,
    pub(super) history: History,
}

/// What was reported, shared with the thread that listens.
#[derive(Default)]
pub(super) struct Mirror {
    reported: Mutex<Reported>,
    news: Condvar,
}

impl Mirror {
    pub(super) fn lock(&self) -> MutexGuard<'_, Reported> {
        self.reported.lock()
    }

    /// Waits for more. `false`: the end has come.
    pub(super) fn wait(&self, reported: &mut MutexGuard<'_, Reported>, end: Instant) -> bool {
        let left = end.saturating_duration_since(Instant::now());
        left > Duration::ZERO && {
            self.news.wait_for(reported, left);
            true
        }
    }

    /// A new simulator begins.
    pub(super) fn begin(&self) {
        let mut reported = self.reported.lock();
        reported.numbers.clear();
        reported.listening = false;
        reported.silent = false;
        reported.changed = true;
        reported.answer = None;
    }

    pub(super) fn take_in(&self, line: Line) {
        let mut reported = self.reported.lock();
        match line {
            Line::Listening => reported.listening = true,
            Line::Changed => reported.changed = true,
            Line::Stored { change } => reported.history.take_in(change),
            Line::Begun { call } => reported.begun(call),
            Line::Ended {
                number,
                id,
                end_ms,
                outcome,
            } => reported.ended(number, id, end_ms, outcome),
            Line::State { .. } | Line::Done { .. } => reported.answer = Some(line),
        }
        self.news.notify_all();
    }

    /// The simulator has ended, and its calls with it.
    pub(super) fn fall_silent(&self) {
        let mut reported = self.reported.lock();
        reported.silent = true;
        for call in reported
            .calls
            .iter_mut()
            .filter(|call| call.outcome == Outcome::Pending)
        {
            call.outcome = Outcome::Lost;
            call.end_ms = Some(now_ms());
        }
        self.news.notify_all();
    }

    pub(super) fn calls(&self) -> Vec<Call> {
        self.reported.lock().calls.clone()
    }

    pub(super) fn clear_calls(&self) {
        self.reported
            .lock()
            .calls
            .retain(|call| call.outcome == Outcome::Pending);
    }
}

impl Reported {
    fn begun(&mut self, mut call: Call) {
        self.last_number += 1;
        self.numbers.insert(call.number, self.last_number);
        call.number = self.last_number;
        self.calls.push(call);
    }

    fn ended(&mut self, number: u64, id: String, end_ms: u64, outcome: Outcome) {
        let Some(number) = self.numbers.remove(&number) else {
            return;
        };
        if let Some(call) = self.calls.iter_mut().find(|call| call.number == number) {
            call.id = id;
            call.end_ms = Some(end_ms);
            call.outcome = outcome;
        }
    }
}
