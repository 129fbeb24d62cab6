//! The board that the workers take their tasks from: what is to be created, and what may be started by now.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::outcome::{Done, Outcome, Ran};
use crate::kanto_cm::CallError;
use crate::plan::{Action, Step};
use crate::signals::StopSignal;

/// What a worker does next, for the step of that index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Task {
    Create(usize),
    Run(usize),
}

/// Shared by the workers of one round.
pub(super) struct Board<'a> {
    state: Mutex<State<'a>>,
    changed: Condvar,
    stop: &'a StopSignal,
    tasks: usize,
}

struct State<'a> {
    creates: VecDeque<usize>,
    runs: VecDeque<usize>,
    /// Per step: how many providers it still waits for, and itself to be created.
    waits_for: Vec<usize>,
    dependents: Vec<Vec<usize>>,
    unfinished: usize,
    broken: Option<CallError>,
    outcomes: &'a mut [Outcome],
}

impl<'a> Board<'a> {
    /// Puts all that the steps ask for on the board; what failed in an earlier round stays failed.
    pub(super) fn new(
        steps: &[Step],
        outcomes: &'a mut [Outcome],
        stop: &'a StopSignal,
    ) -> Board<'a> {
        let open: Vec<bool> = steps
            .iter()
            .zip(outcomes.iter())
            .map(|(step, outcome)| is_open(step, outcome))
            .collect();
        let mut state = State {
            creates: VecDeque::new(),
            runs: VecDeque::new(),
            waits_for: vec![0; steps.len()],
            dependents: vec![Vec::new(); steps.len()],
            unfinished: 0,
            broken: None,
            outcomes,
        };
        for (i, step) in steps.iter().enumerate().filter(|(i, _)| open[*i]) {
            state.unfinished += 1;
            for &provider in step.after.iter().filter(|&&provider| open[provider]) {
                state.dependents[provider].push(i);
                state.waits_for[i] += 1;
            }
            if matches!(step.action, Action::Create) {
                state.waits_for[i] += 1;
                state.creates.push_back(i);
            } else if state.waits_for[i] == 0 {
                state.runs.push_back(i);
            }
        }
        let tasks = state.unfinished;
        Board {
            state: Mutex::new(state),
            changed: Condvar::new(),
            stop,
            tasks,
        }
    }

    /// How many steps there is something to do for.
    pub(super) fn tasks(&self) -> usize {
        self.tasks
    }

    fn lock(&self) -> MutexGuard<'_, State<'a>> {
        // A worker that panicked would have aborted the process.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next task; blocks until there is one. `None`: nothing is left to do, or the round has to end.
    pub(super) fn take(&self) -> Option<Task> {
        let mut state = self.lock();
        loop {
            if state.unfinished == 0 || state.broken.is_some() || self.stop.received().is_some() {
                return None;
            }
            // What is created runs before more is pulled.
            if let Some(i) = state.runs.pop_front() {
                return Some(Task::Run(i));
            }
            if let Some(i) = state.creates.pop_front() {
                return Some(Task::Create(i));
            }
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Step `i`'s container is there now, and starts once its providers have.
    pub(super) fn created(&self, i: usize, id: &str, by_us: bool, took: Duration) {
        let mut state = self.lock();
        let outcome = &mut state.outcomes[i];
        outcome.id = Some(id.to_owned());
        outcome.took += took;
        if by_us {
            outcome.done.push(Done::Created);
        }
        state.step_closer(i);
        self.changed.notify_all();
    }

    /// Step `i` is through, whether its container runs or not: what waits for it need not wait longer.
    pub(super) fn finished(&self, i: usize, ran: Ran, took: Duration) {
        let mut state = self.lock();
        let outcome = &mut state.outcomes[i];
        outcome.took += took;
        outcome.ran(ran);
        state.unfinished -= 1;
        for dependent in std::mem::take(&mut state.dependents[i]) {
            state.step_closer(dependent);
        }
        self.changed.notify_all();
    }

    /// The call that runs step `i`'s container had no answer; `ran` is what it brought, should the work have been done.
    pub(super) fn unanswered(&self, i: usize, ran: Ran) {
        self.lock().outcomes[i].unanswered = Some(ran);
    }

    /// A call had no answer: the round ends as soon as the calls under way have.
    pub(super) fn broke(&self, error: CallError) {
        self.lock().broken.get_or_insert(error);
        self.changed.notify_all();
    }

    /// The id of step `i`'s container, which is there.
    pub(super) fn id_of(&self, i: usize) -> String {
        self.lock().outcomes[i].id.clone().unwrap_or_default()
    }

    /// Did step `i` fail?
    pub(super) fn has_failed(&self, i: usize) -> bool {
        self.lock().outcomes[i].failure.is_some()
    }

    /// How the round ended: `Err` with the call that had no answer, or else whether all was done (a signal ends it early).
    pub(super) fn into_end(self) -> Result<bool, CallError> {
        let state = self
            .state
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        match state.broken {
            Some(error) => Err(error),
            None => Ok(state.unfinished == 0),
        }
    }
}

impl State<'_> {
    fn step_closer(&mut self, i: usize) {
        self.waits_for[i] -= 1;
        if self.waits_for[i] == 0 {
            self.runs.push_back(i);
        }
    }
}

/// Is there something left to do for it?
pub(super) fn is_open(step: &Step, outcome: &Outcome) -> bool {
    step.changes_anything() && outcome.failure.is_none() && !outcome.has_ended_here(step)
}
