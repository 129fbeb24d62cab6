//! Which container is a manifest's.

use super::*;

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
    assert!(matches!(plan.steps[1].action, Action::Create));
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
        assert_eq!(step.leftovers, [lower]);
    }
    let running = [
        listed(&a, "a", Status::Running),
        listed(&a, "a-2", Status::Created),
    ];
    let step = &plan(std::slice::from_ref(&a), &running).steps[0];
    assert_eq!(
        (step.action.id(), &step.leftovers[..]),
        (Some("a"), &[][..]),
        "the lower one runs: it is not ruined"
    );
}

/// Ids between them were taken or ruined, too; without the record it might be somebody's choice.
#[test]
fn what_the_record_knows_to_be_healed_leaves_all_its_old_ids() {
    let wanted = manifest(r#"{"container_id": "a", "image": {"name": "i:1"}}"#);
    let mut anonymous = wanted.clone();
    anonymous.container.id.clear();
    let existing = |status| {
        [
            ("a", status),
            ("a-6", Status::Running),
            ("a-3", Status::Stopped),
        ]
        .map(|(id, status)| listed(&wanted, id, status))
    };
    let step = |manifest: &Manifest, status, known: Option<&str>| {
        let entries = known.map(|id| entry(&wanted, id, EntryState::Applied));
        let manifests = std::slice::from_ref(manifest);
        let record = record(entries.as_slice());
        let mut plan = plan_with(manifests, &existing(status), &record, &Rules::default());
        plan.steps.remove(0)
    };
    for manifest in [&wanted, &anonymous] {
        let found = step(manifest, Status::Exited, Some("a-6"));
        assert_eq!(found.action.id(), Some("a-6"));
        assert_eq!(found.leftovers, ["a", "a-3"]);
        for (status, known) in [
            (Status::Exited, None),
            (Status::Exited, Some("a-3")),
            (Status::Running, Some("a-6")),
        ] {
            let found = step(manifest, status, known);
            assert_eq!(found.leftovers, [""; 0], "{status:?} {known:?}");
        }
    }
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
    assert_eq!(step.leftovers, [""; 0]);
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
    assert_eq!(
        (step.action.id(), &step.leftovers[..]),
        (Some("y"), &[][..])
    );
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
    assert_eq!(
        (step.action.id(), &step.leftovers[..]),
        (Some("a"), &[][..])
    );
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
