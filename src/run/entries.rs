//! The entries of the report: one a manifest, and one for each container without a manifest that something was done to.

use crate::container;
use crate::deploy::{Done, Outcome};
use crate::manifests_parser::{Invalid, Manifest};
use crate::plan::{Action, Plan, Step};
use crate::report::{Difference, Entry, Status};
use crate::text::printable;

/// Of a valid manifest that nothing was done for yet.
pub(super) fn of_valid(manifest: &Manifest) -> Entry {
    Entry {
        file: Some(manifest.path.to_string_lossy().into_owned()),
        label: manifest.container.name.clone(),
        name: Some(manifest.container.name.clone()),
        warnings: manifest.warnings.iter().map(ToString::to_string).collect(),
        ..Entry::default()
    }
}

/// Of a valid manifest that is only checked: known by its file, for there may be several directories.
pub(super) fn of_checked(manifest: &Manifest) -> Entry {
    let label = printable(&manifest.file.to_string_lossy());
    Entry {
        label,
        status: Status::Valid,
        ..of_valid(manifest)
    }
}

/// Of an invalid manifest.
pub(super) fn of_invalid(invalid: &Invalid) -> Entry {
    Entry {
        file: Some(invalid.path.to_string_lossy().into_owned()),
        label: printable(&invalid.file.to_string_lossy()),
        status: Status::Invalid,
        errors: invalid.problems.iter().map(ToString::to_string).collect(),
        warnings: invalid.warnings.iter().map(ToString::to_string).collect(),
        ..Entry::default()
    }
}

/// What would be done.
pub(super) fn planned(manifests: &[Manifest], outcomes: &[Outcome], plan: &Plan) -> Vec<Entry> {
    let entry_of = |(i, (step, outcome)): (usize, (&Step, &Outcome))| {
        let mut entry = of_step(manifests.get(i), &step.name);
        let failure = outcome.failure.as_ref().or(step.verdict.as_ref());
        let words = step.words();
        entry.warnings.extend(outcome.warnings.iter().cloned());
        entry.differences = step.differences.iter().map(difference).collect();
        entry.is_left = step.leaves_differences();
        entry.id = step.action.id().map(ToOwned::to_owned);
        let is_told = !words.is_empty() || matches!(step.action, Action::Fail);
        entry.reason = failure.or(is_told.then_some(&step.reason)).cloned();
        entry.actions = words.iter().map(ToString::to_string).collect();
        entry.status = match &step.action {
            _ if failure.is_some() => Status::Failed,
            Action::Fail => Status::Failed,
            _ if words.is_empty() => Status::AsWanted,
            _ => Status::Planned,
        };
        entry
    };
    let steps = plan.steps.iter().zip(outcomes).enumerate();
    steps.map(entry_of).filter(is_worth_a_line).collect()
}

/// What was done; `complete`: the run came to its end.
pub(super) fn deployed(manifests: &[Manifest], outcomes: &[Outcome], complete: bool) -> Vec<Entry> {
    let entry_of = |(i, outcome): (usize, &Outcome)| {
        let mut entry = of_step(manifests.get(i), &outcome.name);
        entry.warnings.extend(outcome.warnings.iter().cloned());
        entry.id.clone_from(&outcome.id);
        entry.actions = outcome.done.iter().map(ToString::to_string).collect();
        entry.reason.clone_from(&outcome.failure);
        entry.seconds = outcome.took.as_secs_f64();
        entry.differences = outcome.differences.iter().map(difference).collect();
        entry.is_left = outcome.is_left;
        entry.is_rolled_back = outcome.is_rolled_back;
        entry.status = match (&outcome.failure, complete || outcome.finished) {
            (Some(_), _) => Status::Failed,
            (None, false) => Status::Unfinished,
            (None, true) if outcome.done.is_empty() => Status::AsWanted,
            (None, true) if outcome.done.contains(&Done::Removed) => Status::Removed,
            (None, true) => Status::Deployed,
        };
        entry
    };
    let outcomes = outcomes.iter().enumerate();
    outcomes.map(entry_of).filter(is_worth_a_line).collect()
}

/// Of a container without a manifest only what was done to it is of interest.
fn is_worth_a_line(entry: &Entry) -> bool {
    entry.file.is_some() || !entry.actions.is_empty() || entry.status == Status::Failed
}

/// Of a manifest, or of a container without one that has this name.
fn of_step(manifest: Option<&Manifest>, name: &str) -> Entry {
    manifest.map_or_else(
        || Entry {
            label: printable(name),
            name: Some(name.to_owned()),
            ..Entry::default()
        },
        of_valid,
    )
}

fn difference(difference: &container::Difference) -> Difference {
    Difference {
        key: difference.key,
        wanted: difference.wanted.to_string(),
        existing: difference.existing.to_string(),
    }
}
