//! What the threads of a scheduler share: the workloads, and which of them can go on.

use std::collections::VecDeque;

use crate::execute::slot::Slot;
use crate::execute::Inputs;
use crate::kanto_cm::CallError;
use crate::reconcile::{Call, Done, Next, Policy, Relations, Row};
use crate::text::printable;

/// What the threads share.
pub(super) struct Shared {
    pub(super) slots: Vec<Slot>,
    pub(super) relations: Relations,
    pub(super) policy: Policy,
    /// Workloads whose next call takes a job: a Create or a Start.
    pub(super) jobs: VecDeque<usize>,
    /// Workloads whose next call takes none: nothing waits behind a pull.
    pub(super) quick: VecDeque<usize>,
    pub(super) end: Option<End>,
    /// What the workloads are about.
    pub(super) inputs: Inputs,
}

/// Why the threads have stopped.
pub(in crate::execute) enum End {
    /// There is nothing left to do.
    Done,
    /// A call would change something, and others are not kept away yet.
    NeedsLock,
    /// This call was not answered.
    Broken(CallError),
}

impl Shared {
    pub(super) fn queue(&mut self, index: usize, is_job: bool) {
        self.unqueue(index);
        self.slots[index].is_queued = true;
        if is_job {
            // What is prepared runs before more is pulled.
            match &self.slots[index].step.next {
                Next::Call(Call::Create { .. }) => self.jobs.push_back(index),
                _ => self.jobs.push_front(index),
            }
        } else {
            self.quick.push_back(index);
        }
    }

    pub(super) fn unqueue(&mut self, index: usize) {
        if std::mem::take(&mut self.slots[index].is_queued) {
            self.jobs.retain(|&one| one != index);
            self.quick.retain(|&one| one != index);
        }
    }

    /// A workload that waits for what cannot happen fails, unless its old container is gone already.
    pub(super) fn refuse(&mut self) {
        for (slot, refused) in self.slots.iter_mut().zip(&self.relations.refused) {
            let is_open = !slot.is_busy && !slot.is_done() && !slot.workload.attempt.is_committed;
            if let Some(reason) = refused.as_ref().filter(|_| is_open) {
                let failure = &mut slot.workload.attempt.failure;
                failure.get_or_insert_with(|| reason.clone());
            }
        }
    }

    /// The names of those that the workload waited for, and that failed.
    pub(super) fn failed_providers(&self, index: usize) -> Vec<String> {
        let providers = self.relations.providers[index].iter();
        let has_failed = |slot: &&Slot| {
            let attempt = &slot.workload.attempt;
            attempt.is_rolled_back
                || attempt.failure.is_some()
                || matches!(slot.step.next, Next::Done(Done::Failed { .. }))
        };
        providers
            .map(|&provider| &self.slots[provider])
            .filter(has_failed)
            .map(|slot| slot.workload.name.clone())
            .collect()
    }

    /// Where host ports move in a circle, one that fails takes the others back with it.
    pub(super) fn roll_back_circle(&mut self, index: usize) -> Vec<usize> {
        let workload = &self.slots[index].workload;
        let circle = self.relations.circle(index).to_vec();
        let has_failed = workload.attempt.is_rolled_back || workload.attempt.failure.is_some();
        if circle.is_empty() || !has_failed {
            return Vec::new();
        }
        let name = printable(&workload.name);
        let reason = format!("rolled back with {name}: their host ports are exchanged");
        let mut rolled_back = Vec::new();
        for other in circle.into_iter().filter(|&other| other != index) {
            let attempt = &mut self.slots[other].workload.attempt;
            if attempt.failure.is_none() && !attempt.is_rolled_back {
                attempt.failure = Some(reason.clone());
                rolled_back.push(other);
            }
        }
        rolled_back
    }
}

/// Creates pull images, and Starts take the machine's time: so many of them run side by side as the user wants. A replacement whose
/// old container is gone waits for nobody.
pub(super) fn is_job(row: Row, call: &Call) -> bool {
    let is_pull = matches!(
        row,
        Row::Missing | Row::MissingStaged | Row::CreateInstead | Row::Stage
    );
    match call {
        Call::Create { .. } => is_pull,
        Call::Start { .. } | Call::Unpause { .. } => row == Row::UpToDate,
        Call::Update { .. }
        | Call::Remove { .. }
        | Call::AwaitRemove { .. }
        | Call::Look { .. } => false,
    }
}
