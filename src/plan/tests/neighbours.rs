//! What is left alone because it belongs to a manifest that is not decided about, and what a daemon decides otherwise.

use std::slice;
use std::sync::Arc;

use super::*;
use crate::container::RestartPolicy;

/// The plan for `own` beside `neighbours`.
fn plan_beside(
    neighbours: &[Manifest],
    own: &[Manifest],
    existing: &[Existing],
    rules: &Rules,
) -> Plan {
    let beside = Beside {
        before: neighbours.iter().cloned().map(Arc::new).collect(),
        after: Vec::new(),
    };
    let recorded = record(&[entry(&level("info"), "x", EntryState::Applied)]);
    super::super::plan(own, &beside, existing, &recorded, rules)
}

#[test]
fn a_neighbours_container_is_nobody_elses() {
    let existing = [listed(&level("info"), "x", Status::Running)];
    let own = [anonymous("other")];
    let rules = Rules::default();
    assert_eq!(
        words(&plan_beside(&[], &own, &existing, &rules)),
        ["replace"]
    );
    let mut by_id = level("info");
    by_id.container.name = "b".to_owned();
    assert_eq!(
        words(&plan_beside(&[by_id], &own, &existing, &rules)),
        ["create"]
    );
}

#[test]
fn what_is_being_deployed_for_another_manifest_is_not_made_twice() {
    let rules = Rules::default();
    for (neighbour, own) in [
        (level("info"), level("info")),
        (level("info"), anonymous("info")),
        (anonymous("info"), level("info")),
    ] {
        for existing in [vec![], vec![listed(&level("info"), "x", Status::Running)]] {
            let plan = plan_beside(
                slice::from_ref(&neighbour),
                slice::from_ref(&own),
                &existing,
                &rules,
            );
            assert!(matches!(plan.steps[0].action, Action::Fail), "{plan:?}");
        }
    }
}

#[test]
fn who_began_later_has_to_give_way() {
    let existing = [listed(&level("info"), "x", Status::Running)];
    let beside = Beside {
        before: Vec::new(),
        after: vec![Arc::new(level("later"))],
    };
    let (none, rules) = (Record::none(), Rules::default());
    let plan_of = |own: &[Manifest]| super::super::plan(own, &beside, &existing, &none, &rules);
    assert_eq!(words(&plan_of(&[level("new")])), ["replace"]);
}

/// The same container by its name, and for who began later by its id.
#[test]
fn who_began_first_sees_what_a_later_one_gives_an_id_for() {
    let beside = Beside {
        before: Vec::new(),
        after: vec![Arc::new(level("later"))],
    };
    let existing = [listed(&level("old"), "x", Status::Running)];
    let (own, rules) = ([anonymous("new")], Rules::default());
    let plan = super::super::plan(&own, &beside, &existing, &Record::none(), &rules);
    assert_eq!(words(&plan), ["replace"], "{plan:?}");
}

#[test]
fn there_is_no_step_for_a_neighbour() {
    let existing = [listed(&level("info"), "x", Status::Stopped)];
    let plan = plan_beside(&[level("changed")], &[], &existing, &Rules::default());
    assert_eq!(plan.steps.len(), 0, "{plan:?}");
}

#[test]
fn helpers_of_a_neighbour_are_no_orphans() {
    let existing = [
        helper(Role::Next, &level("new"), "x"),
        helper(Role::Prev, &level("old"), "x"),
    ];
    let rules = Rules::default();
    assert_eq!(plan_beside(&[], &[], &existing, &rules).steps.len(), 1);
    assert_eq!(
        plan_beside(&[level("new")], &[], &existing, &rules)
            .steps
            .len(),
        0
    );
    let leave_orphans = Rules {
        leave_orphans: true,
        ..rules
    };
    assert_eq!(
        plan_beside(&[], &[], &existing, &leave_orphans).steps.len(),
        0
    );
}

