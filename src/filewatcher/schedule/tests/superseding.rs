//! Files that are ordered again while they are being deployed: only the newest request counts. And what a restart of Kanto-CM
//! makes of that.

use super::*;

const NOTHING: [&str; 0] = [];

#[test]
fn new_content_is_ordered_while_the_old_one_is_deployed() {
    let mut world = World::new(false, &["a", "b"]);
    world.look();
    assert_eq!(world.change(&["a"]), ["2 change a*"]);
    assert_eq!(world.change(&["a"]), ["3 change a*"]);
}

#[test]
fn an_older_request_says_nothing_about_a_file() {
    let ends = [End::UpToDate, End::Failed, End::RolledBack];
    for end in ends.into_iter().chain([End::NotBegun, End::Unfinished]) {
        let mut world = World::with(&["a", "b"]);
        world.change(&["a", "b"]);
        let old = world.finished(2, &[("a", end), ("b", End::UpToDate)], Some(&[]));
        world.change(&["a"]);
        assert_eq!(world.schedule.finished(&old, world.now, 0), [], "{end:?}");
        assert_eq!(world.next(), NOTHING, "{end:?}");
        let status = "1 container up to date, 1 being deployed";
        assert_eq!(world.schedule.status(), status, "{end:?}");
        assert!(!world.schedule.is_in_doubt(), "{end:?}");
        assert_eq!(world.ended(3, End::RolledBack), NOTHING, "{end:?}");
        let status = "1 container up to date, 1 rolled back: container-a";
        assert_eq!(world.schedule.status(), status, "{end:?}");
    }
}

#[test]
fn an_older_request_says_nothing_when_the_newer_one_has_ended_before_it() {
    let mut world = World::with(&["a", "b"]);
    world.change(&["a", "b"]);
    world.change(&["a"]);
    assert_eq!(world.ended(3, End::Failed), NOTHING);
    assert_eq!(world.ended(2, End::UpToDate), NOTHING);
    assert!(world.schedule.is_idle());
    assert_eq!(world.due(), Some(5));
    let status = "1 container up to date, 1 failed: container-a";
    assert_eq!(world.schedule.status(), status);
}

#[test]
fn an_older_request_need_not_have_results_for_what_was_taken_over() {
    let mut world = World::with(&["a", "b"]);
    world.change(&["a", "b"]);
    world.change(&["a"]);
    assert_eq!(world.ended_with(2, &[("b", End::UpToDate)], &[]), NOTHING);
    assert_eq!(world.ended(3, End::UpToDate), NOTHING);
    assert_eq!(world.due(), None);
}

#[test]
fn an_older_request_cannot_call_what_was_taken_over_invalid() {
    let mut world = World::with(&["a", "b"]);
    world.change(&["a"]);
    let old = world.finished(2, &[], Some(&["a"]));
    world.change(&["a"]);
    assert_eq!(world.take(&old), NOTHING);
    assert!(!world.schedule.is_in_doubt());
    assert_eq!(world.ended(3, End::UpToDate), NOTHING);
    assert_eq!(world.schedule.status(), "2 containers up to date");
}

#[test]
fn what_is_touched_while_it_is_deployed_is_ordered_again_at_once() {
    let mut world = World::with(&["a", "b"]);
    world.change(&["a"]);
    world.touch("a");
    assert_eq!(world.look(), ["3 touch a"]);
    assert_eq!(world.ended(2, End::RolledBack), NOTHING);
    assert_eq!(world.ended(3, End::Failed), NOTHING);
    assert_eq!(world.due(), Some(5));
}

#[test]
fn what_was_not_begun_is_tried_again_as_the_strongest_of_what_it_was_to_be() {
    let mut world = World::with(&["a", "b"]);
    world.touch("a");
    world.look();
    world.schedule.kanto_cm_restarted(world.now);
    assert_eq!(world.next(), ["3 retry tidy", "4 cm-restarted a b"]);
    world.ended(3, End::UpToDate);
    assert_eq!(world.ended(4, End::NotBegun), ["5 retry tidy"]);
    world.ended(5, End::UpToDate);
    assert_eq!(world.after(5), ["6 touch a", "7 cm-restarted b"]);
    world.ended(6, End::NotBegun);
    world.schedule.kanto_cm_restarted(world.now);
    assert_eq!(world.next(), ["9 touch a", "10 cm-restarted b"]);
    assert_eq!(world.ended(9, End::Failed), NOTHING);
    assert_eq!(world.after(5), ["11 retry a"], "it was tried");
}

