//! What the table writes into the state file.

use super::action::Action;
use super::call::{Note, Verb};
use super::workload::Workload;
use super::Policy;
use crate::container::{Listed, Observed, Role};
use crate::state::{ContentState, Entry};

/// Two boots that ended before the new container had settled are enough: it may be what ends them.
const MAX_BOOTS: usize = 2;

fn durable(entry: Entry, action: Option<Action>) -> Note {
    Note {
        entry: Some(entry),
        is_durable: true,
        action,
    }
}

/// The new configuration is about to take the place of the old one.
pub(super) fn trying(w: &Workload, policy: &Policy, new: &Listed, old: &Listed) -> Note {
    let digest = w.digest_of(new);
    let mut entry = replacing(w, policy, new, old, ContentState::Trying);
    let earlier = w
        .entry
        .as_ref()
        .filter(|entry| entry.content_state == ContentState::Trying && entry.digest == digest);
    entry.boots = earlier.map(|entry| entry.boots.clone()).unwrap_or_default();
    if !entry.boots.contains(&policy.boot) {
        entry.boots.push(policy.boot.clone());
    }
    durable(entry, None)
}

/// Is it noted that this run tries the configuration?
pub(super) fn is_trying(w: &Workload, policy: &Policy, new: &Listed) -> bool {
    let digest = w.digest_of(new);
    w.entry.as_ref().is_some_and(|entry| {
        entry.content_state == ContentState::Trying
            && entry.digest == digest
            && entry.boots.contains(&policy.boot)
    })
}

/// Why the configuration is not tried once more: earlier boots have ended while it was tried.
pub(super) fn tried_too_often(w: &Workload, policy: &Policy, new: &Listed) -> Option<String> {
    let digest = w.digest_of(new);
    let entry = w.entry.as_ref()?;
    let earlier = entry
        .boots
        .iter()
        .filter(|boot| **boot != policy.boot)
        .count();
    (entry.content_state == ContentState::Trying && entry.digest == digest && earlier >= MAX_BOOTS)
        .then(|| format!("{earlier} boots ended while it was settling, so it may be what crashes the machine"))
}

/// The new container has settled, under its present id.
pub(super) fn replaced(w: &Workload, policy: &Policy, observed: &Observed, old: &Listed) -> Note {
    let new = &observed.listed;
    let entry = replacing(
        w,
        policy,
        &w.new_configuration().unwrap_or_default(),
        old,
        ContentState::Applied,
    );
    let entry = Entry {
        id: observed.id().to_owned(),
        made: new.digest(),
        before: old.digest(),
        created: w.desired.is_some() || entry.created,
        ran_in: ran_in(w, policy, observed),
        ..entry
    };
    durable(entry, Some(Action::Replaced))
}

/// The new configuration is not to stay, for this reason.
pub(super) fn rolled_back(
    w: &Workload,
    policy: &Policy,
    new: &Listed,
    old: &Listed,
    reason: &str,
) -> Note {
    let entry = Entry {
        reason: reason.to_owned(),
        ..replacing(w, policy, new, old, ContentState::RolledBack)
    };
    durable(entry, None)
}

/// The container is as its manifest asks; `None` if that is known.
pub(super) fn up_to_date(w: &Workload, policy: &Policy, observed: &Observed) -> Option<Note> {
    let desired = w.desired.as_ref()?;
    let before = w.entry.as_ref();
    let is_of_other_directory = before.is_some_and(|before| {
        let is_same =
            before.digest == desired.digest && before.content_state == ContentState::Applied;
        is_same && !before.is_of(&policy.directory)
    });
    if is_of_other_directory && !w.attempt.has_created {
        return None;
    }
    let was_created = before.is_some_and(|before| {
        before.created
            && before.is_of(&policy.directory)
            && before.content_state != ContentState::Removed
    });
    let entry = Entry {
        name: desired.spec.name.clone(),
        id: observed.id().to_owned(),
        directory: policy.directory.clone(),
        digest: desired.digest.clone(),
        made: observed.listed.digest(),
        before: before
            .filter(|before| before.digest == desired.digest)
            .map(|before| before.before.clone())
            .unwrap_or_default(),
        created: w.attempt.has_created || was_created,
        ran_in: ran_in(w, policy, observed),
        earlier_id: leftover_id(w),
        ..Entry::default()
    };
    let ran_before = before.map_or("", |before| before.ran_in.as_str());
    (before != Some(&entry)).then_some(Note {
        // Whatever happens to this process, a job that was started is not started again in this boot.
        is_durable: w.attempt.started.is_some() && entry.ran_in != ran_before,
        entry: Some(entry),
        action: None,
    })
}

