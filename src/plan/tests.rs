use super::plan as plan_with;
use super::*;
use crate::container::{Container, RestartPolicy};
use crate::kanto_cm::{Existing, State, Status};
use crate::manifests_parser::{parse_manifest, Manifest};
use crate::record::Record;

/// With nothing recorded.
fn plan(manifests: &[Manifest], existing: &[Existing]) -> Plan {
    plan_with(manifests, existing, &Record::none(), &Rules::default())
}

fn manifest(json: &str) -> Manifest {
    let parsed = parse_manifest("file", json.as_bytes());
    Manifest {
        file: "file.json".into(),
        path: "file.json".into(),
        container: parsed.container.expect("a valid manifest"),
        warnings: parsed.warnings,
        format: parsed.format,
        version: crate::manifests_parser::Version::default(),
        anchors: parsed.anchors,
    }
}

fn named(name: &str, extra_hosts: &[&str]) -> Manifest {
    let hosts: Vec<String> = extra_hosts
        .iter()
        .map(|host| format!("\"{host}:container_{host}-host\""))
        .collect();
    manifest(&format!(
        r#"{{"container_name": "{name}", "image": {{"name": "i:1"}}, "host_config": {{"extra_hosts": [{}]}}}}"#,
        hosts.join(",")
    ))
}

/// As Kanto-CM would list it after a Create from `manifest`.
fn listed(manifest: &Manifest, id: &str, status: Status) -> Existing {
    let container = Container {
        id: id.to_owned(),
        ..manifest.container.clone().with_defaults()
    };
    Existing {
        container,
        state: State {
            status,
            ..State::default()
        },
        ..Existing::default()
    }
}

fn words(plan: &Plan) -> Vec<&'static str> {
    plan.steps
        .iter()
        .map(|step| step.words().first().copied().unwrap_or("-"))
        .collect()
}

