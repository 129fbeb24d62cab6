//! Each row of the table of recovering, with what Kanto-CM holds made by hand: version 1 is the old configuration of the
//! container `a`, version 2 the new one, version 3 somebody else's.

mod row;

use simulated_kanto_cm::Left::{Created, Exited, ManuallyStopped, Running};

use row::{rolled_back, row, trying, Held};

const NEXT: Held = ("kad-next.a", 2, Created);
const OTHER_NEXT: Held = ("kad-next.a", 3, Created);
const PREV: Held = ("kad-prev.a", 1, Created);
const OLD: Held = ("a", 1, Running);
const NEW: Held = ("a", 2, Running);

/// From a stand-in that is there to the end.
const REPLACED: [&str; 6] = [
    "Create kad-prev.a",
    "Remove a",
    "Create a",
    "Start a",
    "Remove kad-next.a",
    "Remove kad-prev.a",
];
/// Where there are both stand-ins and no container.
const COMES: [&str; 4] = [
    "Create a",
    "Start a",
    "Remove kad-next.a",
    "Remove kad-prev.a",
];
const STAND_INS_GO: [&str; 2] = ["Remove kad-next.a", "Remove kad-prev.a"];

#[test]
fn a_staged_configuration_is_used() {
    row(&[OLD, NEXT], &REPLACED).check();
}

#[test]
fn a_staged_configuration_that_is_not_asked_for_goes_first() {
    let calls = &[
        "Remove kad-next.a",
        "Create kad-next.a",
        "Create kad-prev.a",
        "Remove a",
        "Create a",
        "Start a",
        "Remove kad-next.a",
        "Remove kad-prev.a",
    ];
    row(&[OLD, OTHER_NEXT], calls).check();
    let calls = &["Remove kad-next.a"];
    row(&[NEW, NEXT], calls).check();
    row(&[OLD, NEXT], calls).manifest(0).ends(1, 0).check();
}

#[test]
fn what_was_committed_loses_its_way_back() {
    let calls = &["Remove kad-prev.a"];
    row(&[NEW, PREV], calls).check();
    row(&[NEW, PREV], calls).manifest(0).check();
}

#[test]
fn an_old_one_is_replaced_with_the_stand_ins_that_are_there() {
    let calls = &[
        "Update a",
        "Remove a",
        "Create a",
        "Start a",
        "Remove kad-next.a",
        "Remove kad-prev.a",
    ];
    row(&[OLD, NEXT, PREV], calls).check();
}

#[test]
fn an_old_one_that_is_wanted_again_is_not_removed_for_nothing() {
    let calls = &["Update a", "Remove kad-next.a", "Remove kad-prev.a"];
    for manifest in [0, 1] {
        row(&[OLD, NEXT, PREV], calls)
            .manifest(manifest)
            .ends(1, 0)
            .check();
    }
    let row = row(&[OLD, NEXT, PREV], calls)
        .record(rolled_back())
        .ends(1, 1);
    row.check();
}

#[test]
fn an_old_one_desired_again_runs_before_its_stand_ins_go() {
    let calls = &[
        "Update a",
        "Start a",
        "Remove kad-next.a",
        "Remove kad-prev.a",
    ];
    for manifest in [0, 1] {
        let holds = &[("a", 1, ManuallyStopped), NEXT, PREV];
        row(holds, calls).manifest(manifest).ends(1, 0).check();
    }
}

#[test]
fn a_new_one_has_to_settle() {
    row(&[NEW, NEXT, PREV], &STAND_INS_GO).check();
    row(&[NEW, NEXT, PREV], &STAND_INS_GO)
        .record(trying(1))
        .check();
    row(&[NEW, NEXT, PREV], &STAND_INS_GO).manifest(0).check();
}

#[test]
fn a_new_one_that_was_never_started_is_started() {
    let calls = &["Start a", "Remove kad-next.a", "Remove kad-prev.a"];
    for manifest in [0, 2] {
        let holds = &[("a", 2, Created), NEXT, PREV];
        row(holds, calls).manifest(manifest).check();
    }
}

const BACK: [&str; 5] = [
    "Remove a",
    "Create a",
    "Start a",
    "Remove kad-next.a",
    "Remove kad-prev.a",
];

#[test]
fn a_new_one_that_has_ended_is_rolled_back() {
    let holds = &[("a", 2, Exited(3)), NEXT, PREV];
    row(holds, &BACK).record(trying(1)).ends(1, 1).check();
    row(holds, &BACK).manifest(0).ends(1, 1).check();
}

/// Kanto-CM has stopped it, as it was stopped itself: that is no fault of the new one's.
#[test]
fn a_new_one_that_kanto_cm_has_stopped_is_started() {
    for code in [137, 143] {
        let calls = &["Start a", "Remove kad-next.a", "Remove kad-prev.a"];
        let holds = &[("a", 2, Exited(code)), NEXT, PREV];
        row(holds, calls).record(trying(1)).check();
    }
}

#[test]
fn a_roll_back_is_finished() {
    let holds = &[NEW, NEXT, PREV];
    row(holds, &BACK).record(rolled_back()).ends(1, 1).check();
    let gone = &[NEXT, PREV];
    row(gone, &BACK[1..])
        .record(rolled_back())
        .ends(1, 1)
        .check();
}

#[test]
fn what_was_interrupted_twice_while_settling_is_rolled_back() {
    let holds = &[NEW, NEXT, PREV];
    row(holds, &BACK).record(trying(2)).ends(1, 1).check();
}

#[test]
fn the_stand_ins_do_not_affect_what_somebody_else_made() {
    let calls = [&STAND_INS_GO[..], &["Create kad-next.a"], &REPLACED].concat();
    row(&[("a", 4, Running), OTHER_NEXT, PREV], &calls).check();
    let holds = &[("a", 3, Running), NEXT, PREV];
    row(holds, &STAND_INS_GO).manifest(3).ends(3, 0).check();
    row(holds, &STAND_INS_GO).manifest(0).ends(3, 0).check();
}

#[test]
fn where_the_old_one_is_gone_the_new_one_comes() {
    row(&[NEXT, PREV], &COMES).check();
}

#[test]
fn where_the_new_one_is_not_wanted_the_old_one_comes_back() {
    for manifest in [0, 1] {
        row(&[NEXT, PREV], &COMES)
            .manifest(manifest)
            .ends(1, 0)
            .check();
    }
    let calls = &["Create a", "Start a", "Remove kad-prev.a"];
    for manifest in [0, 1] {
        row(&[PREV], calls).manifest(manifest).ends(1, 0).check();
    }
}

#[test]
fn the_old_one_comes_back_before_it_is_replaced_by_another() {
    let calls = [&COMES[..], &["Create kad-next.a"], &REPLACED].concat();
    row(&[OTHER_NEXT, PREV], &calls).check();
}

#[test]
fn a_staged_configuration_alone_holds_the_image_and_the_way_on() {
    let calls = &["Create a", "Start a", "Remove kad-next.a"];
    for manifest in [0, 2] {
        row(&[NEXT], calls).manifest(manifest).check();
    }
    let calls = &["Remove kad-next.a", "Create a", "Start a"];
    row(&[OTHER_NEXT], calls).check();
}
