//! Asks the table what comes next, and others whether that may be now.

use std::time::Instant;

use log::{info, warn};

use super::shared::{counts_against_jobs, Shared};
use super::Scheduler;
use crate::reconcile::{next_call, Gate, Next, Progress};
use crate::text::printable;

impl Scheduler<'_> {
    /// Asks the table about this workload, and about those that wait for it if it has come further.
    pub(super) fn advance(&self, shared: &mut Shared, index: usize) {
        let mut open = vec![index];
        while let Some(index) = open.pop() {
            if shared.slots[index].is_busy || shared.slots[index].is_done() {
                continue;
            }
            let before = shared.slots[index].progress.clone();
            self.ask(shared, index);
            if shared.slots[index].progress != before {
                open.extend(&shared.relations.dependents[index]);
            }
            open.extend(shared.roll_back_circle(index));
            if shared.slots[index].is_done() && !shared.slots[index].file.is_empty() {
                open.extend(shared.pruned());
            }
        }
    }

    fn ask(&self, shared: &mut Shared, index: usize) {
        loop {
            let slot = &mut shared.slots[index];
            let step = next_call(&slot.workload, &shared.policy, Instant::now());
            slot.progress = Progress::of(&slot.workload, &step);
            let gate = shared.gate(index, &step);
            let slot = &mut shared.slots[index];
            slot.step = step.clone();
            match (gate, step.next) {
                // Counts once: then what is there is started in spite of the gate.
                (Gate::Refused(reason), _) if slot.workload.attempt.failure.is_none() => {
                    if slot.workload.is_pruned {
                        warn!(
                            "{}: not removed, as {reason}",
                            printable(&slot.workload.name)
                        );
                    }
                    slot.workload.attempt.failure = Some(reason);
                }
                (Gate::Closed, _) | (_, Next::Wait(_)) => return shared.unqueue(index),
                (_, Next::Note(note)) if !note.is_durable => {
                    self.deployment
                        .store
                        .put(&slot.workload.name, note.entry.clone());
                    slot.workload.noted(note);
                }
                (_, Next::Watch { watch, action }) => {
                    let seconds = shared.policy.settle.as_secs();
                    info!(
                        "{}: watching it for {seconds} s",
                        printable(&slot.workload.name)
                    );
                    slot.workload.attempt.watch = Some(watch);
                    slot.workload.attempt.actions.extend(action);
                }
                (_, Next::Done(_)) => {
                    shared.unqueue(index);
                    return self.deployment.ended(&shared.slots[index]);
                }
                (_, Next::Call(call)) => {
                    return shared.queue(index, counts_against_jobs(step.row, &call))
                }
                (_, Next::Note(_)) => return shared.queue(index, false),
            }
        }
    }
}
