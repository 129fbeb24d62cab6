//! What became of a manifest, or of a container that has none.

use std::time::{Duration, Instant};

use super::inbox::Input;
use super::slot::Slot;
use crate::container::{Difference, Status};
use crate::reconcile::{next_call, Action, Call, Done, Next, Policy, Row, Step, Target, Workload};
use crate::state::ContentState;

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
    let mut workload = slot.workload.clone();
    let step = first_of_weight(&mut workload, policy);
    let planned = words(&step);
    let reason = (!planned.is_empty()).then(|| why(&step, &workload));
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

/// The first step of the next run that is worth a word. What comes before is taken as done: an interrupted Remove is over, and
/// stand-ins and containers under earlier ids, which nobody needs any more, are gone.
fn first_of_weight(workload: &mut Workload, policy: &Policy) -> Step {
    loop {
        let step = next_call(workload, policy, Instant::now());
        let Next::Call(call) = &step.next else {
            return step;
        };
        match call {
            Call::AwaitRemove { .. } => {}
            Call::Remove { target, .. } => match target {
                Target::Container => return step,
                Target::Staged => workload.staged = None,
                Target::Backup => workload.backup = None,
                Target::Healed | Target::Ruined | Target::Earlier => {}
            },
            _ => return step,
        }
        workload.took_effect(step.row, call);
    }
}

fn words(step: &Step) -> Vec<&'static str> {
    match step.row {
        Row::Missing | Row::MissingStaged | Row::MissingUnclaimed | Row::CreateInstead => {
            vec!["create", "start"]
        }
        Row::Stage | Row::BackUp | Row::TakeDown | Row::TakenDown | Row::WithoutBackup => {
            vec!["replace"]
        }
        Row::Settle | Row::Commit => vec!["watch"],
        Row::RollBack => vec!["roll back"],
        Row::Restore | Row::Recreate => vec!["restore"],
        Row::UpdateInPlace => vec!["update"],
        Row::Prune => vec!["remove"],
        // Nothing, or what makes the container run.
        Row::KeepOld
        | Row::UpToDate
        | Row::Kept
        | Row::TriedBefore
        | Row::ChangedElsewhere
        | Row::UnsafeId
        | Row::Failed
        | Row::Conflict
        | Row::Absent => match &step.next {
            Next::Call(Call::Start { .. }) => vec!["start"],
            Next::Call(Call::Unpause { .. }) => vec!["unpause"],
            Next::Watch { .. } => vec!["wait"],
            _ => Vec::new(),
        },
        // Taken as done, or only in a run that changes something.
        Row::RemoveUnderWay
        | Row::StaleStaged
        | Row::SpentStaged
        | Row::LeftoverBackup
        | Row::ForeignPair
        | Row::EarlierId
        | Row::RuinedLeftover
        | Row::Heal
        | Row::Interrupted => Vec::new(),
    }
}

fn why(step: &Step, workload: &Workload) -> String {
    let is_rolled_back = workload.state_of_staged() == Some(ContentState::RolledBack);
    let text = match step.row {
        Row::Missing | Row::MissingStaged | Row::MissingUnclaimed => "there is no such container",
        Row::Stage | Row::BackUp | Row::UpdateInPlace | Row::WithoutBackup => {
            let differences = workload.attempt.differences.iter();
            let keys: Vec<&str> = differences.map(|difference| difference.key).collect();
            return format!("it differs in {}", keys.join(", "));
        }
        Row::TakeDown => "its replacement was interrupted before the old container was removed",
        Row::TakenDown => "its replacement was interrupted after the old container was removed",
        Row::Settle | Row::Commit => "its replacement was interrupted before it had settled",
        Row::RollBack => "its replacement failed, and the rollback was interrupted",
        Row::Restore | Row::Recreate if is_rolled_back => {
            "its replacement failed, and the rollback was interrupted"
        }
        Row::Restore | Row::Recreate | Row::CreateInstead => {
            "its replacement was interrupted, and its manifest has changed since"
        }
        Row::Prune => "its manifest is gone",
        _ => state_of(workload),
    };
    text.to_owned()
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
