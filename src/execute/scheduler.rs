//! Carries workloads on, step by step: threads take the next workload that can go on, make one call for it, and put the result
//! back. Newer inputs change workloads in place; one that a thread is at work on takes its new spec at its next step.

mod advance;
mod shared;
mod step;

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use log::{info, warn};

use super::calls::Caller;
use super::deployment::Deployment;
use super::inbox::{Inbox, Inputs};
use super::slot::Slot;
use crate::container::Observed;
use crate::reconcile::{Foreign, Next, Policy, Relations, Step, Workload};
use crate::sys::limits;
use crate::text::printable;
pub(super) use shared::End;
use shared::Shared;

/// Whatever is waited for ends with a notice; this is for a signal and for newer inputs, which come without one.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// The workloads of one connection, and the threads that carry them on.
pub(super) struct Scheduler<'a> {
    shared: Mutex<Shared>,
    changed: Condvar,
    deployment: &'a Deployment<'a>,
    /// Nobody else deploys meanwhile: calls may change something.
    is_locked: bool,
}

/// What a thread may take.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ThreadKind {
    Any,
    /// Nothing that may take minutes.
    Quick,
}

/// What a thread does next.
enum Task {
    Step(Box<(usize, Workload, Step)>),
    /// Newer inputs have come.
    Update(Inputs),
}

