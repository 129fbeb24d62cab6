//! Which helpers belong to which container: those with its id, else those with its name.

use super::recovering::told;
use super::*;

#[test]
fn a_container_that_changes_its_id_is_recovered_by_both() {
    let new = level("new");
    let next = helper(Role::Next, &new, "x");
    let prev = helper(Role::Prev, &level("old"), "y");
    let (is_old, is_new) = (
        listed(&level("old"), "y", Status::Running),
        listed(&new, "x", Status::Running),
    );
    for (container, expected) in [
        (Some(is_old), "replace staged=true held=true waits-for-y"),
        (Some(is_new), "settle new"),
        (None, "create new"),
    ] {
        let existing: Vec<Existing> = [Some(next.clone()), Some(prev.clone()), container]
            .into_iter()
            .flatten()
            .collect();
        let plan = plan(std::slice::from_ref(&new), &existing);
        assert_eq!(plan.steps.len(), 1, "{plan:?}");
        assert_eq!(told(&plan.steps[0]), expected);
        if let Action::Replace(replacement) = &plan.steps[0].action {
            let ids = (replacement.new.id.as_str(), replacement.old.id.as_str());
            assert_eq!(ids, ("x", "y"));
        }
    }
}

#[test]
fn a_container_that_changes_its_name_is_recovered_by_its_id() {
    let mut new = level("new");
    new.container.name = "b".to_owned();
    let next = helper(Role::Next, &new, "x");
    let prev = helper(Role::Prev, &level("old"), "x");
    for (container, expected) in [
        (
            Some(level("old")),
            "replace staged=true held=true waits-for-x",
        ),
        (Some(new.clone()), "settle new"),
        (None, "create new"),
    ] {
        let container = container.map(|held| listed(&held, "x", Status::Running));
        let existing: Vec<Existing> = [Some(next.clone()), Some(prev.clone()), container]
            .into_iter()
            .flatten()
            .collect();
        let plan = plan(std::slice::from_ref(&new), &existing);
        assert_eq!(plan.steps.len(), 1, "{plan:?}");
        assert_eq!(told(&plan.steps[0]), expected);
    }
}

#[test]
fn a_manifest_without_an_id_is_recovered_by_its_name() {
    for (rolled_back, expected) in [(false, "create new"), (true, "restore old again")] {
        let new = anonymous("new");
        let entries = [entry(&new, "y", EntryState::RolledBack)];
        let record = record(if rolled_back { &entries } else { &[] });
        let existing = [
            helper(Role::Next, &new, "y"),
            helper(Role::Prev, &anonymous("old"), "y"),
        ];
        let plan = plan_with(&[new], &existing, &record, &Rules::default());
        assert_eq!(told(&plan.steps[0]), expected);
    }
}

/// `x-2` looks like what healing makes of `x`, and is another container's id here.
#[test]
fn helpers_go_with_the_manifest_that_has_exactly_their_id() {
    let mut other = level("new");
    (other.container.id, other.container.name) = ("x-2".to_owned(), "b".to_owned());
    let mut old = other.clone();
    old.container.env = vec!["LEVEL=old".to_owned()];
    let existing = [
        listed(&level("new"), "x", Status::Running),
        helper(Role::Next, &other, "x-2"),
        helper(Role::Prev, &old, "x-2"),
    ];
    for turned in [false, true] {
        let mut manifests = vec![level("new"), other.clone()];
        if turned {
            manifests.reverse();
        }
        let mut plan = plan(&manifests, &existing);
        if turned {
            plan.steps.reverse();
        }
        let told: Vec<String> = plan.steps.iter().map(told).collect();
        assert_eq!(told, ["", "create new"], "turned: {turned}");
    }
}

/// `x` gives its old name up to a manifest that comes first and has no id.
#[test]
fn helpers_of_an_id_go_with_no_other_manifest_of_their_name() {
    let mut renamed = level("new");
    renamed.container.name = "z".to_owned();
    let existing = [
        helper(Role::Next, &renamed, "x"),
        helper(Role::Prev, &level("old"), "x"),
    ];
    let plan = plan(&[anonymous("new"), renamed], &existing);
    let told: Vec<String> = plan.steps.iter().map(told).collect();
    assert_eq!(told, ["create start", "create new"]);
}

/// The Remove of `kad-prev` was refused when `x` had become `y`; now the manifest goes back to `x`. The names alone do not say
/// that `y` is not somebody else's: the record does.
#[test]
fn a_container_that_was_deployed_is_not_taken_for_somebody_elses() {
    for (recorded, expected) in [
        (
            Some("y"),
            "replace staged=false held=false first-kad-prev.x",
        ),
        (Some("x"), "restore old again"),
        (None, "restore old again"),
    ] {
        let entries = recorded.map(|id| entry(&anonymous("between"), id, EntryState::Applied));
        let existing = [
            listed(&anonymous("between"), "y", Status::Running),
            helper(Role::Prev, &level("old"), "x"),
        ];
        let record = record(entries.as_slice());
        let plan = plan_with(&[level("new")], &existing, &record, &Rules::default());
        let told: Vec<String> = plan.steps.iter().map(told).collect();
        assert_eq!(told, [expected], "{recorded:?}");
    }
}
