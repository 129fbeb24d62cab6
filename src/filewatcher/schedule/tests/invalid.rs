//! Files that hold no valid manifest, also because of what is in another one.

use super::*;

const NOTHING: [&str; 0] = [];

/// Of two valid files and an invalid one.
fn with_invalid() -> World {
    let mut world = World::new(false, &["a", "b", "x"]);
    world.look();
    let ends = [("a", End::UpToDate), ("b", End::UpToDate)];
    assert_eq!(world.ended_with(1, &ends, &["x"]), NOTHING);
    world
}

#[test]
fn what_is_invalid_waits_for_a_change() {
    let mut world = with_invalid();
    assert_eq!(world.due(), None);
    assert_eq!(world.after(1000), NOTHING);
    assert_eq!(world.change(&["x"]), ["2 change x* reported x"]);
}

#[test]
fn what_was_told_is_handed_on_until_it_is_right_or_gone() {
    let mut world = with_invalid();
    assert_eq!(world.change(&["a"]), ["2 change a* reported x"]);
    assert_eq!(
        world.requests[&2].reported,
        [invalid_file("x", world.files["x"].content)]
    );
    world.ended_with(2, &[("a", End::UpToDate)], &["b", "x"]);
    world.touch("x");
    assert_eq!(world.look(), ["3 touch x reported b x"]);
    world.ended_with(3, &[("x", End::UpToDate)], &["b"]);
    assert_eq!(world.change(&["a"]), ["4 change a* reported b"]);
    world.remove("b");
    world.write(&["c"]);
    assert_eq!(world.look(), ["5 change c*"]);
}

#[test]
fn a_request_that_could_not_read_the_directory_says_nothing_about_it() {
    let mut world = with_invalid();
    world.change(&["a"]);
    let unread = world.finished(2, &[("a", End::NotBegun)], None);
    assert_eq!(world.take(&unread), ["3 retry reported x tidy"]);
    let unread = world.finished(3, &[], None);
    assert_eq!(world.take(&unread), NOTHING);
    let orders = ["4 retry reported x tidy", "5 change a reported x"];
    assert_eq!(world.after(5), orders);
    assert_eq!(world.ended_with(4, &[], &["x"]), NOTHING);
    assert_eq!(
        world.schedule.status(),
        "1 container up to date, 1 being deployed, 1 invalid: x"
    );
}

#[test]
fn what_failed_and_then_turns_out_to_be_invalid_is_not_tried_again() {
    let mut world = World::with(&["a", "b"]);
    world.change(&["a"]);
    world.ended(2, End::Failed);
    world.change(&["b"]);
    world.ended_with(3, &[("b", End::UpToDate)], &["a"]);
    assert_eq!(world.due(), None);
    assert_eq!(world.after(1000), NOTHING);
}

#[test]
fn what_was_invalid_because_of_another_file_is_deployed_when_it_is_not_any_more() {
    let mut world = with_invalid();
    world.change(&["a"]);
    assert_eq!(world.ended(2, End::UpToDate), ["3 retry x*"]);
}

#[test]
fn what_was_invalid_because_of_another_file_is_tried_when_one_goes() {
    let mut world = with_invalid();
    world.remove("a");
    assert_eq!(world.look(), ["2 retry x* reported x"]);
    assert_eq!(world.ended_with(2, &[], &["x"]), NOTHING, "still so");
}

#[test]
fn a_request_says_what_it_has_read_and_not_what_is_newer() {
    let mut world = with_invalid();
    world.change(&["a"]);
    world.change(&["b"]);
    assert_eq!(
        world.ended_with(3, &[("b", End::UpToDate)], &["x"]),
        NOTHING
    );
    assert_eq!(world.ended(2, End::UpToDate), NOTHING, "x was valid once");
    assert_eq!(world.change(&["c"]), ["4 change c* reported x"]);
}

#[test]
fn what_becomes_invalid_because_of_another_file_while_it_is_deployed_is_brought_to_its_end() {
    let mut world = World::with(&["a", "b"]);
    world.change(&["a"]);
    world.change(&["b"]);
    assert_eq!(world.ended_with(3, &[], &["a", "b"]), NOTHING);
    assert_eq!(world.ended(2, End::UpToDate), NOTHING);
    assert_eq!(
        world.schedule.status(),
        "1 container up to date, 1 invalid: b"
    );
}

#[test]
fn what_was_invalid_is_deployed_undisturbed_by_the_ends_of_other_requests() {
    let mut world = with_invalid();
    assert_eq!(world.change(&["x"]), ["2 change x* reported x"]);
    world.change(&["a"]);
    assert_eq!(world.ended(3, End::UpToDate), NOTHING);
    world.remove("b");
    assert_eq!(world.look(), NOTHING);
}

#[test]
fn what_an_older_request_calls_invalid_and_a_newer_one_does_not_is_tried_again() {
    let mut world = World::with(&["a", "b"]);
    world.change(&["a"]);
    world.change(&["b"]);
    assert_eq!(world.ended(3, End::UpToDate), NOTHING);
    assert_eq!(world.ended_with(2, &[], &["a", "b"]), ["4 retry a*"]);
}

#[test]
fn what_was_read_as_invalid_before_a_file_went_is_tried_again() {
    let mut world = World::with(&["a", "b", "c"]);
    world.change(&["a"]);
    world.remove("b");
    assert_eq!(world.look(), NOTHING);
    assert_eq!(
        world.ended_with(2, &[], &["a", "b", "c"]),
        ["3 retry a* c* reported a b c"]
    );
    assert_eq!(world.ended_with(3, &[], &["a", "c"]), NOTHING);
}

