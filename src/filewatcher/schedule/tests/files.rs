//! What is ordered when files come, change, are touched and go.

use super::*;

const NOTHING: [&str; 0] = [];

#[test]
fn the_first_look_deploys_everything() {
    let mut world = World::new(false, &["b", "a"]);
    assert_eq!(world.next(), NOTHING, "nobody has looked");
    assert_eq!(world.look(), ["1 begin a* b*"]);
    assert!(!world.schedule.is_idle());
    assert_eq!(world.ended(1, End::AsWanted), NOTHING);
    assert!(world.schedule.is_idle());
    assert_eq!(world.due(), None);
}

#[test]
fn what_comes_later_or_has_new_content_is_deployed() {
    let mut world = World::with(&["a", "b"]);
    assert_eq!(world.change(&["c"]), ["2 touch c*"]);
    assert_eq!(world.change(&["b", "a"]), ["3 touch a* b*"]);
}

#[test]
fn what_is_touched_is_looked_after() {
    let mut world = World::with(&["a", "b"]);
    world.touch("b");
    assert_eq!(world.look(), ["2 touch b"]);
    assert_eq!(world.ended(2, End::AsWanted), NOTHING);
    assert_eq!(world.look(), NOTHING);
}

#[test]
fn new_content_that_is_touched_before_it_is_deployed_is_new_all_the_same() {
    let mut world = World::with(&["a"]);
    world.write(&["a"]);
    world.news();
    world.touch("a");
    assert_eq!(world.look(), ["2 touch a*"]);
}

#[test]
fn what_goes_leaves_its_container() {
    let mut world = World::with(&["a", "b"]);
    world.remove("a");
    assert_eq!(world.look(), NOTHING);
    assert_eq!(world.due(), None);
    assert_eq!(world.change(&["a"]), ["2 touch a*"], "back again");
}

#[test]
fn a_look_tells_what_is_new() {
    let mut world = World::new(false, &["a", "b", "c", "d", "e"]);
    let names = |names: &[&str]| -> Vec<String> { names.iter().map(ToString::to_string).collect() };
    assert_eq!(world.news().changed, names(&["a", "b", "c", "d", "e"]));
    assert_eq!(world.news(), News::default());
    world.remove("a");
    world.remove("b");
    world.touch("c");
    world.write(&["d", "f"]);
    world.remove("e");
    let news = News {
        changed: names(&["d", "f"]),
        touched: names(&["c"]),
        gone: names(&["a", "b", "e"]),
    };
    assert_eq!(world.news(), news);
    assert_eq!(world.news(), News::default());
}

#[test]
fn batches_run_side_by_side() {
    let mut world = World::new(false, &["a"]);
    world.look();
    assert_eq!(world.change(&["b"]), ["2 touch b*"]);
    assert_eq!(world.change(&["c"]), ["3 touch c*"]);
    assert_eq!(world.ended(2, End::AsWanted), NOTHING);
    assert!(!world.schedule.is_idle());
}

#[test]
fn new_content_ends_the_batch_that_deploys_the_old_one() {
    let mut world = World::new(false, &["a", "b", "c"]);
    world.look();
    world.change(&["x"]);
    world.write(&["a"]);
    assert_eq!(
        world.change(&["d"]),
        ["give up 1", "3 touch d*"],
        "2 goes on"
    );
    let ends = [("b", End::NotBegun), ("c", End::Unfinished)];
    let ends = [("a", End::Unfinished), ends[0], ends[1]];
    assert_eq!(
        world.ended_with(1, &ends, &[]),
        ["4 begin b", "5 touch a*", "6 retry c"]
    );
}

#[test]
fn what_had_ended_before_its_batch_was_given_up_does_not_go_on() {
    let mut world = World::with(&["a", "b", "c", "d"]);
    world.change(&["a", "b", "c", "d"]);
    assert_eq!(world.change(&["a"]), ["give up 2"]);
    let ends = [
        ("a", End::AsWanted),
        ("b", End::AsWanted),
        ("c", End::RolledBack),
        ("d", End::Failed),
    ];
    assert_eq!(world.ended_with(2, &ends, &[]), ["3 touch a*"]);
    assert_eq!(world.due(), Some(5), "d");
}

