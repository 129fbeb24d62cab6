//! The board that the workers take their tasks from: what is to be prepared, what may be started by now, and what has settled.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::outcome::{Done, Outcome, Ran, Replacing, Watched};
use crate::kanto_cm::CallError;
use crate::plan::{Action, Step};
use crate::signals::StopSignal;

/// Whatever is waited for ends with a notice; this is for a signal, which comes without one.
const LOOK_ANYWAY: Duration = Duration::from_millis(500);

/// What a worker does next, for the step of that index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Task {
    /// What can be done before its providers run: create it, or the helpers of its replacement.
    Prepare(usize),
    /// Make it run, or replace it.
    Run(usize),
    /// It had its time to settle in a replacement.
    Judge(usize, Watched),
    /// A signal came before its replacement was begun in earnest: its helpers go.
    Abandon(usize),
}

/// Which tasks a worker takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shift {
    All,
    /// Nothing that may take minutes.
    Judging,
}

/// Shared by the workers of one round.
pub(super) struct Board<'a> {
    state: Mutex<State<'a>>,
    changed: Condvar,
    stop: &'a StopSignal,
    tasks: usize,
    has_replacements: bool,
}

struct State<'a> {
    prepares: VecDeque<usize>,
    runs: VecDeque<usize>,
    judges: Vec<Judge>,
    /// Replacements that are prepared, and not begun.
    staged: Vec<usize>,
    /// Replacements that an earlier run or round has begun, and nobody has taken up.
    under_way: Vec<usize>,
    /// Per step: how many providers it still waits for, and itself to be prepared.
    waits_for: Vec<usize>,
    dependents: Vec<Vec<usize>>,
    unfinished: usize,
    broken: Option<CallError>,
    outcomes: &'a mut [Outcome],
}

struct Judge {
    due: Instant,
    step: usize,
    watched: Watched,
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
            prepares: VecDeque::new(),
            runs: VecDeque::new(),
            judges: Vec::new(),
            staged: Vec::new(),
            under_way: Vec::new(),
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
            if step.action.is_under_way() {
                state.under_way.push(i);
            }
            if is_prepared_first(step) && state.outcomes[i].failure.is_none() {
                state.waits_for[i] += 1;
                state.prepares.push_back(i);
            } else if state.waits_for[i] == 0 {
                state.runs.push_back(i);
            }
        }
        let tasks = state.unfinished;
        let is_replaced =
            |(step, open): (&Step, &bool)| *open && matches!(step.action, Action::Replace(_));
        Board {
            has_replacements: steps.iter().zip(&open).any(is_replaced),
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

    /// Is there any replacement among them?
    pub(super) fn has_replacements(&self) -> bool {
        self.has_replacements
    }

    fn lock(&self) -> MutexGuard<'_, State<'a>> {
        // A worker that panicked would have aborted the process.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next task; blocks until there is one. `None`: nothing is left to do, or the round has to end.
    pub(super) fn take(&self, shift: Shift) -> Option<Task> {
        let mut state = self.lock();
        loop {
            if state.unfinished == 0 || state.broken.is_some() {
                return None;
            }
            let is_stopped = self.stop.received().is_some();
            if let Some(task) = state.next(is_stopped, shift) {
                return Some(task);
            }
            // Replacements that are past their point of no return are brought to their end.
            if is_stopped && state.judges.is_empty() {
                return None;
            }
            let far = Instant::now() + LOOK_ANYWAY;
            let due = state.first_judge().unwrap_or(far);
            let wait = due.saturating_duration_since(Instant::now());
            let waited = self.changed.wait_timeout(state, wait);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
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
            outcome.configured = Some(true);
        }
        state.step_closer(i);
        self.changed.notify_all();
    }

    /// The helpers of step `i`'s replacement are there.
    pub(super) fn staged(&self, i: usize, took: Duration) {
        let mut state = self.lock();
        state.outcomes[i].took += took;
        state.staged.push(i);
        state.step_closer(i);
        self.changed.notify_all();
    }

    /// Step `i`'s new container runs under this id, and is judged at `due`.
    pub(super) fn settle_until(&self, i: usize, id: String, due: Instant, watched: Watched) {
        let mut state = self.lock();
        state.outcomes[i].id = Some(id);
        state.judges.push(Judge {
            due,
            step: i,
            watched,
        });
        state.release_dependents(i);
        self.changed.notify_all();
    }

    /// Step `i` is through, whether its container runs or not: what waits for it need not wait longer.
    pub(super) fn finished(&self, i: usize, ran: Ran, took: Duration) {
        let mut state = self.lock();
        let outcome = &mut state.outcomes[i];
        outcome.took += took;
        outcome.ran(ran);
        state.unfinished -= 1;
        state.release_dependents(i);
        self.changed.notify_all();
    }

    /// Changes what is known of step `i` before it is through.
    pub(super) fn note(&self, i: usize, change: impl FnOnce(&mut Outcome)) {
        change(&mut self.lock().outcomes[i]);
    }

    /// Step `i`'s replacement is past the point from which on no signal ends it. Tells how far it was before.
    pub(super) fn goes_on(&self, i: usize) -> Replacing {
        std::mem::replace(&mut self.lock().outcomes[i].replacing, Replacing::UnderWay)
    }

    /// Step `i` was given up, for a signal said to end.
    pub(super) fn gave_up(&self) {
        self.changed.notify_all();
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
    fn next(&mut self, is_stopped: bool, shift: Shift) -> Option<Task> {
        let now = Instant::now();
        if let Some(at) = self.judges.iter().position(|judge| judge.due <= now) {
            let Judge { step, watched, .. } = self.judges.swap_remove(at);
            return Some(Task::Judge(step, watched));
        }
        if shift == Shift::Judging {
            return None;
        }
        if is_stopped {
            // What is past its point of no return goes on, whatever it was to wait for.
            let under_way = self.under_way.pop().map(Task::Run);
            return under_way.or_else(|| self.staged.pop().map(Task::Abandon));
        }
        // What is prepared runs before more is pulled.
        if let Some(i) = self.runs.pop_front() {
            self.staged.retain(|&staged| staged != i);
            self.under_way.retain(|&begun| begun != i);
            return Some(Task::Run(i));
        }
        self.prepares.pop_front().map(Task::Prepare)
    }

    fn first_judge(&self) -> Option<Instant> {
        self.judges.iter().map(|judge| judge.due).min()
    }

    fn step_closer(&mut self, i: usize) {
        self.waits_for[i] -= 1;
        if self.waits_for[i] == 0 {
            self.runs.push_back(i);
        }
    }

    fn release_dependents(&mut self, i: usize) {
        for dependent in std::mem::take(&mut self.dependents[i]) {
            self.step_closer(dependent);
        }
    }
}

/// Is there something to be done before its providers run?
pub(super) fn is_prepared_first(step: &Step) -> bool {
    match &step.action {
        Action::Create => true,
        Action::Replace(replacement) => !replacement.is_under_way(),
        _ => false,
    }
}

/// Is there something left to do for it?
pub(super) fn is_open(step: &Step, outcome: &Outcome) -> bool {
    step.tidies_up()
        || step.changes_anything() && outcome.failure.is_none() && !outcome.has_ended_here(step)
}