#[test]
fn a_reload_looks_at_what_is_invalid_again() {
    let mut world = with_invalid();
    world.schedule.hurry(world.now);
    assert_eq!(world.next(), ["2 retry x* reported x"]);
    assert_eq!(world.ended_with(2, &[], &["x"]), NOTHING, "still so");
}

#[test]
fn a_reload_does_not_look_twice_at_what_is_being_looked_at() {
    let mut world = with_invalid();
    assert_eq!(world.change(&["x"]), ["2 change x* reported x"]);
    world.schedule.hurry(world.now);
    assert_eq!(world.next(), NOTHING);
    assert_eq!(world.ended_with(2, &[], &["x"]), NOTHING);
}

#[test]
fn what_a_cleanup_reads_is_taken_over_like_what_any_other_request_does() {
    let mut world = with_invalid();
    world.change(&["a"]);
    assert_eq!(world.lost(), ["3 retry reported x tidy"]);
    let orders = world.ended_with(3, &[], &["b"]);
    assert_eq!(orders, ["4 retry x*"]);
    assert_eq!(
        world.schedule.status(),
        "1 being deployed, 1 failed: container-a, 1 invalid: b"
    );
}

#[test]
fn what_was_read_as_invalid_is_compared_with_what_was_found() {
    let mut world = World::with(&["a", "b"]);
    world.change(&["a"]);
    // Half of it was written.
    let mut read = world.finished(2, &[("a", End::UpToDate)], Some(&["b"]));
    read.invalid = Some(vec![invalid_file("b", 1000)]);
    assert_eq!(world.take(&read), NOTHING, "not before a look");
    assert!(world.schedule.is_in_doubt());
    assert_eq!(world.look(), ["3 change b* reported b"]);
}

#[test]
fn what_was_read_as_invalid_as_it_was_found_leaves_no_doubt() {
    let mut world = with_invalid();
    assert!(!world.schedule.is_in_doubt());
    assert_eq!(world.look(), NOTHING);
}

#[test]
fn what_was_read_as_invalid_already_is_no_news() {
    let mut world = World::with(&["a", "b"]);
    world.change(&["a"]);
    world.write(&["b"]);
    assert_eq!(
        world.ended_with(2, &[("a", End::UpToDate)], &["b"]),
        NOTHING
    );
    assert!(world.schedule.is_in_doubt());
    assert_eq!(world.look(), NOTHING);
    assert_eq!(
        world.schedule.status(),
        "1 container up to date, 1 invalid: b"
    );
}

#[test]
fn there_is_no_doubt_about_what_was_invalid_before_it_changed() {
    let mut world = World::with(&["a", "b"]);
    world.change(&["a"]);
    let old = world.finished(2, &[("a", End::UpToDate)], Some(&["b"]));
    world.write(&["b"]);
    world.changes();
    assert_eq!(world.take(&old).len(), 1);
    assert!(!world.schedule.is_in_doubt());
    assert_eq!(world.look(), NOTHING);
}

#[test]
fn what_was_changed_is_looked_after_as_that_although_it_was_invalid_because_of_another_file() {
    // Another one goes at the same time.
    let mut world = with_invalid();
    world.remove("a");
    world.write(&["x"]);
    assert_eq!(world.look(), ["2 change x* reported x"]);
    // It is found to be valid before it is ordered.
    let mut world = with_invalid();
    world.change(&["a"]);
    world.write(&["x"]);
    world.changes();
    assert_eq!(world.ended(2, End::UpToDate), ["3 change x*"]);
}

#[test]
fn what_was_touched_is_looked_after_as_that_although_it_was_invalid_before() {
    let mut world = with_invalid();
    world.change(&["a"]);
    let old = world.finished(2, &[("a", End::UpToDate)], Some(&["x"]));
    world.touch("x");
    world.changes();
    assert_eq!(world.take(&old), ["3 touch x* reported x"]);
    assert_eq!(world.ended_with(3, &[], &["x"]), NOTHING, "still so");
}

#[test]
fn what_is_being_deployed_is_ordered_again_when_another_request_was_right_about_its_new_content() {
    let mut world = World::with(&["a", "b"]);
    world.change(&["a"]);
    world.change(&["b"]);
    world.write(&["a"]);
    assert_eq!(
        world.ended_with(3, &[("b", End::UpToDate)], &["a"]),
        NOTHING
    );
    assert!(world.schedule.is_in_doubt());
    assert_eq!(world.look(), ["4 change a* reported a"]);
    assert_eq!(world.ended(2, End::Unfinished), NOTHING);
    assert_eq!(world.ended(4, End::UpToDate), NOTHING);
}

#[test]
fn what_was_right_before_it_was_found_to_be_invalid_is_deployed_when_it_is_right_again() {
    let mut world = World::with(&["a", "b"]);
    world.change(&["a", "b"]);
    world.ended_with(2, &[("a", End::UpToDate)], &["b"]);
    world.change(&["a"]);
    world.change(&["a"]);
    assert_eq!(world.ended(3, End::UpToDate), ["5 retry b*"]);
    assert_eq!(world.ended(4, End::UpToDate), NOTHING);
    assert_eq!(world.ended(5, End::UpToDate), NOTHING);
}