#[test]
fn a_neighbours_container_is_not_pruned() {
    let existing = [listed(&level("info"), "x", Status::Running)];
    let rules = Rules {
        prune: Some("/m".to_owned()),
        ..Rules::default()
    };
    let other = named("b", &[]);
    let pruned = plan_beside(std::slice::from_ref(&other), &[], &existing, &rules);
    assert_eq!(words(&pruned), ["remove"], "a neighbour holds no fuse");
    assert_eq!(
        words(&plan_beside(&[other, level("new")], &[], &existing, &rules)),
        [""; 0]
    );
}

/// A container in this state, and what is done about it on each occasion: a run, the daemon's beginning, a touch, a retry.
#[test]
fn what_has_ended_well_is_started_only_for_somebody() {
    let of = |policy: &str, exit_code: i64| {
        let mut one = level("info");
        one.container.host_config.restart_policy = RestartPolicy {
            kind: policy.to_owned(),
            ..RestartPolicy::default()
        };
        let mut existing = listed(&one, "x", Status::Exited);
        existing.state.exit_code = exit_code;
        (one, existing)
    };
    for (policy, exit_code, expected) in [
        ("no", 0, ["start", "-", "start", "-"]),
        ("on-failure", 0, ["start", "-", "start", "-"]),
        ("no", 3, ["start"; 4]),
        ("unless-stopped", 0, ["wait"; 4]),
    ] {
        let (one, existing) = of(policy, exit_code);
        let on = |occasion: Occasion| {
            let rules = Rules {
                occasion,
                ..Rules::default()
            };
            words(&plan_beside(
                &[],
                std::slice::from_ref(&one),
                std::slice::from_ref(&existing),
                &rules,
            ))[0]
        };
        let all = [
            Occasion::Run,
            Occasion::Begin,
            Occasion::Touch,
            Occasion::Retry,
        ];
        assert_eq!(all.map(on), expected, "{policy} {exit_code}");
    }
}

#[test]
fn what_was_started_a_moment_ago_has_to_keep_running() {
    let mut existing = listed(&level("info"), "x", Status::Running);
    existing.restart_count = 4;
    let doubted = |existing: &Existing, settled: &str| {
        let rules = Rules {
            settled: Some(humantime::parse_rfc3339(settled).expect("a time")),
            ..Rules::default()
        };
        let existing = std::slice::from_ref(existing);
        let plan = plan_beside(&[], &[level("info")], existing, &rules);
        assert!(changes_nothing(&plan));
        plan.steps[0].doubted
    };
    // As Go writes it: without the zeros at the end.
    existing.state.started_at = "2026-02-28T23:59:59.25Z".to_owned();
    assert_eq!(doubted(&existing, "2026-02-28T23:59:59.2Z"), Some(4));
    assert_eq!(doubted(&existing, "2026-02-28T23:59:59.3Z"), None);
    for unreadable in ["", "2026-02-28"] {
        existing.state.started_at = unreadable.to_owned();
        assert_eq!(doubted(&existing, "2026-02-28T00:00:00Z"), None);
    }
    existing.state.started_at = "2026-02-28T23:59:59Z".to_owned();
    existing.state.status = Status::Paused;
    let settled = "2026-02-28T00:00:00Z";
    let rules = Rules {
        settled: humantime::parse_rfc3339(settled).ok(),
        ..Rules::default()
    };
    let plan = plan_beside(&[], &[level("info")], &[existing], &rules);
    assert_eq!(plan.steps[0].doubted, None, "it does not run");
}

#[test]
fn what_is_tried_again_has_to_keep_running() {
    let mut existing = listed(&level("info"), "x", Status::Running);
    existing.restart_count = 4;
    for (occasion, doubted) in [
        (Occasion::Run, None),
        (Occasion::Begin, None),
        (Occasion::Touch, None),
        (Occasion::Retry, Some(4)),
    ] {
        let rules = Rules {
            occasion,
            ..Rules::default()
        };
        let plan = plan_beside(
            &[],
            &[level("info")],
            std::slice::from_ref(&existing),
            &rules,
        );
        assert_eq!(plan.steps[0].doubted, doubted, "{occasion:?}");
        assert!(changes_nothing(&plan));
    }
}
