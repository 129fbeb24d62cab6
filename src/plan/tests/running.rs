//! What is there and equal is made to run, by the state it is in.

use super::*;
use crate::container::RestartPolicy;

#[test]
fn what_is_not_there_is_created() {
    let plan = plan(&[named("a", &[])], &[]);
    assert_eq!(words(&plan), ["create"]);
    assert!(!changes_nothing(&plan));
}

#[test]
fn every_state_has_its_way_to_run() {
    let a = named("a", &[]);
    for (status, policy, expected) in [
        (Status::Running, "always", "-"),
        (Status::Created, "always", "start"),
        (Status::Stopped, "always", "start"),
        (Status::Paused, "always", "unpause"),
        (Status::Exited, "always", "wait"),
        (Status::Exited, "unless-stopped", "wait"),
        (Status::Exited, "no", "start"),
        (Status::Exited, "on-failure", "start"),
        (Status::Dead, "always", "create"),
        (Status::Unknown, "always", "start"),
    ] {
        let mut a = a.clone();
        a.container.host_config.restart_policy = RestartPolicy {
            kind: policy.into(),
            ..Default::default()
        };
        let existing = listed(&a, "1", status);
        assert_eq!(
            words(&plan(std::slice::from_ref(&a), &[existing])),
            [expected],
            "{status:?} {policy}"
        );
    }
}

#[test]
fn a_container_stopped_on_purpose_is_not_waited_for() {
    let a = named("a", &[]);
    let mut existing = listed(&a, "1", Status::Exited);
    existing.manually_stopped = true;
    assert_eq!(words(&plan(&[a], &[existing])), ["start"]);
}

#[test]
fn what_runs_and_is_equal_is_left_alone() {
    let a = named("a", &[]);
    let plan = plan(
        std::slice::from_ref(&a),
        &[listed(&a, "1", Status::Running)],
    );
    assert!(changes_nothing(&plan));
    assert!(plan.steps[0].differences.is_empty());
}

#[test]
fn what_runs_without_a_process_fails() {
    let (a, b) = (named("a", &[]), named("b", &[]));
    let existing = [
        listed(&a, "1", Status::Running),
        listed(&b, "2", Status::Running),
    ];
    let mut plan = plan(&[a, b], &existing);
    plan.fail_vanished(&[&existing[1]]);
    assert!(matches!(plan.steps[0].action, Action::Nothing { .. }));
    assert!(matches!(plan.steps[1].action, Action::Fail));
}
