//! The entries of the report: one a manifest, from what was planned or done.

use crate::container;
use crate::deploy::Outcome;
use crate::manifests_parser::{Invalid, Manifest};
use crate::plan::{Action, Plan, Step};
use crate::report::{Difference, Entry, Status};
use crate::text::printable;

/// Of a valid manifest that nothing was done for yet.
pub(super) fn of_valid(manifest: &Manifest) -> Entry {
    Entry {
        file: manifest.path.to_string_lossy().into_owned(),
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
        file: invalid.path.to_string_lossy().into_owned(),
        label: printable(&invalid.file.to_string_lossy()),
        status: Status::Invalid,
        errors: invalid.problems.iter().map(ToString::to_string).collect(),
        warnings: invalid.warnings.iter().map(ToString::to_string).collect(),
        ..Entry::default()
    }
}

/// What would be done.
pub(super) fn planned(manifests: &[Manifest], outcomes: &[Outcome], plan: &Plan) -> Vec<Entry> {
    let entry_of = |((manifest, outcome), step): ((&Manifest, &Outcome), &Step)| {
        let mut entry = of_valid(manifest);
        entry.warnings.extend(outcome.warnings.iter().cloned());
        entry.differences = step.differences.iter().map(difference).collect();
        entry.id = step.action.id().map(ToOwned::to_owned);
        entry.reason = outcome
            .failure
            .clone()
            .or_else(|| Some(step.reason.clone()));
        entry.status = match &step.action {
            _ if outcome.failure.is_some() => Status::Failed,
            Action::Fail => Status::Failed,
            Action::Nothing { .. } => Status::AsWanted,
            action => {
                entry.actions = action.words().iter().map(ToString::to_string).collect();
                Status::Planned
            }
        };
        entry
    };
    manifests
        .iter()
        .zip(outcomes)
        .zip(&plan.steps)
        .map(entry_of)
        .collect()
}

/// What was done; `complete`: the run came to its end.
pub(super) fn deployed(manifests: &[Manifest], outcomes: &[Outcome], complete: bool) -> Vec<Entry> {
    let entry_of = |(manifest, outcome): (&Manifest, &Outcome)| {
        let mut entry = of_valid(manifest);
        entry.warnings.extend(outcome.warnings.iter().cloned());
        entry.id.clone_from(&outcome.id);
        entry.actions = outcome.done.iter().map(ToString::to_string).collect();
        entry.reason.clone_from(&outcome.failure);
        entry.seconds = outcome.took.as_secs_f64();
        entry.differences = outcome.differences.iter().map(difference).collect();
        entry.status = match (&outcome.failure, complete || outcome.finished) {
            (Some(_), _) => Status::Failed,
            (None, false) => Status::Unfinished,
            (None, true) if outcome.done.is_empty() => Status::AsWanted,
            (None, true) => Status::Deployed,
        };
        entry
    };
    manifests.iter().zip(outcomes).map(entry_of).collect()
}

fn difference(difference: &container::Difference) -> Difference {
    Difference {
        key: difference.key,
        wanted: difference.wanted.to_string(),
        existing: difference.existing.to_string(),
    }
}
