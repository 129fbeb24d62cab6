//! Each row of the table, from a workload made for it.

use super::super::call::{Refusal, Row, Verb};
use super::super::workload::Attempt;
use super::super::Workload;
use super::*;
use crate::container::Id;
use crate::state::{ContentState, Entry};
use std::sync::Arc;

pub(super) fn entry(digest: &str, content_state: ContentState) -> Option<Entry> {
    Some(Entry {
        name: "a".to_owned(),
        id: "a".to_owned(),
        directory: "/m".to_owned(),
        digest: digest.to_owned(),
        content_state,
        created: true,
        reason: "it failed".to_owned(),
        ..Entry::default()
    })
}

pub(super) fn digest(spec: &Spec) -> String {
    Desired::new(spec.clone()).digest.clone()
}

/// `C`: the container in this version and status; `S`, `B`: the stand-ins with these versions; `D`: what is asked for.
pub(super) fn workload(
    c: Option<(u32, Status)>,
    s: Option<u32>,
    b: Option<u32>,
    d: Option<u32>,
) -> Workload {
    Workload {
        name: "a".to_owned(),
        observed: c.map(|(number, status)| observed(&version("a", number), status).into()),
        staged: s.and_then(|number| stand_in(&version("a", number), Role::Staged).map(Arc::new)),
        backup: b.and_then(|number| stand_in(&version("a", number), Role::Backup).map(Arc::new)),
        desired: d.and_then(|number| desired(version("a", number))),
        ..Workload::default()
    }
}

/// Kanto-CM refused this in this run.
fn refuse(w: &mut Workload, verb: Verb, id: &str, reason: &str) {
    w.attempt.refusals.push(Refusal {
        verb,
        id: id.to_owned(),
        reason: reason.to_owned(),
    });
}

#[track_caller]
pub(super) fn expect(w: &Workload, row: Row, said: &str) {
    let step = step(w);
    assert_eq!((step.row, words(&step).as_str()), (row, said), "{w:#?}");
}

pub(super) const RUNS: Status = Status::Running;
const FAILED: &str = "Failed { reason: ";

#[test]
fn without_a_container() {
    expect(
        &workload(None, None, None, Some(2)),
        Row::Missing,
        "Create a",
    );
    expect(
        &workload(None, None, None, None),
        Row::Absent,
        "UpToDate { is_left: false }",
    );
    expect(
        &workload(None, Some(2), None, Some(2)),
        Row::MissingStaged,
        "Create a",
    );
    expect(
        &workload(None, Some(2), None, Some(3)),
        Row::StaleStaged,
        "Remove kad-next.a",
    );
    expect(
        &workload(None, Some(2), None, None),
        Row::MissingUnclaimed,
        "Create a",
    );
}

#[test]
fn without_a_container_but_with_a_way_back() {
    let mut w = workload(None, Some(2), Some(1), Some(2));
    expect(&w, Row::TakenDown, "Create a");
    refuse(&mut w, Verb::Create, "a", "no");
    expect(&w, Row::RollBack, "note Some(RolledBack)");
    for d in [Some(3), None] {
        expect(
            &workload(None, Some(2), Some(1), d),
            Row::Restore,
            "Create a",
        );
    }
    expect(
        &workload(None, None, Some(1), Some(2)),
        Row::Restore,
        "Create a",
    );
    let mut w = workload(None, Some(2), Some(1), Some(2));
    w.entry = entry(&digest(&version("a", 2)), ContentState::RolledBack);
    expect(&w, Row::Restore, "Create a");
}

#[test]
fn where_the_old_container_cannot_come_back_another_one_is_created() {
    let mut w = workload(None, Some(2), Some(1), None);
    w.desired = desired(version("b", 3));
    refuse(&mut w, Verb::Create, "a", "no");
    expect(&w, Row::CreateInstead, "Create b");
}

#[test]
fn what_belongs_to_no_workload_or_to_several() {
    let mut w = workload(Some((1, RUNS)), Some(2), None, None);
    w.is_unneeded = true;
    expect(&w, Row::ForeignPair, "Remove kad-next.a");
    w.staged = None;
    expect(&w, Row::Absent, "UpToDate { is_left: false }");
    w.conflict = Some("two have the name".to_owned());
    assert_eq!(step(&w).row, Row::Conflict);
}

#[test]
fn the_container_under_its_earlier_id_goes_once_the_new_one_runs() {
    let mut w = workload(Some((2, RUNS)), None, None, Some(2));
    w.earlier_id = "old".to_owned();
    expect(&w, Row::EarlierId, "Remove old");
}

