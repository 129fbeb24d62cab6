//! What the simulators of one `Process` have told so far. It outlives each of them.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, MutexGuard};

use crate::history::History;
use crate::journal::now_ms;
use crate::protocol::{Call, Line, Outcome};

/// What was told.
#[derive(Default)]
pub(super) struct Told {
    pub(super) calls: Vec<Call>,
    last_number: u64,
    /// From the numbers of the running simulator to those of the `Process`.
    numbers: HashMap<u64, u64>,
    pub(super) listening: bool,
    /// The state differs from the one last asked for.
    pub(super) changed: bool,
    /// The running simulator will tell nothing more.
    pub(super) silent: bool,
    pub(super) answer: Option<Line>,
    pub(super) history: History,
}

/// What was told, shared with the thread that listens.
#[derive(Default)]
pub(super) struct Mirror {
    told: Mutex<Told>,
    news: Condvar,
}

impl Mirror {
    pub(super) fn lock(&self) -> MutexGuard<'_, Told> {
        self.told.lock()
    }

    /// Waits for more. `false`: the end has come.
    pub(super) fn wait(&self, told: &mut MutexGuard<'_, Told>, end: Instant) -> bool {
        let left = end.saturating_duration_since(Instant::now());
        left > Duration::ZERO && {
            self.news.wait_for(told, left);
            true
        }
    }

    /// A new simulator begins.
    pub(super) fn begin(&self) {
        let mut told = self.told.lock();
        told.numbers.clear();
        told.listening = false;
        told.silent = false;
        told.changed = true;
        told.answer = None;
    }

    pub(super) fn take_in(&self, line: Line) {
        let mut told = self.told.lock();
        match line {
            Line::Listening => told.listening = true,
            Line::Changed => told.changed = true,
            Line::Stored { change } => told.history.take_in(change),
            Line::Begun { call } => told.begun(call),
            Line::Ended {
                number,
                id,
                end_ms,
                outcome,
            } => told.ended(number, id, end_ms, outcome),
            Line::State { .. } | Line::Done { .. } => told.answer = Some(line),
        }
        self.news.notify_all();
    }

    /// The simulator has ended, and its calls with it.
    pub(super) fn fall_silent(&self) {
        let mut told = self.told.lock();
        told.silent = true;
        for call in told
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
        self.told.lock().calls.clone()
    }

    pub(super) fn clear_calls(&self) {
        self.told
            .lock()
            .calls
            .retain(|call| call.outcome == Outcome::Pending);
    }
}

impl Told {
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