fn changes_nothing(plan: &Plan) -> bool {
    !plan.steps.iter().any(Step::changes_anything)
}

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
fn the_id_counts_before_the_name() {
    let a = manifest(r#"{"container_id": "x", "container_name": "a", "image": {"name": "i:1"}}"#);
    let by_name = listed(&a, "y", Status::Running);
    let by_id = listed(&a, "x", Status::Stopped);
    let both = plan(std::slice::from_ref(&a), &[by_name.clone(), by_id]);
    assert_eq!(both.steps[0].action.id(), Some("x"));
    let only_name = plan(&[a], &[by_name]);
    assert_eq!(only_name.steps[0].action.id(), Some("y"));
    assert_eq!(only_name.steps[0].differences[0].key, "id");
}

#[test]
fn two_of_one_name_are_not_touched() {
    let a = named("a", &[]);
    let plan = plan(
        std::slice::from_ref(&a),
        &[
            listed(&a, "2", Status::Stopped),
            listed(&a, "1", Status::Stopped),
        ],
    );
    assert!(matches!(plan.steps[0].action, Action::Fail));
    assert!(
        plan.steps[0].reason.contains("ids 1, 2"),
        "{}",
        plan.steps[0].reason
    );
    assert!(changes_nothing(&plan));
}

#[test]
fn one_container_is_not_shared_by_two_manifests() {
    let by_id =
        manifest(r#"{"container_id": "x", "container_name": "a", "image": {"name": "i:1"}}"#);
    let by_name = named("b", &[]);
    let mut existing = listed(&by_id, "x", Status::Running);
    existing.container.name = "b".into();
    let plan = plan(&[by_id, by_name], &[existing]);
    assert!(matches!(plan.steps[0].action, Action::Replace(_)));
    assert!(matches!(plan.steps[1].action, Action::Fail));
}

#[test]
fn a_healed_container_is_the_same_one() {
    let a = manifest(r#"{"container_id": "a", "image": {"name": "i:1"}}"#);
    let alone = plan(
        std::slice::from_ref(&a),
        &[listed(&a, "a-3", Status::Running)],
    );
    assert!(changes_nothing(&alone));
    assert!(alone.steps[0].differences.is_empty());
    for (lower, higher) in [("a", "a-2"), ("a-2", "a-3")] {
        let pair = [
            listed(&a, higher, Status::Created),
            listed(&a, lower, Status::Stopped),
        ];
        let step = &plan(std::slice::from_ref(&a), &pair).steps[0];
        assert_eq!(step.action.id(), Some(higher));
        assert_eq!(step.leftover.as_deref(), Some(lower));
    }
    let running = [
        listed(&a, "a", Status::Running),
        listed(&a, "a-2", Status::Created),
    ];
    let step = &plan(std::slice::from_ref(&a), &running).steps[0];
    assert_eq!(
        (step.action.id(), &step.leftover),
        (Some("a"), &None),
        "the lower one runs: it is not ruined"
    );
}

#[test]
fn a_leftover_with_an_unsafe_id_is_never_removed() {
    let a = named("a", &[]);
    let pair = [
        listed(&a, "..-2", Status::Created),
        listed(&a, "..", Status::Stopped),
    ];
    let step = &plan(std::slice::from_ref(&a), &pair).steps[0];
    assert!(matches!(step.action, Action::Fail));
    assert_eq!(step.leftover, None);
}

#[test]
fn a_pair_of_the_same_name_gives_way_to_the_manifests_id() {
    let a = manifest(r#"{"container_id": "y", "container_name": "a", "image": {"name": "i:1"}}"#);
    let mut renamed = listed(&a, "y", Status::Stopped);
    renamed.container.name = "b".into();
    let existing = [
        renamed,
        listed(&a, "x", Status::Stopped),
        listed(&a, "x-2", Status::Created),
    ];
    let step = &plan(std::slice::from_ref(&a), &existing).steps[0];
    assert_eq!((step.action.id(), &step.leftover), (Some("y"), &None));
}

#[test]
fn a_pair_that_differs_is_no_healing() {
    let a = manifest(r#"{"container_id": "a", "image": {"name": "i:1"}}"#);
    let mut higher = listed(&a, "a-2", Status::Created);
    higher.container.env = vec!["A=1".into()];
    let step = &plan(
        std::slice::from_ref(&a),
        &[listed(&a, "a", Status::Stopped), higher],
    )
    .steps[0];
    assert_eq!((step.action.id(), &step.leftover), (Some("a"), &None));
}

fn after(manifests: &[Manifest]) -> Vec<Vec<usize>> {
    plan(manifests, &[])
        .steps
        .into_iter()
        .map(|step| step.after)
        .collect()
}

#[test]
fn providers_start_first() {
    let order = after(&[
        named("c", &["b"]),
        named("b", &["a"]),
        named("a", &[]),
        named("d", &["nobody", "d"]),
    ]);
    assert_eq!(order, [vec![1], vec![2], vec![], vec![]]);
}

#[test]
fn what_runs_already_is_not_waited_for() {
    let (a, b) = (named("a", &[]), named("b", &["a"]));
    let running = listed(&a, "1", Status::Running);
    let plan = plan(&[a, b], &[running]);
    assert!(plan.steps[1].after.is_empty());
}

#[test]
fn a_cycle_falls_back_to_the_order_of_the_files() {
    let manifests = [
        named("before", &["x"]),
        named("x", &["z"]),
        named("y", &["x"]),
        named("z", &["y", "behind"]),
        named("behind", &[]),
    ];
    let plan = plan(&manifests, &[]);
    let order: Vec<Vec<usize>> = plan.steps.iter().map(|step| step.after.clone()).collect();
    assert_eq!(order, [vec![1], vec![], vec![1], vec![4, 2], vec![]]);
    assert_eq!(cyclic(&manifests), [1, 2, 3]);
}

#[test]
fn the_order_of_the_list_does_not_matter() {
    let manifests = [named("a", &["b"]), named("b", &[]), named("c", &[])];
    let mut existing = vec![
        listed(&manifests[0], "1", Status::Stopped),
        listed(&manifests[1], "2", Status::Paused),
        listed(&manifests[2], "3", Status::Running),
    ];
    let forwards = format!("{:?}", plan(&manifests, &existing));
    existing.reverse();
    assert_eq!(forwards, format!("{:?}", plan(&manifests, &existing)));
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
