//! Carries out one step of a workload, and puts the workload back.

use std::time::{Duration, Instant};

use log::warn;

use super::shared::counts_against_jobs;
use super::{End, Scheduler};
use crate::execute::answer::{apply, Answer};
use crate::execute::calls::Caller;
use crate::execute::{other_directory, preflight};
use crate::kanto_cm::CallError;
use crate::reconcile::{create_cancelled, Call, Next, Row, Step, Workload};
use crate::text::printable;

impl Scheduler<'_> {
    /// Does what the step names, and puts the workload back.
    pub(super) fn step(&self, caller: Caller, index: usize, workload: &Workload, step: Step) {
        match step.next {
            Next::Call(call) => self.make(caller, index, workload, step.row, &call),
            Next::Note(note) => {
                let store = self.deployment.store;
                store.put(&workload.name, note.entry.clone());
                let saved = store.save();
                self.put_back(index, |workload| match saved {
                    Ok(()) => workload.noted(note),
                    Err(full) => workload.cannot_begin(full),
                });
            }
            Next::Watch { .. } | Next::Wait(_) | Next::Done(_) => self.put_back(index, |_| ()),
        }
    }

    fn make(&self, caller: Caller, index: usize, workload: &Workload, row: Row, call: &Call) {
        self.warn_about_providers(index, workload, row, call);
        if counts_against_jobs(row, call) && matches!(call, Call::Start { .. }) {
            // It was created a moment ago, maybe: whatever ends this process now, the container is known as ours.
            self.deployment.store.save_sometimes();
        }
        other_directory::warn_about(self.deployment, workload, row);
        let begin = Instant::now();
        let answer = self.answer(caller, index, workload, row, call);
        let elapsed = begin.elapsed();
        match answer {
            Ok(answer) => {
                self.put_back(index, |workload| {
                    workload.attempt.elapsed += elapsed;
                    apply(workload, row, call, answer);
                });
                // If this process is killed now, what it has made counts as somebody else's, and is not pruned.
                if matches!(
                    call,
                    Call::Create { .. } | Call::Start { .. } | Call::Update { .. }
                ) {
                    self.deployment.store.save_sometimes();
                }
            }
            Err(CallError::GivenUp) => {
                if row == Row::Missing {
                    // Kanto-CM may have been through with it.
                    let entry = create_cancelled(workload, &self.lock().policy);
                    self.deployment.store.put(&workload.name, entry);
                }
                self.put_back(index, |_| ());
            }
            Err(error) => self.lose_answer(index, row, call, elapsed, error),
        }
    }

    /// The connection broke: what has become of the call, the next List shows.
    fn lose_answer(
        &self,
        index: usize,
        row: Row,
        call: &Call,
        elapsed: Duration,
        error: CallError,
    ) {
        let mut shared = self.lock();
        let slot = &mut shared.slots[index];
        let attempt = &mut slot.workload.attempt;
        attempt.elapsed += elapsed;
        attempt.unanswered = Some((row, call.clone()));
        // The container may be gone: the work is brought to its end.
        attempt.is_past_return |= matches!(
            (row, call),
            (
                Row::TakeDown | Row::WithoutBackup | Row::RollBack,
                Call::Remove { .. }
            )
        );
        slot.is_busy = false;
        self.end(&mut shared, End::Broken(error));
    }

    fn answer(
        &self,
        caller: Caller,
        index: usize,
        workload: &Workload,
        row: Row,
        call: &Call,
    ) -> Result<Answer, CallError> {
        let (cancel, file, has_providers) = {
            let mut shared = self.lock();
            if row == Row::TakeDown && matches!(call, Call::Remove { .. }) {
                shared.pass_return_together(index);
            }
            let slot = &shared.slots[index];
            let has_providers = !shared.relations.providers[index].is_empty();
            (slot.cancel.clone(), slot.file.clone(), has_providers)
        };
        match preflight::check(&caller, workload, &file, row, has_providers) {
            Ok(()) => caller.make(workload, row, call, &cancel),
            Err(reason) => Ok(Answer::NotBegun(reason)),
        }
    }

    fn warn_about_providers(&self, index: usize, workload: &Workload, row: Row, call: &Call) {
        let is_start = matches!(
            (row, call),
            (Row::UpToDate, Call::Start { .. }) | (Row::TakeDown, Call::Remove { .. })
        );
        if !is_start {
            return;
        }
        let failed = self.lock().failed_providers(index);
        for provider in failed {
            let (name, provider) = (printable(&workload.name), printable(&provider));
            warn!("{name}: starting without {provider}, which failed");
        }
    }

    /// Puts back what a thread was at work on, and asks the table what comes next.
    fn put_back(&self, index: usize, change: impl FnOnce(&mut Workload)) {
        let mut shared = self.lock();
        let is_other = shared.slots[index].file.is_empty();
        let slot = &mut shared.slots[index];
        slot.is_busy = false;
        slot.is_forced = false;
        change(&mut slot.workload);
        let store = self.deployment.store;
        if slot.take_pending(|name, id| store.state().entry(name, id).cloned()) {
            self.begin(&mut shared);
        } else {
            self.advance(&mut shared, index);
        }
        if is_other {
            self.look_at_others(&shared);
        }
        self.changed.notify_all();
    }
}