#[test]
fn with_the_old_container_and_both_stand_ins() {
    let mut w = workload(Some((1, RUNS)), Some(2), Some(1), Some(2));
    expect(&w, Row::RemoveUnderWay, "Remove a");
    w.attempt.awaited_remove = true;
    expect(&w, Row::TakeDown, "note Some(Trying)");
    // Whatever the state file says: Kanto-CM's store may be older.
    w.entry = entry(&digest(&version("a", 2)), ContentState::Applied);
    expect(&w, Row::TakeDown, "note Some(Trying)");
    w.entry = entry(&digest(&version("a", 2)), ContentState::RolledBack);
    expect(&w, Row::KeepOld, "Remove kad-next.a");
    w.entry = None;
    w.desired = desired(version("a", 3));
    expect(&w, Row::KeepOld, "Remove kad-next.a");
    w.observed = Some(observed(&version("a", 1), Status::Stopped).into());
    expect(&w, Row::KeepOld, "Start a");
    refuse(&mut w, Verb::Start, "a", "no network");
    expect(&w, Row::Recreate, "Remove a");
}

/// A replacement that is not begun after all is noted as it was before, once.
#[test]
fn what_an_earlier_run_tried_as_well_is_not_noted_again_and_again() {
    let mut w = workload(Some((1, RUNS)), Some(2), Some(1), Some(2));
    w.entry = entry(&digest(&version("a", 2)), ContentState::Trying);
    w.attempt.awaited_remove = true;
    w.attempt.has_noted = true;
    w.attempt.failure = Some("another one failed".to_owned());
    expect(&w, Row::KeepOld, "note None");
    w.attempt.entry_before = w.entry.clone();
    expect(&w, Row::KeepOld, "Remove kad-next.a");
}

#[test]
fn a_paused_container_goes_on_before_it_is_removed() {
    let mut w = workload(Some((1, Status::Paused)), Some(2), Some(1), Some(2));
    w.attempt.made_backup = true;
    w.attempt.has_noted = true;
    w.entry = entry(&digest(&version("a", 2)), ContentState::Trying).map(|entry| Entry {
        boots: vec!["boot".to_owned()],
        ..entry
    });
    expect(&w, Row::TakeDown, "Start a");
    w.observed = Some(observed(&version("a", 1), RUNS).into());
    expect(&w, Row::TakeDown, "Remove a");
}

#[test]
fn with_the_new_container_and_both_stand_ins() {
    let mut w = workload(Some((2, Status::Created)), Some(2), Some(1), Some(2));
    expect(&w, Row::Settle, "note Some(Trying)");
    let trying = |boots: &[&str]| {
        entry(&digest(&version("a", 2)), ContentState::Trying).map(|entry| Entry {
            boots: boots.iter().map(|&boot| boot.to_owned()).collect(),
            ..entry
        })
    };
    w.entry = trying(&["boot"]);
    expect(&w, Row::Settle, "Start a");
    w.entry = trying(&["earlier"]);
    expect(&w, Row::Settle, "note Some(Trying)");
    w.entry = trying(&["earlier", "earliest"]);
    expect(&w, Row::RollBack, "note Some(RolledBack)");
    w.entry = entry(&digest(&version("a", 2)), ContentState::RolledBack);
    expect(&w, Row::RollBack, "Remove a");
    w.entry = entry(&digest(&version("a", 2)), ContentState::Applied);
    expect(&w, Row::Commit, "Remove kad-next.a");
}

#[test]
fn stand_ins_that_hold_the_same_do_not_take_down_what_both_hold() {
    let mut w = workload(Some((2, RUNS)), Some(2), Some(2), Some(2));
    w.attempt.awaited_remove = true;
    expect(&w, Row::Settle, "note Some(Trying)");
}

#[test]
fn somebody_elses_container_with_both_stand_ins() {
    let w = workload(Some((7, RUNS)), Some(2), Some(1), Some(2));
    expect(&w, Row::ForeignPair, "Remove kad-next.a");
}

#[test]
fn with_one_stand_in() {
    expect(
        &workload(Some((1, RUNS)), None, Some(1), Some(2)),
        Row::KeepOld,
        "Remove kad-prev.a",
    );
    expect(
        &workload(Some((2, RUNS)), None, Some(1), Some(2)),
        Row::LeftoverBackup,
        "Remove kad-prev.a",
    );
    let mut w = workload(Some((2, RUNS)), Some(2), None, Some(2));
    expect(&w, Row::UpToDate, "note Some(Applied)");
    if let Next::Note(note) = step(&w).next {
        w.entry = note.entry;
    }
    expect(&w, Row::SpentStaged, "Remove kad-next.a");
    expect(
        &workload(Some((1, RUNS)), Some(2), None, Some(3)),
        Row::StaleStaged,
        "Remove kad-next.a",
    );
    let mut w = workload(Some((1, RUNS)), Some(2), None, Some(2));
    expect(&w, Row::BackUp, "Create kad-prev.a");
    refuse(&mut w, Verb::Create, "kad-prev.a", "no image");
    expect(&w, Row::StaleStaged, "Remove kad-next.a");
    w.observed = Some(observed(&version("a", 1), Status::Stopped).into());
    expect(&w, Row::WithoutBackup, "Remove a");
}

