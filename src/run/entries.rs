//! The entries of the report: one a manifest, and one for each container without a manifest that something was done to.

use std::collections::HashMap;

use crate::container;
use crate::execute;
use crate::manifests_parser::{InvalidManifest, Manifest};
use crate::reconcile::{Action, Done};
use crate::report::{self, Difference, Entry, Status};
use crate::text::{printable, printable_path, shortened};

/// Makes the entry of a valid manifest for which nothing was done yet.
pub(super) fn of_valid(manifest: &Manifest) -> Entry {
    Entry {
        file: Some(manifest.path.to_string_lossy().into_owned()),
        label: manifest.container.name.clone(),
        name: Some(manifest.container.name.clone()),
        warnings: manifest.warnings.texts(),
        ..Entry::default()
    }
}

/// Makes the entry of a valid manifest that is only checked. Its label is the file, as there may be several directories.
pub(super) fn of_checked(manifest: &Manifest) -> Entry {
    let label = manifest.shown_file();
    Entry {
        label,
        status: Status::Valid,
        ..of_valid(manifest)
    }
}

/// Makes the entry of an invalid manifest that is only checked, or was to be deployed.
pub(super) fn of_invalid(invalid: &InvalidManifest, is_checked: bool) -> Entry {
    Entry {
        file: Some(invalid.path.to_string_lossy().into_owned()),
        label: printable_path(&invalid.file),
        status: Status::Invalid,
        other_errors: invalid.errors.len() - 1 + invalid.errors.more(),
        errors: invalid.errors.texts(),
        keeps_container: !is_checked,
        warnings: invalid.warnings.texts(),
        ..Entry::default()
    }
}

/// Makes the entries of what was done or would be done: first the manifests, then containers without a manifest.
pub(super) fn of_outcomes(
    manifests: &[Manifest],
    outcomes: &[execute::Outcome],
    dry_run: bool,
) -> Vec<Entry> {
    let by_file = outcomes.iter().map(|outcome| (&*outcome.file, outcome));
    let by_file: HashMap<&str, &execute::Outcome> = by_file.collect();
    let of_manifest = |manifest: &Manifest| match by_file.get(&*manifest.shown_file()) {
        Some(outcome) => of_outcome(of_valid(manifest), outcome, dry_run),
        None => of_valid(manifest),
    };
    let others = outcomes.iter().filter(|outcome| outcome.file.is_empty());
    let others = others.map(|outcome| of_outcome(of_container(&outcome.name), outcome, dry_run));
    manifests
        .iter()
        .map(of_manifest)
        .chain(others)
        .filter(is_worth_a_line)
        .collect()
}

/// Adds the outcome to an entry.
pub(super) fn of_outcome(mut entry: Entry, outcome: &execute::Outcome, dry_run: bool) -> Entry {
    entry.id.clone_from(&outcome.id);
    entry.actions = if dry_run {
        outcome.planned.iter().copied().map(Into::into).collect()
    } else {
        outcome.actions.iter().map(action).collect()
    };
    entry.reason = outcome
        .failure()
        .map(ToOwned::to_owned)
        .or(outcome.reason.clone())
        .map(shortened);
    entry.seconds = outcome.elapsed.as_secs_f64();
    entry.differences = outcome.differences.iter().map(difference).collect();
    entry.is_left = outcome.is_left();
    entry.is_rolled_back = outcome.is_rolled_back();
    entry.status = match &outcome.done {
        Some(Done::Failed { .. }) => Status::Failed,
        _ if dry_run && !outcome.planned.is_empty() => Status::Planned,
        Some(_) if outcome.actions.is_empty() => Status::UpToDate,
        Some(_) if outcome.actions.contains(&Action::Removed) => Status::Removed,
        Some(_) => Status::Deployed,
        None if dry_run => Status::UpToDate,
        None => Status::Unfinished,
    };
    entry
}

/// Is there anything to report? A container without a manifest gets a line only if something was done to it.
fn is_worth_a_line(entry: &Entry) -> bool {
    entry.file.is_some() || !entry.actions.is_empty() || entry.status == Status::Failed
}

/// Makes the entry of a container without a manifest.
pub(super) fn of_container(name: &str) -> Entry {
    Entry {
        label: printable(name),
        name: Some(name.to_owned()),
        ..Entry::default()
    }
}

fn action(action: &Action) -> report::Action {
    let id = match action {
        Action::Healed(id) => Some(id.clone()),
        _ => None,
    };
    report::Action {
        word: action.word(),
        id,
    }
}

fn difference(difference: &container::Difference) -> Difference {
    Difference {
        key: difference.key,
        desired: difference.desired.to_string(),
        observed: difference.observed.to_string(),
    }
}
