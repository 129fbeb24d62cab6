//! Containers whose manifests are gone (`--prune`), and the fuse: what this program did not make, or somebody else has changed,
//! is never removed, and nothing is while the manifests are not all there and readable.

use std::collections::HashSet;

use super::find::Finder;
use super::step::{Action, Step};
use super::Rules;
use crate::container::{digest_but_for_id, is_containerd_id};
use crate::kanto_cm::Existing;
use crate::manifests_parser::Manifest;
use crate::record::{Entry, Record};

/// Is nothing pruned, for the manifests are not all there and valid? So many files hold one, and so many none.
pub fn holds_back(valid: usize, invalid: usize) -> bool {
    valid == 0 || invalid > 0
}

/// The containers to remove, by the record. `finder` knows which ones the manifests have claimed.
pub(super) fn plan_prune(
    manifests: &[&Manifest],
    finder: &Finder,
    record: &Record,
    rules: &Rules,
) -> Vec<Step> {
    if holds_back(manifests.len(), rules.invalid) {
        return Vec::new();
    }
    let wanted = manifests.iter().map(|manifest| &manifest.container);
    let names: HashSet<&str> = wanted.clone().map(|one| one.name.as_str()).collect();
    let mut ids: HashSet<&str> = wanted.map(|one| one.id.as_str()).collect();
    ids.remove("");
    let is_wanted =
        |entry: &Entry| names.contains(entry.name.as_str()) || ids.contains(entry.id.as_str());
    record
        .entries()
        .iter()
        .filter(|entry| is_of_ours(entry, rules) && !is_wanted(entry))
        .filter_map(|entry| {
            let mut same = finder.unclaimed(&entry.id, &entry.name);
            let existing = same.next().filter(|one| is_as_made(one, entry))?;
            let leftovers = same.filter(|one| is_as_made(one, entry));
            Some(Step {
                leftovers: leftovers.map(|one| one.container.id.clone()).collect(),
                ..remove(existing)
            })
        })
        .collect()
}

/// Did this program create it from the directory that is pruned?
pub(super) fn is_of_ours(entry: &Entry, rules: &Rules) -> bool {
    entry.created && rules.prune.as_ref() == Some(&entry.directory)
}

/// Is it what this program made, and nobody has changed it since?
fn is_as_made(existing: &Existing, entry: &Entry) -> bool {
    is_containerd_id(&existing.container.id) && digest_but_for_id(&existing.container) == entry.made
}

fn remove(existing: &Existing) -> Step {
    Step {
        orphan: Some(Box::new(existing.container.clone())),
        ..Step::new(
            Action::Remove(Box::new(existing.clone())),
            "its manifest is gone",
        )
    }
}