#[test]
fn what_disappears_while_it_is_deployed_is_not_tried_again() {
    let mut world = World::with(&["a", "b"]);
    world.change(&["a"]);
    world.remove("a");
    assert_eq!(world.look(), ["3 change"], "the worker has to know");
    assert!(!world.schedule.is_idle());
    assert_eq!(world.ended(2, End::Failed), NOTHING);
    assert_eq!(world.due(), None);
}

#[test]
fn what_disappears_while_it_is_deployed_and_comes_back_is_ordered_as_a_change() {
    let mut world = World::with(&["a", "b"]);
    world.change(&["a"]);
    let version = world.files["a"];
    world.remove("a");
    assert_eq!(world.look(), ["3 change"], "the worker has to know");
    world.files.insert("a".to_owned(), version);
    assert_eq!(world.look(), ["4 change a*"]);
    assert_eq!(world.ended(2, End::Unfinished), NOTHING);
    assert_eq!(world.ended(4, End::UpToDate), NOTHING);
    assert_eq!(world.due(), None);
}

#[test]
fn a_retry_waits_for_the_end_of_the_deployment() {
    let mut world = World::with(&["a", "b"]);
    world.change(&["a"]);
    world.ended(2, End::Failed);
    world.touch("a");
    assert_eq!(world.look(), ["3 touch a"]);
    assert_eq!(world.due(), None);
    assert_eq!(world.after(1000), NOTHING);
    world.schedule.hurry(world.now);
    assert_eq!(world.next(), NOTHING);
}

#[test]
fn after_a_restart_of_kanto_cm_everything_but_what_is_invalid_is_ordered_without_a_backoff() {
    let mut world = World::new(true, &["a", "b", "c", "x"]);
    world.look();
    let ends = [("a", End::UpToDate), ("b", End::RolledBack)];
    world.ended_with(1, &[ends[0], ends[1], ("c", End::Failed)], &["x"]);
    assert_eq!(world.after(5).len(), 2);
    world.ended_with(2, &[], &["x"]);
    world.ended_with(3, &[("c", End::Failed)], &["x"]);
    world.schedule.kanto_cm_restarted(world.now);
    let orders = ["4 retry reported x tidy", "5 cm-restarted a b c reported x"];
    assert_eq!(world.next(), orders);
    world.ended_with(4, &[], &["x"]);
    let ends = [("a", End::UpToDate), ("b", End::UpToDate)];
    world.ended_with(5, &[ends[0], ends[1], ("c", End::Failed)], &["x"]);
    assert_eq!(world.due(), Some(5), "the first failure since");
    assert_eq!(world.after(5)[0], "6 retry reported x tidy prune a b c x");
}

#[test]
fn after_a_restart_of_kanto_cm_what_is_being_deployed_is_ordered_again() {
    let mut world = World::with(&["a", "x"]);
    world.change(&["x"]);
    world.ended_with(2, &[], &["x"]);
    world.change(&["a", "x"]);
    world.schedule.kanto_cm_restarted(world.now);
    assert_eq!(world.next()[1..], ["5 cm-restarted a x reported x"]);
    assert_eq!(world.ended(3, End::NotBegun), NOTHING);
    assert_eq!(world.ended(5, End::UpToDate), NOTHING);
    assert_eq!(world.schedule.status(), "2 containers up to date");
}

#[test]
fn a_restart_of_kanto_cm_does_not_hide_a_change() {
    let mut world = World::with(&["a", "b", "c"]);
    world.write(&["a"]);
    world.touch("b");
    world.changes();
    world.schedule.kanto_cm_restarted(world.now);
    let orders = ["3 change a*", "4 touch b", "5 cm-restarted c"];
    assert_eq!(world.next()[1..], orders);
}

#[test]
fn after_a_restart_of_kanto_cm_nothing_is_ordered_while_the_directory_is_missing() {
    let mut world = World::with(&["a"]);
    world.schedule.missing();
    world.schedule.kanto_cm_restarted(world.now);
    assert_eq!(world.next(), NOTHING);
    assert_eq!(world.due(), None);
    assert_eq!(world.look(), ["2 retry tidy", "3 cm-restarted a"]);
}
