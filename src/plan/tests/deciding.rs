//! The table of what is done about a container that is there, row by row.

use super::*;

/// What the record says of the container.
#[derive(Debug, Clone, Copy)]
pub(super) enum Recorded {
    Nothing,
    /// The manifest's content as it is now.
    Same(EntryState),
    /// Another content.
    Other(EntryState),
}

use EntryState::{Applied, RolledBack, Trying};
use Recorded::{Nothing, Other, Same};

impl Recorded {
    const ALL: [Recorded; 7] = [
        Nothing,
        Same(Applied),
        Same(Trying),
        Same(RolledBack),
        Other(Applied),
        Other(Trying),
        Other(RolledBack),
    ];

    fn record(self, wanted: &Manifest) -> Record {
        match self {
            Nothing => Record::none(),
            Same(state) => record(&[entry(wanted, "x", state)]),
            Other(state) => record(&[entry(&level("of yesterday"), "x", state)]),
        }
    }

    /// The rows "rolled back before" and "unchanged since applied".
    pub(super) fn keeps_it(self) -> bool {
        matches!(self, Same(Applied | RolledBack))
    }
}

pub(super) fn step(
    wanted: &Manifest,
    existing: &[Existing],
    recorded: Recorded,
    keep_existing: bool,
) -> Step {
    let rules = Rules {
        keep_existing,
        ..Rules::default()
    };
    let record = recorded.record(wanted);
    let mut plan = plan_with(std::slice::from_ref(wanted), existing, &record, &rules);
    assert_eq!(plan.steps.len(), 1);
    plan.steps.remove(0)
}

/// Each state of a container, and what makes it run.
pub(super) const STATES: [(Status, &[&str]); 5] = [
    (Status::Running, &[]),
    (Status::Stopped, &["start"]),
    (Status::Created, &["start"]),
    (Status::Paused, &["unpause"]),
    (Status::Exited, &["wait"]),
];

/// Every case of record and rules.
pub(super) fn for_all(mut check: impl FnMut(Recorded, bool)) {
    for recorded in Recorded::ALL {
        for keep_existing in [false, true] {
            check(recorded, keep_existing);
        }
    }
}

#[test]
fn what_is_not_there_is_created_whatever_was_recorded() {
    let dead = listed(&level("info"), "x", Status::Dead);
    for_all(|recorded, keep_existing| {
        for existing in [&[][..], std::slice::from_ref(&dead)] {
            let step = step(&level("info"), existing, recorded, keep_existing);
            assert_eq!(
                step.words(),
                ["create", "start"],
                "{recorded:?} {keep_existing}"
            );
            assert_eq!(step.verdict, None);
        }
    });
}

#[test]
fn what_is_equal_is_made_to_run_whatever_was_recorded() {
    for_all(|recorded, keep_existing| {
        for (status, expected) in STATES {
            let existing = [listed(&level("info"), "x", status)];
            let step = step(&level("info"), &existing, recorded, keep_existing);
            assert_eq!(
                step.words(),
                expected,
                "{status:?} {recorded:?} {keep_existing}"
            );
            assert_eq!((&step.verdict, step.differences.len()), (&None, 0));
        }
    });
}

