//! How many batches run, and how everything ends.

use super::*;

const NOTHING: [&str; 0] = [];

/// Of eight files, each of which is being deployed by a batch of its own.
fn crowded() -> World {
    let mut world = World::new(true, &["a"]);
    world.look();
    for file in ["b", "c", "d", "e", "f", "g", "h"] {
        assert_eq!(world.change(&[file]).len(), 1);
    }
    world
}

fn give_ups(numbers: impl Iterator<Item = u32>) -> Vec<String> {
    numbers.map(|number| format!("give up {number}")).collect()
}

#[test]
fn when_there_are_too_many_batches_all_go_on_as_one() {
    let mut world = crowded();
    assert_eq!(world.change(&["i"]), give_ups(1..9));
    for number in 1..8 {
        assert_eq!(world.ended(number, End::Unfinished), NOTHING, "{number}");
    }
    assert_eq!(
        world.ended(8, End::Unfinished),
        ["9 touch i*", "10 retry a b c d e f g h"]
    );
}

#[test]
fn there_are_not_too_many_when_one_has_ended() {
    let mut world = crowded();
    world.ended(3, End::AsWanted);
    assert_eq!(world.change(&["i"]), ["9 touch i*"]);
}

#[test]
fn pruning_waits_for_the_end_of_a_crowd_and_its_files_for_pruning() {
    let mut world = crowded();
    world.change(&["i"]);
    assert_eq!(world.after(5), NOTHING);
    assert_eq!(world.due(), None);
    for number in 1..8 {
        assert_eq!(world.ended(number, End::NotBegun), NOTHING);
    }
    assert_eq!(
        world.ended(8, End::NotBegun),
        ["9 retry tidy prune a b c d e f g h i"]
    );
    let orders = ["10 begin a", "11 touch b c d e f g h i*"];
    assert_eq!(world.ended(9, End::AsWanted), orders);
}

#[test]
fn what_goes_on_after_a_crowd_is_none() {
    let mut world = crowded();
    world.change(&["i"]);
    for number in 1..9 {
        world.ended(number, End::Unfinished);
    }
    assert_eq!(world.change(&["j"]), ["11 touch j*"]);
}

#[test]
fn a_stop_gives_everything_up_and_nothing_is_begun_any_more() {
    let mut world = World::new(true, &["a", "b"]);
    world.look();
    world.change(&["c"]);
    world.change(&["c"]);
    world.schedule.hurry(world.now);
    assert_eq!(world.schedule.stop(), [Order::GiveUp(1)], "2 was before");
    assert_eq!(world.change(&["d"]), NOTHING);
    assert_eq!(world.ended(1, End::Unfinished), NOTHING);
    assert!(!world.schedule.is_idle());
    assert_eq!(world.ended(2, End::Failed), NOTHING);
    assert!(world.schedule.is_idle());
    assert_eq!(world.after(1000), NOTHING);
    assert_eq!(world.due(), None);
}

#[test]
fn what_fails_during_a_stop_is_not_waited_for() {
    let mut world = World::new(false, &["a"]);
    world.look();
    world.schedule.stop();
    world.ended(1, End::Failed);
    assert_eq!(world.due(), None);
}

#[test]
fn what_turns_out_to_be_invalid_does_not_go_on() {
    let mut world = crowded();
    assert_eq!(world.ended(1, End::Failed), NOTHING);
    world.change(&["i"]);
    let mut orders = world.after(5);
    orders.sort();
    assert_eq!(orders, give_ups(2..10), "a is to be tried again");
    assert_eq!(world.ended_with(9, &[], &["a", "i"]), NOTHING);
    for number in 2..8 {
        assert_eq!(world.ended(number, End::AsWanted), NOTHING);
    }
    world.schedule.missing();
    assert_eq!(world.ended(8, End::AsWanted), NOTHING);
    assert_eq!(world.due(), None);
}