#[test]
fn with_the_container_alone() {
    expect(
        &workload(Some((2, RUNS)), None, None, Some(2)),
        Row::UpToDate,
        "note Some(Applied)",
    );
    expect(
        &workload(Some((1, RUNS)), None, None, Some(2)),
        Row::Stage,
        "Create kad-next.a",
    );
    expect(
        &workload(Some((1, RUNS)), None, None, None),
        Row::Absent,
        "UpToDate { is_left: false }",
    );
    let mut w = workload(Some((1, RUNS)), None, None, Some(2));
    w.entry = entry(&digest(&version("a", 2)), ContentState::Applied);
    expect(&w, Row::ChangedElsewhere, "UpToDate { is_left: true }");
    w.entry = entry(&digest(&version("a", 2)), ContentState::Applied).map(|entry| Entry {
        before: version("a", 1).listed().digest(),
        ..entry
    });
    expect(&w, Row::Stage, "Create kad-next.a");
    w.entry = entry(&digest(&version("a", 2)), ContentState::RolledBack);
    let step = step(&w);
    assert_eq!(step.row, Row::TriedBefore);
    assert!(words(&step).starts_with(FAILED), "{}", words(&step));
}

#[test]
fn a_refused_create_leaves_the_old_container() {
    let mut w = workload(Some((1, Status::Stopped)), None, None, Some(2));
    refuse(&mut w, Verb::Create, "kad-next.a", "no such image");
    expect(&w, Row::Failed, "Start a");
    w.observed = Some(observed(&version("a", 1), RUNS).into());
    let step = step(&w);
    assert_eq!(step.row, Row::Failed);
    assert!(words(&step).contains("no such image"), "{}", words(&step));
}

#[test]
fn what_can_be_changed_in_place() {
    let mut w = workload(Some((1, RUNS)), None, None, Some(1));
    let mut spec = version("a", 1);
    spec.host_config.resources.memory = "10M".to_owned();
    w.desired = desired(spec);
    expect(&w, Row::UpdateInPlace, "Update a");
    let kept = Policy {
        keep_existing: true,
        ..policy()
    };
    assert_eq!(next_call(&w, &kept, Instant::now()).row, Row::Kept);
}

#[test]
fn a_container_that_kanto_cm_takes_for_a_path_is_not_removed() {
    let mut w = workload(Some((1, RUNS)), None, None, Some(2));
    w.observed = Some(observed(&version("..", 1), RUNS).into());
    w.desired = desired(version("", 2));
    assert_eq!(step(&w).row, Row::UnsafeId);
}

#[test]
fn a_ruined_id_has_a_successor() {
    let mut w = workload(Some((2, Status::Created)), None, None, Some(2));
    w.attempt.has_ruined_id = true;
    expect(&w, Row::Heal, "Create a-2");
    w.attempt.taken_ids.push("a-2".to_owned());
    expect(&w, Row::Heal, "Create a-3");
    w.attempt = Attempt::default();
    w.ruined = vec!["a".to_owned()];
    w.observed = Some(observed(&version("a-2", 2), Status::Created).into());
    expect(&w, Row::RuinedLeftover, "Remove a");
    assert!(Id::are_related("a", "a-2"));
}

#[test]
fn pruning() {
    let mut w = workload(Some((1, RUNS)), None, None, None);
    w.is_pruned = true;
    w.entry = entry("x", ContentState::Applied);
    expect(&w, Row::Absent, "UpToDate { is_left: false }");
    if let Some(entry) = &mut w.entry {
        entry.made = version("a", 1).listed().digest();
    }
    expect(&w, Row::Prune, "Remove a");
    w.observed = Some(observed(&version("a", 1), Status::Paused).into());
    expect(&w, Row::Prune, "Start a");
    w.observed = None;
    w.entry = entry("x", ContentState::Applied);
    w.attempt.has_removed = true;
    expect(&w, Row::Absent, "note Some(Removed)");
}

#[test]
fn a_signal_before_anything_was_touched() {
    let stopping = Policy {
        is_stopping: true,
        ..policy()
    };
    let of = |w: &Workload| words(&next_call(w, &stopping, Instant::now()));
    let w = workload(Some((1, RUNS)), Some(2), None, Some(2));
    let interrupted = next_call(&w, &stopping, Instant::now());
    assert_eq!(interrupted.row, Row::Interrupted);
    assert_eq!(of(&workload(None, None, None, Some(2))), "Unfinished");
    assert_eq!(
        of(&workload(Some((1, RUNS)), None, None, Some(2))),
        "Unfinished"
    );
    assert_eq!(
        of(&workload(Some((1, RUNS)), Some(2), None, Some(2))),
        "Remove kad-next.a"
    );
    let mut w = workload(Some((1, RUNS)), Some(2), Some(1), Some(2));
    w.attempt.made_backup = true;
    assert_eq!(of(&w), "Remove kad-next.a");
    // The old container is gone: the work goes on.
    assert_eq!(of(&workload(None, Some(2), Some(1), Some(2))), "Create a");
    assert_eq!(
        of(&workload(Some((2, RUNS)), Some(2), Some(1), Some(2))),
        "note Some(Trying)"
    );
}
