//! A workload's place in the scheduler.

use std::sync::Arc;
use std::time::Instant;

use crate::container::Observed;
use crate::reconcile::{
    next_call, Attempt, Call, Desired, Done, Next, Policy, Progress, Row, Step, Trigger, Workload,
};
use crate::state::{ContentState, Entry};
use crate::sys::signals::StopSignal;

/// One workload, and what the scheduler knows of it.
#[derive(Debug, Clone)]
pub(super) struct Slot {
    pub(super) workload: Workload,
    /// What its manifest's file is called; empty: it has none.
    pub(super) file: String,
    /// The request that its attempt is for.
    pub(super) request: u32,
    pub(super) step: Step,
    pub(super) progress: Progress,
    /// A thread makes its call.
    pub(super) is_busy: bool,
    pub(super) is_queued: bool,
    /// It waits for nobody with its next step.
    pub(super) is_forced: bool,
    /// Ends its pull.
    pub(super) cancel: StopSignal,
    /// Its new spec, taken when the thread that is at work on it is through.
    pending: Option<Box<Pending>>,
}

/// What a workload is to be from its next step on.
#[derive(Debug, Clone)]
struct Pending {
    desired: Option<Arc<Desired>>,
    trigger: Trigger,
    request: u32,
    cancel: StopSignal,
    /// What Kanto-CM has for the new spec, should it have nothing for the old one.
    observed: Option<Arc<Observed>>,
}

impl Slot {
    /// `is_active`: without it, the workload is left alone.
    pub(super) fn new(
        workload: Workload,
        file: String,
        request: u32,
        is_active: bool,
        cancel: StopSignal,
    ) -> Slot {
        let next = if is_active {
            Next::Wait(Instant::now())
        } else {
            Next::Done(Done::UpToDate { is_left: false })
        };
        let step = Step {
            row: Row::Absent,
            next,
        };
        Slot {
            progress: Progress::of(&workload, &step),
            workload,
            file,
            request,
            step,
            is_busy: false,
            is_queued: false,
            is_forced: false,
            cancel,
            pending: None,
        }
    }

    /// Is there nothing left to do?
    pub(super) fn is_done(&self) -> bool {
        self.done().is_some()
    }

    /// Has it failed, or is it about to?
    pub(super) fn has_failed(&self) -> bool {
        let attempt = &self.workload.attempt;
        attempt.is_rolled_back
            || attempt.failure.is_some()
            || matches!(self.step.next, Next::Done(Done::Failed { .. }))
    }

    /// Does it go on after a signal? It is past its point of no return, or a call is under way that nothing interrupts.
    pub(super) fn is_finished_first(&self) -> bool {
        let is_create = matches!(self.step.next, Next::Call(Call::Create { .. }));
        let is_calling = self.is_busy && self.step.is_changing() && !is_create;
        is_calling || self.workload.attempt.is_past_return && !self.is_done()
    }

    /// Does its next step change anything?
    pub(super) fn is_changing(&self, policy: &Policy) -> bool {
        !self.is_done() && next_call(&self.workload, policy, Instant::now()).is_changing()
    }

    /// How it ended.
    pub(super) fn done(&self) -> Option<&Done> {
        match &self.step.next {
            Next::Done(done) if !self.is_busy => Some(done),
            _ => None,
        }
    }

    /// Takes the new spec, if there is one.
    pub(super) fn take_pending(&mut self, entry: impl FnOnce(&str, &str) -> Option<Entry>) -> bool {
        let Some(pending) = self.pending.take() else {
            return false;
        };
        let old = std::mem::take(&mut self.workload);
        let name = match &pending.desired {
            Some(desired) => desired.spec.name.clone(),
            None => old.name,
        };
        let observed = old.observed.or(pending.observed);
        let entry = entry(&name, observed.as_deref().map_or("", Observed::id));
        let workload = Workload {
            name,
            observed,
            entry: entry.map(|entry| counted(entry, Some(pending.trigger))),
            desired: pending.desired,
            attempt: Attempt {
                trigger: pending.trigger,
                made_backup: old.attempt.made_backup,
                // Over this connection no Remove of an interrupted run can be under way.
                awaited_remove: true,
                is_past_return: old.attempt.is_past_return,
                has_created: old.attempt.has_created,
                ..Attempt::default()
            },
            ..old
        };
        *self = Slot::new(
            workload,
            std::mem::take(&mut self.file),
            pending.request,
            true,
            pending.cancel,
        );
        true
    }

    /// Takes over what the run has done for the same workload over an earlier connection.
    pub(super) fn resume(&mut self, earlier: &Slot) {
        let attempt = &earlier.workload.attempt;
        if self.request != earlier.request {
            self.workload.take_over(attempt.clone());
        } else if earlier.is_done() {
            self.step = earlier.step.clone();
            self.progress = earlier.progress.clone();
        } else {
            if attempt.has_noted && earlier.workload.entry.is_some() {
                self.workload.entry.clone_from(&earlier.workload.entry);
            }
            self.workload.resume(attempt.clone());
        }
    }

    /// The same workload, now that Kanto-CM does not list its containers any more.
    pub(super) fn without_containers(&self) -> Slot {
        let mut gone = self.clone();
        let workload = &mut gone.workload;
        (workload.observed, workload.staged, workload.backup) = (None, None, None);
        let attempt = std::mem::take(&mut workload.attempt);
        workload.resume(attempt);
        gone
    }

    /// The spec of the workload is another one, or is asked for again. Its file may be called differently now.
    pub(super) fn replace(&mut self, matched: Slot) {
        let is_same = self.workload.desired == matched.workload.desired;
        if self.is_busy {
            self.file = matched.file;
            if !is_same {
                self.cancel.raise();
            }
            self.pending = Some(Box::new(Pending {
                desired: matched.workload.desired,
                trigger: matched.workload.attempt.trigger,
                request: matched.request,
                cancel: matched.cancel,
                // What is being removed was still listed.
                observed: if self.workload.is_pruned {
                    None
                } else {
                    matched.workload.observed
                },
            }));
            return;
        }
        if self.is_done() && self.workload.name != matched.workload.name {
            *self = matched;
            return;
        }
        let earlier = std::mem::take(&mut self.workload.attempt);
        let is_queued = self.is_queued;
        *self = matched;
        self.is_queued = is_queued;
        self.workload.attempt.made_backup = earlier.made_backup;
        self.workload.attempt.awaited_remove = earlier.made_backup || earlier.awaited_remove;
        self.workload.attempt.is_past_return =
            earlier.is_past_return && self.workload.backup.is_some();
    }

    /// Its manifest is gone.
    pub(super) fn abandon(&mut self, cancel: StopSignal) {
        if self.is_busy {
            self.cancel.raise();
            self.pending = Some(Box::new(Pending {
                desired: None,
                trigger: Trigger::Change,
                request: self.request,
                cancel,
                observed: None,
            }));
        } else if !self.is_done() {
            self.workload.desired = None;
        }
    }
}

/// What counts of an entry: a touched manifest is tried again although it was rolled back.
pub(super) fn counted(entry: Entry, trigger: Option<Trigger>) -> Entry {
    if trigger == Some(Trigger::Touch) && entry.content_state == ContentState::RolledBack {
        entry.without_content()
    } else {
        entry
    }
}