#[test]
fn what_differs_is_replaced_unless_the_record_or_the_rules_keep_it() {
    for_all(|recorded, keep_existing| {
        for (status, runs) in STATES {
            let existing = [listed(&level("debug"), "x", status)];
            let step = step(&level("info"), &existing, recorded, keep_existing);
            let case = format!("{status:?} {recorded:?} {keep_existing}");
            let keeps = recorded.keeps_it();
            if keeps || keep_existing {
                assert_eq!(step.words(), runs, "{case}");
            } else {
                assert_eq!(step.words(), ["replace"], "{case}");
            }
            let keys: Vec<&str> = step.differences.iter().map(|one| one.key).collect();
            assert_eq!(keys, ["config.env"], "{case}");
            let shown = step.differences[0].to_string();
            assert_eq!(shown, r#"config.env: ["LEVEL=debug"] -> ["LEVEL=info"]"#);
        }
    });
}

#[test]
fn what_was_rolled_back_counts_as_failed_until_the_manifest_changes() {
    for_all(|recorded, keep_existing| {
        for (status, _) in STATES {
            let existing = [listed(&level("debug"), "x", status)];
            let step = step(&level("info"), &existing, recorded, keep_existing);
            let is_failed = matches!(recorded, Same(RolledBack)) && !keep_existing;
            assert_eq!(
                step.verdict.is_some(),
                is_failed,
                "{recorded:?} {keep_existing}"
            );
            if let Some(verdict) = step.verdict {
                assert!(
                    verdict.contains("tried and rolled back (exit code 3)"),
                    "{verdict}"
                );
                assert!(verdict.contains("change it") && verdict.contains("--reapply"));
            }
        }
    });
}

#[test]
fn the_reason_says_who_has_changed_what() {
    let existing = [listed(&level("debug"), "x", Status::Running)];
    for (recorded, keep_existing, reason) in [
        (Nothing, false, "it differs in config.env"),
        (Nothing, true, "it differs in config.env, and is kept"),
        (
            Same(Applied),
            false,
            "somebody else has changed config.env since it was applied",
        ),
    ] {
        let step = step(&level("info"), &existing, recorded, keep_existing);
        assert_eq!(step.reason, reason, "{recorded:?} {keep_existing}");
    }
}

#[test]
fn one_found_by_name_takes_the_manifests_id_by_a_replacement() {
    let existing = [listed(&level("info"), "y", Status::Running)];
    let step = step(&level("info"), &existing, Nothing, false);
    assert_eq!(step.differences[0].key, "id");
    let Action::Replace(replacement) = &step.action else {
        panic!("{step:?}")
    };
    let Replacement {
        new,
        old,
        next,
        prev,
        ..
    } = &**replacement;
    assert_eq!((new.id.as_str(), old.id.as_str()), ("x", "y"));
    assert_eq!((next.as_str(), prev.as_str()), ("kad-next.x", "kad-prev.y"));
}

#[test]
fn without_an_id_the_new_one_takes_the_old_ones() {
    let existing = [listed(&level("debug"), "y", Status::Running)];
    let step = step(&anonymous("info"), &existing, Nothing, false);
    let Action::Replace(replacement) = &step.action else {
        panic!("{step:?}")
    };
    assert_eq!(replacement.new.id, "y");
}

#[test]
fn an_id_that_kanto_cm_takes_for_a_path_is_not_replaced() {
    for id in ["..", "a b", "UP/x", "a--b"] {
        let existing = [listed(&level("debug"), id, Status::Running)];
        let other = step(&anonymous("info"), &existing, Nothing, false);
        assert!(matches!(other.action, Action::Fail), "{id}: {other:?}");
        assert!(
            other.reason.contains(id) && other.reason.contains("not safe"),
            "{}",
            other.reason
        );
        let kept = step(&anonymous("info"), &existing, Nothing, true);
        assert!(
            matches!(kept.action, Action::Nothing { .. }),
            "{id}: {kept:?}"
        );
        let equal = step(&anonymous("debug"), &existing, Nothing, false);
        assert!(
            matches!(equal.action, Action::Nothing { .. }),
            "{id}: {equal:?}"
        );
    }
}

#[test]
fn the_record_knows_a_renamed_container_by_its_id() {
    let mut renamed = level("info");
    renamed.container.name = "b".to_owned();
    let recorded = Entry {
        name: "a".to_owned(),
        ..entry(&renamed, "x", Applied)
    };
    let existing = [listed(&level("info"), "x", Status::Running)];
    let plan = plan_with(
        &[renamed],
        &existing,
        &record(&[recorded]),
        &Rules::default(),
    );
    assert!(plan.steps[0].leaves_differences(), "{:?}", plan.steps[0]);
}
