//! When what has failed is tried again.

use super::*;

const NOTHING: [&str; 0] = [];

/// Of one file whose first deployment has failed so often in a row.
fn failed(times: u32) -> World {
    let mut world = World::new(false, &["a"]);
    world.look();
    for number in 1..=times {
        assert_eq!(world.ended(number, End::Failed), NOTHING);
        if number < times {
            let backoff = world.due().expect("it is tried again");
            assert_eq!(world.after(backoff).len(), 1);
        }
    }
    world
}

#[test]
fn what_failed_is_tried_again_after_a_backoff() {
    let mut world = failed(1);
    assert_eq!(world.due(), Some(5));
    assert_eq!(world.after(4), NOTHING);
    assert_eq!(world.after(1), ["2 retry a"]);
    assert_eq!(world.due(), None);
}

#[test]
fn backoffs_grow_from_failure_to_failure() {
    let backoffs: Vec<Option<u64>> = (1..5).map(|times| failed(times).due()).collect();
    assert_eq!(backoffs, [Some(5), Some(10), Some(20), Some(40)]);
}

#[test]
fn the_end_of_a_request_tells_the_backoffs() {
    let mut world = World::new(false, &["a", "b"]);
    world.look();
    let ends = [("a", End::Failed), ("b", End::UpToDate)];
    let finished = world.finished(1, &ends, Some(&[]));
    let backoffs = world.schedule.finished(&finished, world.now, 0);
    assert_eq!(
        backoffs,
        [(Duration::from_secs(5), "container-a".to_owned())]
    );
}

#[test]
fn backoffs_are_spread() {
    let due = |random: u64| {
        let mut world = failed(3);
        world.after(20);
        let finished = world.finished(4, &[("a", End::Failed)], Some(&[]));
        world.schedule.finished(&finished, world.now, random);
        world.due()
    };
    let dues = [due(0), due(500), due(999)];
    assert_eq!(dues, [Some(40), Some(45), Some(50)]);
}

#[test]
fn a_request_that_did_nothing_for_a_file_without_being_given_up_has_failed() {
    for end in [End::NotBegun, End::Unfinished] {
        let mut world = World::with(&["a"]);
        world.change(&["a"]);
        assert_eq!(world.ended(2, end), ["3 retry tidy"], "{end:?}");
        assert_eq!(world.ended(3, End::UpToDate), NOTHING, "{end:?}");
        assert_eq!(world.due(), Some(5), "{end:?}");
    }
    let mut world = World::with(&["a"]);
    world.change(&["a"]);
    assert_eq!(world.ended_with(2, &[], &[]), NOTHING, "not there any more");
    assert_eq!(world.due(), Some(5));
}

#[test]
fn a_change_or_a_touch_is_tried_at_once_and_backoffs_begin_anew() {
    let changed: [fn(&mut World); 2] = [|world| world.write(&["a"]), |world| world.touch("a")];
    for (change, order) in changed.iter().zip(["5 change a*", "5 touch a"]) {
        let mut world = failed(4);
        change(&mut world);
        assert_eq!(world.look(), [order]);
        assert_eq!(world.due(), None);
        assert_eq!(world.ended(5, End::Failed), NOTHING);
        assert_eq!(world.due(), Some(5));
        change(&mut world);
        world.look();
        assert_eq!(world.ended(6, End::UpToDate), NOTHING);
        assert_eq!(world.due(), None);
    }
}

#[test]
fn a_success_makes_backoffs_begin_anew() {
    let mut world = failed(4);
    world.after(40);
    assert_eq!(world.ended(5, End::UpToDate), NOTHING);
    assert_eq!(world.due(), None);
    world.touch("a");
    world.look();
    world.ended(6, End::Failed);
    assert_eq!(world.due(), Some(5));
}

#[test]
fn a_reload_tries_what_failed_at_once() {
    let mut world = World::new(false, &["a", "b", "c"]);
    world.look();
    let ends = [
        ("a", End::Failed),
        ("b", End::RolledBack),
        ("c", End::UpToDate),
    ];
    world.ended_with(1, &ends, &[]);
    world.schedule.hurry(world.now);
    assert_eq!(world.next(), ["2 retry a"]);
    world.ended(2, End::Failed);
    assert_eq!(world.due(), Some(10), "nothing has changed");
}

#[test]
fn what_was_rolled_back_waits_for_a_change() {
    let mut world = World::new(false, &["a"]);
    world.look();
    assert_eq!(world.ended(1, End::RolledBack), NOTHING);
    assert_eq!(world.due(), None);
    assert_eq!(world.after(1000), NOTHING);
    world.touch("a");
    assert_eq!(world.look(), ["2 touch a"]);
    assert_eq!(world.ended(2, End::RolledBack), NOTHING);
    assert_eq!(world.change(&["a"]), ["3 change a*"]);
}

#[test]
fn what_fails_at_different_times_is_tried_again_at_different_times() {
    let mut world = World::new(false, &["a", "b"]);
    world.look();
    let ends = [("a", End::Failed), ("b", End::UpToDate)];
    world.ended_with(1, &ends, &[]);
    world.now += Duration::from_secs(2);
    world.change(&["b"]);
    world.ended(2, End::Failed);
    assert_eq!(world.due(), Some(3));
    assert_eq!(world.after(3), ["3 retry a"]);
    assert_eq!(world.after(2), ["4 retry b"]);
}

#[test]
fn what_goes_is_not_tried_again() {
    let mut world = failed(1);
    world.remove("a");
    assert_eq!(world.look(), NOTHING);
    assert_eq!(world.due(), None);
}

#[test]
fn nothing_is_tried_again_while_the_directory_is_missing() {
    let mut world = failed(1);
    world.schedule.missing();
    assert_eq!(world.due(), None);
    assert_eq!(world.after(60), NOTHING);
    assert_eq!(world.look(), ["2 retry a"]);
}

#[test]
fn what_was_not_begun_is_tried_again_as_what_it_was_to_be() {
    let mut world = World::new(false, &["a"]);
    world.look();
    world.ended(1, End::NotBegun);
    world.ended(2, End::UpToDate);
    assert_eq!(world.after(5), ["3 start a"]);
    world.touch("a");
    world.look();
    world.ended(3, End::UpToDate);
    world.ended(4, End::NotBegun);
    world.ended(5, End::UpToDate);
    assert_eq!(world.after(5), ["6 touch a"]);
    world.ended(6, End::Failed);
    assert_eq!(world.after(10), ["7 retry a"], "it was tried");
}

#[test]
fn what_was_begun_and_came_to_no_end_is_tried_again_as_that() {
    let mut world = World::with(&["a"]);
    world.change(&["a"]);
    world.ended(2, End::Unfinished);
    world.ended(3, End::UpToDate);
    assert_eq!(world.after(5), ["4 retry a"]);
}