#[test]
fn a_touch_does_not_end_a_deployment_and_counts_when_that_has_ended() {
    let mut world = World::with(&["a", "b"]);
    world.change(&["a"]);
    world.touch("a");
    assert_eq!(world.look(), NOTHING);
    // What is as wanted at the daemon's beginning may be a job that somebody wants to run again.
    assert_eq!(world.ended(2, End::AsWanted), ["3 touch a"]);
}

#[test]
fn what_fails_although_it_was_touched_meanwhile_is_tried_again_at_once() {
    for end in [End::Failed, End::RolledBack] {
        let mut world = World::with(&["a", "b"]);
        world.change(&["a"]);
        world.touch("a");
        world.look();
        assert_eq!(world.ended(2, end), ["3 touch a"], "{end:?}");
        assert_eq!(world.ended(3, End::Failed), NOTHING);
        assert_eq!(world.due(), Some(5), "the first failure since");
    }
}

#[test]
fn what_is_removed_while_it_is_deployed_is_given_up() {
    let mut world = World::with(&["a", "b"]);
    world.change(&["a", "b"]);
    world.remove("a");
    assert_eq!(world.look(), ["give up 2"]);
    let ends = [("a", End::Unfinished), ("b", End::NotBegun)];
    assert_eq!(world.ended_with(2, &ends, &[]), ["3 retry tidy"]);
    assert_eq!(world.ended(3, End::AsWanted), ["4 touch b"]);
}

#[test]
fn what_comes_back_waits_for_the_end_of_its_deployment() {
    let mut world = World::with(&["a", "b"]);
    world.change(&["a"]);
    world.remove("a");
    assert_eq!(world.look(), ["give up 2"]);
    assert_eq!(world.change(&["a"]), NOTHING);
    assert_eq!(world.change(&["b"]), ["3 touch b*"]);
    assert_eq!(world.ended(2, End::AsWanted), ["4 touch a*"]);
}

#[test]
fn a_batch_is_given_up_once() {
    let mut world = World::with(&["a"]);
    world.change(&["a"]);
    assert_eq!(world.change(&["a"]), ["give up 2"]);
    assert_eq!(world.change(&["a"]), NOTHING);
    assert_eq!(world.ended(2, End::NotBegun), ["3 touch a*"]);
}

#[test]
fn what_comes_while_a_file_that_is_gone_is_still_being_deployed_waits() {
    let mut world = World::with(&["a", "b"]);
    world.change(&["a"]);
    // It may be the same manifest under another name.
    world.remove("a");
    world.write(&["c"]);
    assert_eq!(world.look(), ["give up 2"]);
    assert_eq!(world.change(&["b"]), NOTHING);
    assert_eq!(world.ended(2, End::AsWanted), ["3 touch b* c*"]);
}

#[test]
fn what_came_to_no_end_although_it_was_touched_meanwhile_is_tried_again_without_a_pause() {
    for end in [End::NotBegun, End::Unfinished] {
        let mut world = World::with(&["a"]);
        world.change(&["a"]);
        world.touch("a");
        world.look();
        assert_eq!(world.ended(2, end), ["3 retry tidy"], "{end:?}");
        assert_eq!(world.ended(3, End::AsWanted), ["4 touch a"], "{end:?}");
    }
}

#[test]
fn others_go_on_while_a_file_that_is_gone_is_still_being_deployed() {
    let mut world = World::with(&["a", "b", "c"]);
    world.change(&["a"]);
    world.change(&["b"]);
    world.remove("a");
    assert_eq!(world.look(), ["give up 2"], "3 goes on");
    assert_eq!(world.ended(3, End::AsWanted), NOTHING);
    assert_eq!(world.change(&["c"]), NOTHING);
    assert_eq!(world.ended(2, End::AsWanted), ["4 touch c*"]);
}