impl<'a> Scheduler<'a> {
    pub(super) fn new(
        slots: Vec<Slot>,
        observed: &[Observed],
        inputs: Inputs,
        deployment: &'a Deployment<'a>,
        is_locked: bool,
    ) -> Scheduler<'a> {
        let shared = Shared {
            relations: Relations::default(),
            foreign: foreign(&slots, observed),
            slots,
            policy: Policy {
                claimed_ids: inputs.claimed_ids(),
                ..deployment.policy.clone()
            },
            jobs: VecDeque::new(),
            quick: VecDeque::new(),
            end: None,
            inputs,
        };
        Scheduler {
            shared: Mutex::new(shared),
            changed: Condvar::new(),
            deployment,
            is_locked,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Works out who waits for whom, and asks the table about every workload.
    fn begin(&self, shared: &mut Shared) {
        let workloads: Vec<&Workload> = shared.slots.iter().map(|slot| &slot.workload).collect();
        let files: Vec<&str> = shared.slots.iter().map(|slot| slot.file.as_str()).collect();
        shared.relations = Relations::of(&workloads, &files, &shared.foreign);
        shared.refuse();
        for index in 0..shared.slots.len() {
            self.advance(shared, index);
        }
    }

    /// Carries all workloads on until they are done, the lock is needed, or the connection breaks. So many Creates and Starts run
    /// at a time as the deployment allows. Returns what they were about in the end, and how far they are.
    pub(super) fn run(self, caller: Caller) -> (Inputs, Vec<Slot>, End) {
        {
            let mut shared = self.lock();
            self.begin(&mut shared);
            self.look_at_others(&shared);
        }
        let threads = match self.deployment.inbox {
            // More may come.
            Some(_) => self.deployment.jobs,
            None => self.deployment.jobs.min(self.lock().slots.len().max(1)),
        };
        let quick: &(dyn Fn() + Sync) = &|| self.work(caller, ThreadKind::Quick);
        let any: &(dyn Fn() + Sync) = &|| self.work(caller, ThreadKind::Any);
        thread::scope(|scope| {
            for number in 0..threads {
                let begin = if number == 0 { quick } else { any };
                if let Err(error) = limits::spawn(scope, begin) {
                    warn!(
                        "cannot start another thread, going on with fewer jobs: {}",
                        limits::named(&error)
                    );
                    break;
                }
            }
            any();
        });
        let shared = self
            .shared
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        (shared.inputs, shared.slots, shared.end.unwrap_or(End::Done))
    }

    fn work(&self, caller: Caller, kind: ThreadKind) {
        while let Some(task) = self.take(kind) {
            match task {
                Task::Update(inputs) => self.update(caller, inputs),
                Task::Step(step) => {
                    let (index, workload, step) = *step;
                    self.step(caller, index, &workload, step);
                }
            }
        }
    }

    /// All threads stop, for the first reason.
    fn end(&self, shared: &mut Shared, end: End) {
        shared.end.get_or_insert(end);
        self.changed.notify_all();
    }

    /// Newer inputs: what is new or asked for again is matched with what Kanto-CM has now.
    fn update(&self, caller: Caller, inputs: Inputs) {
        let observed = match caller.list() {
            Ok(observed) => observed,
            Err(error) => {
                if let Some(inbox) = self.deployment.inbox {
                    inbox.put_if_empty(inputs);
                }
                return self.end(&mut self.lock(), End::Broken(error));
            }
        };
        let matched = self.deployment.slots(&inputs, &observed);
        let mut shared = self.lock();
        super::newer_inputs::update(&mut shared.slots, matched);
        shared.foreign = foreign(&shared.slots, &observed);
        shared.policy.claimed_ids = inputs.claimed_ids();
        shared.inputs = inputs;
        self.begin(&mut shared);
        self.look_at_others(&shared);
        self.changed.notify_all();
    }

    /// The next thing to do; blocks until there is one. `None`: there is an end.
    fn take(&self, kind: ThreadKind) -> Option<Task> {
        let mut shared = self.lock();
        loop {
            self.react_to_signal(&mut shared);
            if shared.end.is_some() {
                return None;
            }
            if kind == ThreadKind::Quick && !shared.policy.is_stopping {
                if let Some(inputs) = self.deployment.inbox.and_then(Inbox::take) {
                    return Some(Task::Update(inputs));
                }
            }
            let wait = self.wake_sleepers(&mut shared);
            // Who takes newer inputs says when there is nothing left: the others have to be there for them.
            let may_end = self.deployment.inbox.is_none() || kind == ThreadKind::Quick;
            if may_end && shared.slots.iter().all(Slot::is_done) {
                self.end(&mut shared, End::Done);
                return None;
            }
            let next = shared.quick.pop_front().or_else(|| match kind {
                ThreadKind::Any => shared.jobs.pop_front(),
                ThreadKind::Quick => None,
            });
            if let Some(index) = next {
                return self.begin_step(&mut shared, index);
            }
            if let Some(index) = shared.stalled() {
                let name = printable(&shared.slots[index].workload.name);
                warn!("{name}: starting it, though it and its dependencies wait for each other");
                shared.slots[index].is_forced = true;
                self.advance(&mut shared, index);
                continue;
            }
            let waited = self.changed.wait_timeout(shared, wait);
            shared = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn begin_step(&self, shared: &mut Shared, index: usize) -> Option<Task> {
        if !self.is_locked && shared.slots[index].step.is_changing() {
            self.end(shared, End::NeedsLock);
            return None;
        }
        let slot = &mut shared.slots[index];
        slot.is_queued = false;
        slot.is_busy = true;
        let step = (index, slot.workload.clone(), slot.step.clone());
        Some(Task::Step(Box::new(step)))
    }

    /// A signal has come: every workload that nobody is at work on is asked about again.
    fn react_to_signal(&self, shared: &mut Shared) {
        let Some(signal) = self.deployment.stop.received() else {
            return;
        };
        if std::mem::replace(&mut shared.policy.is_stopping, true) {
            return;
        }
        let finished_first = shared.slots.iter().filter(|slot| slot.is_finished_first());
        let names: Vec<String> = finished_first
            .map(|slot| printable(&slot.workload.name))
            .collect();
        if !names.is_empty() {
            info!("signal {signal}: finishing {} first", names.join(", "));
        }
        for index in 0..shared.slots.len() {
            self.advance(shared, index);
        }
        self.changed.notify_all();
    }

    /// Those whose time has come go on. Returns how long to sleep at most.
    fn wake_sleepers(&self, shared: &mut Shared) -> Duration {
        let now = Instant::now();
        let mut wait = LOOK_EVERY;
        for index in 0..shared.slots.len() {
            if let Next::Wait(until) = shared.slots[index].step.next {
                if until <= now && !shared.slots[index].is_busy {
                    self.advance(shared, index);
                } else {
                    wait = wait.min(until.saturating_duration_since(now));
                }
            }
        }
        wait
    }

    /// Reports when nothing is left to do about containers without a manifest.
    fn look_at_others(&self, shared: &Shared) {
        let mut others = shared.slots.iter().filter(|slot| slot.file.is_empty());
        if others.all(Slot::is_done) {
            (self.deployment.on_others_done)(shared.inputs.newest);
        }
    }
}

fn foreign(slots: &[Slot], observed: &[Observed]) -> Vec<Foreign> {
    let workloads: Vec<&Workload> = slots.iter().map(|slot| &slot.workload).collect();
    Foreign::of(&workloads, observed)
}