/// This run has removed the container, as its manifest is gone; `None` if that is known.
pub(super) fn removed(w: &Workload, policy: &Policy) -> Option<Note> {
    let entry = w.entry.clone()?;
    if !w.attempt.has_removed || w.attempt.actions.contains(&Action::Removed) {
        return None;
    }
    let entry = Entry {
        content_state: ContentState::Removed,
        boots: vec![policy.boot.clone()],
        ..entry
    };
    Some(durable(entry, Some(Action::Removed)))
}

/// The Create of the container was cancelled. It may have gone through; what is there then may also be somebody else's.
pub fn create_cancelled(w: &Workload, policy: &Policy) -> Option<Entry> {
    let desired = w.desired.as_ref()?;
    Some(Entry {
        name: w.name.clone(),
        id: desired.spec.id.clone(),
        directory: policy.directory.clone(),
        made: desired.listed.digest(),
        created: true,
        earlier_id: w.earlier_id.clone(),
        ..Entry::default()
    })
}

/// The old container could not be removed: what was known before is right.
pub(super) fn as_before(w: &Workload) -> Note {
    Note {
        entry: w.attempt.entry_before.clone(),
        is_durable: false,
        action: None,
    }
}

/// What stays the same about an entry while its container is replaced: the old one is what there is. A container without a
/// manifest keeps its directory.
fn replacing(
    w: &Workload,
    policy: &Policy,
    new: &Listed,
    old: &Listed,
    content_state: ContentState,
) -> Entry {
    let before = w.entry.as_ref();
    // The old one is there as it is, until it is taken down; from then on this is known.
    let is_over = match &w.observed {
        Some(observed) if w.is_held_by(Role::Backup) => observed.is_finished_job(),
        _ => before.is_some_and(|before| before.content_state != ContentState::Applied),
    };
    let directory = match &w.desired {
        Some(_) => policy.directory.clone(),
        None => before
            .map(|before| before.directory.clone())
            .unwrap_or_default(),
    };
    Entry {
        name: new.name.clone(),
        id: old.id.clone(),
        directory,
        digest: w.digest_of(new),
        made: old.digest(),
        before: old.digest(),
        content_state,
        created: before
            .is_some_and(|before| before.created && before.content_state != ContentState::Removed),
        ran_in: before
            .filter(|before| before.made == old.digest() && is_over)
            .map(|before| before.ran_in.clone())
            .unwrap_or_default(),
        earlier_id: leftover_id(w),
        ..Entry::default()
    }
}

/// The id of a container that a later run has to remove. The manifest gave the id of another container since, or Kanto-CM did not
/// remove this one, whose id was ruined.
fn leftover_id(w: &Workload) -> String {
    let is_refused = |id: &&String| w.refusal(Verb::Remove, id).is_some();
    let earlier = Some(&w.earlier_id).filter(|id| !id.is_empty());
    let id = earlier.or_else(|| w.ruined.iter().find(is_refused));
    id.cloned().unwrap_or_default()
}

/// Has the old container, a job, done its work in this boot? It is not started again when a replacement is rolled back.
pub(super) fn has_finished_job(w: &Workload, policy: &Policy, observed: &Observed) -> bool {
    w.entry.as_ref().is_some_and(|entry| {
        entry.content_state != ContentState::Applied
            && entry.made == observed.listed.digest()
            && !entry.ran_in.is_empty()
            && entry.ran_in == policy.boot
    })
}

/// The boot in which the container has run: a job that is done is not started again in it.
fn ran_in(w: &Workload, policy: &Policy, observed: &Observed) -> String {
    let restart_policy = &observed.listed.host_config.restart_policy.kind;
    if !matches!(restart_policy.as_str(), "no" | "on-failure") {
        return String::new();
    }
    if observed.is_up() || w.attempt.started.is_some() {
        return policy.boot.clone();
    }
    let before = w.entry.as_ref();
    before.map(|entry| entry.ran_in.clone()).unwrap_or_default()
}
