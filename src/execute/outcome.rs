//! What became of a manifest, or of a container that has none.

use std::time::{Duration, Instant};

use super::inbox::Input;
use super::slot::Slot;
use crate::container::{Difference, Status};
use crate::reconcile::{next_call, Action, Call, Done, Next, Policy, Row, Step, Workload};

/// What became of one workload.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// What its manifest's file is called; empty: it has none.
    pub file: String,
    /// The request that it ended.
    pub request: u32,
    /// The container's name.
    pub name: String,
    /// Its id, as far as it is known.
    pub id: Option<String>,
    /// What was done, in order.
    pub actions: Vec<Action>,
    /// What a dry run would do.
    pub planned: Vec<&'static str>,
    /// How it ended; `None`: the run ended before.
    pub done: Option<Done>,
    /// Why something would be done.
    pub reason: Option<String>,
    /// In what the container differed from the manifest when the run began.
    pub differences: Vec<Difference>,
    /// Spent on its calls.
    pub elapsed: Duration,
}

impl Outcome {
    /// Why it failed.
    pub fn failure(&self) -> Option<&str> {
        match &self.done {
            Some(Done::Failed { reason, .. }) => Some(reason),
            _ => None,
        }
    }

    /// It failed, as what it asks for was rolled back, now or before.
    pub fn is_rolled_back(&self) -> bool {
        matches!(
            self.done,
            Some(Done::Failed {
                is_rolled_back: true,
                ..
            })
        )
    }

    /// Its container is left to differ from it.
    pub fn is_left(&self) -> bool {
        matches!(self.done, Some(Done::UpToDate { is_left: true }))
    }
}

/// How the workload ended.
pub(super) fn of(slot: &Slot) -> Outcome {
    let workload = &slot.workload;
    let done = slot.done().filter(|done| **done != Done::Unfinished);
    Outcome {
        file: slot.file.clone(),
        request: slot.request,
        id: match (&workload.observed, &workload.entry) {
            (Some(observed), _) => Some(observed.id().to_owned()),
            (None, Some(entry)) if workload.attempt.has_removed => Some(entry.id.clone()),
            _ => None,
        },
        name: workload.name.clone(),
        actions: workload.attempt.actions.clone(),
        done: done.cloned(),
        differences: workload.attempt.differences.clone(),
        elapsed: workload.attempt.elapsed,
        ..Outcome::default()
    }
}

/// Of a manifest that nothing was done for.
pub(super) fn not_begun(input: &Input) -> Outcome {
    Outcome {
        file: input.file.clone(),
        request: input.request,
        name: input.desired.spec.name.clone(),
        ..Outcome::default()
    }
}

/// What would be done.
pub(super) fn planned(slot: &Slot, policy: &Policy) -> Outcome {
    let step = next_call(&slot.workload, policy, Instant::now());
    let planned = words(&step);
    let reason = (!planned.is_empty()).then(|| why(&step, &slot.workload));
    let done = match step.next {
        Next::Done(done) => Some(done),
        _ => None,
    };
    Outcome {
        planned,
        done,
        reason,
        ..of(slot)
    }
}

fn words(step: &Step) -> Vec<&'static str> {
    match (step.row, &step.next) {
        (Row::Missing | Row::MissingStaged | Row::MissingUnclaimed, _) => vec!["create", "start"],
        (
            Row::Stage
            | Row::BackUp
            | Row::TakeDown
            | Row::TakenDown
            | Row::WithoutBackup
            | Row::RemoveUnderWay,
            _,
        ) => {
            vec!["replace"]
        }
        (Row::Settle | Row::Commit, _) => vec!["watch"],
        (Row::RollBack, _) => vec!["roll back"],
        (Row::Restore | Row::Recreate, _) => vec!["restore"],
        (Row::UpdateInPlace, _) => vec!["update"],
        (Row::Prune, _) => vec!["remove"],
        (_, Next::Call(Call::Start { .. })) => vec!["start"],
        (_, Next::Call(Call::Unpause { .. })) => vec!["unpause"],
        (_, Next::Watch { .. }) => vec!["wait"],
        _ => Vec::new(),
    }
}

fn why(step: &Step, workload: &Workload) -> String {
    let keys = || {
        let keys: Vec<&str> = workload
            .attempt
            .differences
            .iter()
            .map(|difference| difference.key)
            .collect();
        format!("it differs in {}", keys.join(", "))
    };
    match step.row {
        Row::Missing | Row::MissingStaged | Row::MissingUnclaimed => {
            "there is no such container".to_owned()
        }
        Row::Stage | Row::BackUp | Row::UpdateInPlace | Row::WithoutBackup => keys(),
        Row::TakeDown | Row::TakenDown | Row::RemoveUnderWay => {
            "its replacement was interrupted after the old container had been removed".to_owned()
        }
        Row::Settle | Row::Commit => {
            "its replacement was interrupted before it had settled".to_owned()
        }
        Row::RollBack => "its replacement failed, and the rollback was interrupted".to_owned(),
        Row::Restore | Row::Recreate => {
            "its replacement was interrupted, and its manifest has changed since".to_owned()
        }
        Row::Prune => "its manifest is gone".to_owned(),
        _ => state_of(workload).to_owned(),
    }
}

fn state_of(workload: &Workload) -> &'static str {
    match workload
        .observed
        .as_ref()
        .map(|observed| observed.state.status)
    {
        Some(Status::Running) => "it has not settled yet",
        Some(Status::Paused) => "it is paused",
        Some(Status::Exited) => "it has ended",
        Some(Status::Creating | Status::Created) => "it has never run",
        Some(Status::Stopped) => "it is stopped",
        Some(Status::Dead | Status::Unknown) => "it does not run",
        None => "there is no such container",
    }
}
