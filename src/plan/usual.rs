//! What to do with a container that exists, with nothing interrupted about it: by what the manifest says, what Kanto-CM
//! holds, and what the record knows.

use super::replacement::Replacement;
use super::step::{Action, Step};
use super::{is_finished_job, is_restarted_by_policy, Occasion, Rules};
use crate::container::{
    differences, digest, is_containerd_id, is_same_or_healed_id, Container, Difference,
};
use crate::kanto_cm::{Existing, Status, Update};
use crate::record::{Entry, EntryState};
use crate::text::printable;

/// The row of the table that holds for a container that is there.
pub(super) fn decide(
    wanted: &Container,
    existing: &Existing,
    entry: Option<&Entry>,
    rules: &Rules,
) -> Step {
    let differences = differences(wanted, &existing.container);
    let mut step = make_it_run_by(rules, existing);
    if differences.is_empty() {
        return step;
    }
    let digest = digest(&wanted.clone().with_defaults());
    let before = entry.filter(|entry| entry.digest == digest);
    let keys = keys(&differences);
    match before.map(|entry| &entry.state) {
        _ if rules.keep_existing => {
            step.reason = format!("it differs in {keys}, and is kept");
        }
        Some(EntryState::RolledBack) => step.verdict = before.map(|entry| tried(&entry.reason)),
        Some(EntryState::Applied) => {
            step.reason = format!("somebody else has changed {keys} since it was applied");
        }
        Some(EntryState::Trying) | None => {
            step = change(wanted, existing, &differences, digest, rules);
        }
    }
    step.differences = differences;
    step
}

/// Makes a container run that is there.
pub fn make_it_run(existing: &Existing) -> Step {
    let boxed = || Box::new(existing.clone());
    let (action, reason) = match existing.state.status {
        Status::Running => {
            let id = existing.container.id.clone();
            (Action::Nothing { id }, "it runs")
        }
        Status::Paused => (Action::Unpause(boxed()), "it is paused"),
        Status::Exited if is_restarted_by_policy(existing) => (
            Action::LeaveToKantoCm(boxed()),
            "it has ended, and its restart policy starts it again",
        ),
        Status::Exited => (Action::Start(boxed()), "it has ended"),
        Status::Creating | Status::Created => (Action::Start(boxed()), "it has never run"),
        Status::Stopped => (Action::Start(boxed()), "it is stopped"),
        Status::Dead | Status::Unknown => (Action::Start(boxed()), "it does not run"),
    };
    Step::new(action, reason)
}

/// As the rules want it.
fn make_it_run_by(rules: &Rules, existing: &Existing) -> Step {
    if matches!(rules.occasion, Occasion::Begin | Occasion::Retry) && is_finished_job(existing) {
        let id = existing.container.id.clone();
        return Step::new(Action::Nothing { id }, "it has done its work");
    }
    let doubted = existing.state.status == Status::Running && is_doubted(rules, existing);
    Step {
        doubted: doubted.then_some(existing.restart_count),
        ..make_it_run(existing)
    }
}

/// A single look at one that ends again and again may meet it running.
fn is_doubted(rules: &Rules, existing: &Existing) -> bool {
    let is_started_after = |moment| existing.state.is_started_after(moment);
    rules.occasion == Occasion::Retry || rules.settled.is_some_and(is_started_after)
}

/// What is said of a manifest whose content was tried before.
pub(super) fn tried(reason: &str) -> String {
    let reason = printable(reason);
    let reason = if reason.is_empty() {
        reason
    } else {
        format!(" ({reason})")
    };
    format!("tried and rolled back{reason}: change it or use --reapply (with --daemon, touch it)")
}

/// In place where Kanto-CM can do that, else by a replacement.
fn change(
    wanted: &Container,
    existing: &Existing,
    differences: &[Difference],
    digest: String,
    rules: &Rules,
) -> Step {
    let keys = keys(differences);
    if let Some(update) = in_place(wanted, differences) {
        return Step {
            update: Some(update),
            reason: format!("it differs in {keys}"),
            ..make_it_run_by(rules, existing)
        };
    }
    let id = &existing.container.id;
    if !is_containerd_id(id) {
        let id = printable(id);
        return Step::new(
            Action::Fail,
            format!("it differs in {keys}, but to remove a container with the id {id} is not safe: Kanto-CM takes it for a path"),
        );
    }
    let new = Container {
        id: id_to_have(wanted, id),
        ..wanted.clone()
    };
    let replacement = Replacement::of(existing, new, digest);
    Step::new(
        Action::Replace(Box::new(replacement)),
        format!("it differs in {keys}"),
    )
}

/// The id of what takes the place of the container with the id `id`. One that healing gave is kept.
fn id_to_have(wanted: &Container, id: &str) -> String {
    if wanted.id.is_empty() || is_same_or_healed_id(&wanted.id, id) {
        id.to_owned()
    } else {
        wanted.id.clone()
    }
}

/// The Update that makes of a container what a Create would have made; `None` where it takes more than that.
fn in_place(wanted: &Container, differences: &[Difference]) -> Option<Update> {
    let begins = |one: &Difference, part: &str| one.key.starts_with(part);
    let is_policy = |one: &Difference| begins(one, "host_config.restart_policy.");
    let is_limit = |one: &Difference| begins(one, "host_config.resources.");
    if !differences
        .iter()
        .all(|one| is_policy(one) || is_limit(one))
    {
        return None;
    }
    // An Update fills nothing in, and takes "unlimited" as it is.
    let filled = wanted.clone().with_defaults();
    let host = filled.to_create_again(String::new()).host_config;
    Some(Update {
        restart_policy: differences
            .iter()
            .any(is_policy)
            .then_some(host.restart_policy),
        resources: differences.iter().any(is_limit).then_some(host.resources),
    })
}

fn keys(differences: &[Difference]) -> String {
    let keys: Vec<&str> = differences.iter().map(|one| one.key).collect();
    keys.join(", ")
}
