//! What the threads of a scheduler share: the workloads, and which of them can go on.

use std::collections::VecDeque;
use std::time::Instant;

use crate::execute::inbox::Inputs;
use crate::execute::slot::Slot;
use crate::kanto_cm::CallError;
use crate::reconcile::{next_call, Call, Done, Foreign, Gate, Next, Policy, Relations, Row, Step};
use crate::state::ContentState;
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
    /// Containers that belong to none of them, and have host ports.
    pub(super) foreign: Vec<Foreign>,
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
    pub(super) fn queue(&mut self, index: usize, counts_against_jobs: bool) {
        self.unqueue(index);
        self.slots[index].is_queued = true;
        if counts_against_jobs {
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
            self.jobs.retain(|&queued| queued != index);
            self.quick.retain(|&queued| queued != index);
        }
    }

    /// A workload that waits for what cannot happen fails, unless its old container is gone already.
    pub(super) fn refuse(&mut self) {
        for (slot, refused) in self.slots.iter_mut().zip(&self.relations.refused) {
            let is_open = !slot.is_busy && !slot.is_done() && !slot.workload.attempt.is_past_return;
            match refused {
                Some(reason) if is_open => {
                    let failure = &mut slot.workload.attempt.failure;
                    failure.get_or_insert_with(|| reason.clone());
                }
                _ => {}
            }
        }
    }

    /// The names of those that the workload waited for, and that failed.
    pub(super) fn failed_providers(&self, index: usize) -> Vec<String> {
        let providers = self.relations.providers[index].iter();
        providers
            .map(|&provider| &self.slots[provider])
            .filter(|slot| slot.has_failed())
            .map(|slot| slot.workload.name.clone())
            .collect()
    }

    /// Where host ports move in a circle, one that fails takes the others back with it. Returns them.
    pub(super) fn roll_back_circle(&mut self, index: usize) -> Vec<usize> {
        let slot = &self.slots[index];
        if self.relations.circle(index).is_empty() {
            return Vec::new();
        }
        // In an earlier run, maybe, which was interrupted.
        let is_rolled_back = || slot.workload.state_of_staged() == Some(ContentState::RolledBack);
        if !slot.has_failed() && !is_rolled_back() {
            return Vec::new();
        }
        let name = printable(&slot.workload.name);
        let mut others = self.relations.circle(index).to_vec();
        others.retain(|&other| {
            let attempt = &self.slots[other].workload.attempt;
            other != index && attempt.failure.is_none()
        });
        for &other in &others {
            let reason = format!("{name}, which exchanges host ports with it, failed");
            self.slots[other].workload.attempt.failure = Some(reason);
        }
        others
    }

    /// Where one of a circle has lost its old container, no signal ends the work of the others.
    pub(super) fn pass_return_together(&mut self, index: usize) {
        for &other in self.relations.circle(index) {
            self.slots[other].workload.attempt.is_past_return = true;
        }
    }

    /// Does anything speak against this step?
    pub(super) fn gate(&self, index: usize, step: &Step) -> Gate {
        let slot = &self.slots[index];
        let is_free =
            slot.is_forced || self.policy.is_stopping && !slot.workload.attempt.is_past_return;
        let progress = |other: usize| &self.slots[other].progress;
        match (step.row, &step.next) {
            _ if is_free => Gate::Open,
            (Row::Prune, Next::Call(_)) => self.prune_gate(index),
            _ => self.relations.gate(index, step, &progress),
        }
    }

    /// A container without a manifest goes when all manifests are done, or as soon as those are there that are to have its host
    /// ports. It stays where one of them failed.
    fn prune_gate(&self, index: usize) -> Gate {
        let claimants = self.relations.rivals(index);
        let is_waited_for = |&(other, slot): &(usize, &Slot)| {
            !slot.file.is_empty() && (claimants.is_empty() || claimants.contains(&other))
        };
        let others = self.slots.iter().enumerate().filter(is_waited_for);
        let mut gate = Gate::Open;
        for (_, slot) in others {
            match &slot.step.next {
                Next::Done(Done::Failed { .. } | Done::Unfinished) => {
                    let name = printable(&slot.workload.name);
                    return Gate::Refused(format!("{name} failed"));
                }
                Next::Done(_) if claimants.is_empty() || self.is_up_to_date(slot) => {}
                Next::Done(_) => {
                    let name = printable(&slot.workload.name);
                    return Gate::Refused(format!("{name} does not run in its place yet"));
                }
                _ if !claimants.is_empty() && slot.progress.is_staged => {}
                _ => gate = Gate::Closed,
            }
        }
        gate
    }

    /// Does the table have nothing to do for it? This run may have left it alone.
    fn is_up_to_date(&self, slot: &Slot) -> bool {
        let step = next_call(&slot.workload, &self.policy, Instant::now());
        matches!(step.next, Next::Done(Done::UpToDate { .. }))
    }

    /// Those that wait for the manifests to be done, if they are.
    pub(super) fn pruned(&self) -> Vec<usize> {
        let of_manifests = |slot: &&Slot| !slot.file.is_empty();
        if !self.slots.iter().filter(of_manifests).all(Slot::is_done) {
            return Vec::new();
        }
        let is_open =
            |index: &usize| self.slots[*index].workload.is_pruned && !self.slots[*index].is_done();
        (0..self.slots.len()).filter(is_open).collect()
    }

    /// The first of those that wait for each other, if nothing else is going on: none of them would ever go on.
    pub(super) fn stalled(&self) -> Option<usize> {
        let is_going_on =
            |slot: &Slot| slot.is_busy || slot.is_queued || matches!(slot.step.next, Next::Wait(_));
        if self.slots.iter().any(is_going_on) {
            return None;
        }
        self.slots.iter().position(|slot| !slot.is_done())
    }
}

/// Creates pull images, and Starts take the machine's time: so many of them run side by side as the user wants. A replacement whose
/// old container is gone waits for nobody.
pub(super) fn counts_against_jobs(row: Row, call: &Call) -> bool {
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
