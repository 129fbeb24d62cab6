//! What is done besides deploying files, and that nothing else is done at the same time. (What about pruning: there.)

use super::*;

const NOTHING: [&str; 0] = [];

/// Of one file, while the chore that the daemon begins with is being done.
fn first() -> World {
    let mut world = World::new(false, &["a"]);
    world.tidies = true;
    assert_eq!(world.look(), ["0 retry tidy"]);
    world
}

/// The ways in which a batch comes to no end.
fn no_ends(world: &World, number: u32) -> Vec<Finished> {
    let files = &world.batches[&number].files;
    let all = |end: End| -> Vec<(&str, End)> {
        let files = files.iter();
        files.map(|file| (file.as_str(), end)).collect()
    };
    vec![
        world.incomplete(number, &all(End::AsWanted)),
        world.finished(number, &all(End::NotBegun), None),
        world.finished(number, &all(End::AsWanted), None),
        Finished {
            number,
            ..Finished::default()
        },
    ]
}

#[test]
fn the_daemon_begins_with_a_chore_and_everything_else_waits() {
    let mut world = first();
    assert_eq!(world.change(&["b"]), NOTHING);
    assert_eq!(world.due(), None);
    assert_eq!(world.ended(0, End::AsWanted), ["1 begin a*", "2 touch b*"]);
}

#[test]
fn the_first_chore_waits_for_the_directory() {
    let mut world = World::new(false, &["a"]);
    world.tidies = true;
    assert_eq!(world.next(), NOTHING);
    world.schedule.missing();
    assert_eq!(world.next(), NOTHING);
    assert_eq!(world.due(), None);
    assert_eq!(world.look(), ["0 retry tidy"]);
}

#[test]
fn an_empty_directory_is_tidied_up_after_once() {
    let mut world = World::new(false, &[]);
    world.tidies = true;
    assert_eq!(world.look(), ["0 retry tidy"]);
    assert_eq!(world.look(), NOTHING);
    assert_eq!(world.ended(0, End::AsWanted), NOTHING);
    assert_eq!(world.look(), NOTHING);
    assert_eq!(world.due(), None);
}

#[test]
fn a_chore_goes_on_whatever_happens_to_files() {
    let mut world = first();
    assert_eq!(world.change(&["a", "b"]), NOTHING);
    assert_eq!(world.change(&["b"]), NOTHING);
    world.remove("b");
    assert_eq!(world.look(), NOTHING);
    world.schedule.missing();
    assert_eq!(world.next(), NOTHING);
}

#[test]
fn a_chore_that_came_to_no_end_is_done_again_after_a_pause_without_holding_files_up() {
    for end in no_ends(&first(), 0) {
        let mut world = first();
        assert_eq!(world.take(&end), ["1 begin a*"], "{end:?}");
        assert_eq!(world.ended(1, End::AsWanted), NOTHING, "{end:?}");
        assert_eq!(world.due(), Some(5), "{end:?}");
        assert_eq!(world.after(4), NOTHING, "{end:?}");
        assert_eq!(world.after(1), ["2 retry tidy"], "{end:?}");
        assert_eq!(world.ended(2, End::AsWanted), NOTHING, "{end:?}");
        assert_eq!(world.due(), None, "{end:?}");
    }
}

#[test]
fn a_chore_that_was_lost_is_done_again_and_nobody_is_told_of_a_pause() {
    let mut world = first();
    assert_eq!(world.schedule.lost(world.now, 0), []);
    assert_eq!(world.next(), ["1 begin a*"]);
    world.ended(1, End::AsWanted);
    assert_eq!(world.after(5), ["2 retry tidy"]);
}

#[test]
fn the_pauses_between_chores_grow_until_one_succeeds() {
    let mut world = World::new(false, &[]);
    world.tidies = true;
    world.look();
    let mut pauses = Vec::new();
    for number in 0..4 {
        let end = world.incomplete(number, &[]);
        assert_eq!(world.take(&end), NOTHING);
        let pause = world.due().expect("it is done again");
        pauses.push(pause);
        assert_eq!(world.after(pause).len(), 1);
    }
    assert_eq!(pauses, [5, 10, 20, 40]);
    world.ended(4, End::AsWanted);
    world.change(&["a"]);
    assert_eq!(world.lost(), ["6 retry tidy"]);
    assert_eq!(world.lost(), NOTHING);
    assert_eq!(world.after(5)[0], "7 retry tidy");
}

#[test]
fn a_chore_that_came_to_no_end_is_done_again_at_once_when_told_to_hurry() {
    let mut world = World::new(false, &[]);
    world.tidies = true;
    world.look();
    let end = world.incomplete(0, &[]);
    assert_eq!(world.take(&end), NOTHING);
    world.schedule.hurry(world.now);
    assert_eq!(world.next(), ["1 retry tidy"]);
}

#[test]
fn the_pauses_between_chores_are_spread() {
    let due = |random: u64| {
        let mut world = World::new(false, &[]);
        world.tidies = true;
        world.look();
        let end = world.incomplete(0, &[]);
        world.take(&end);
        world.after(5);
        let end = world.incomplete(1, &[]);
        world.schedule.finished(&end, world.now, random);
        world.schedule.due().map(|due| due - world.now)
    };
    assert_eq!(
        [due(0), due(999)],
        [10_000, 12_500].map(|ms| Some(Duration::from_millis(ms)))
    );
}

#[test]
fn a_chore_that_is_done_again_waits_for_batches() {
    let mut world = first();
    world.lost();
    world.change(&["b"]);
    assert_eq!(world.after(5), NOTHING);
    assert_eq!(world.due(), None);
    assert_eq!(world.ended(1, End::AsWanted), NOTHING);
    assert_eq!(world.ended(2, End::AsWanted), ["3 retry tidy"]);
}

#[test]
fn a_chore_that_is_done_again_waits_for_the_directory() {
    let mut world = World::new(false, &[]);
    world.tidies = true;
    world.look();
    world.schedule.missing();
    assert_eq!(world.lost(), NOTHING);
    assert_eq!(world.due(), None);
    assert_eq!(world.after(5), NOTHING);
    assert_eq!(world.look(), ["1 retry tidy"]);
}

#[test]
fn a_batch_that_came_to_no_end_makes_a_chore_due_when_all_is_idle() {
    let begun = || {
        let mut world = World::with(&["a", "b"]);
        world.change(&["a"]);
        world.change(&["b"]);
        world
    };
    let mut ends = no_ends(&begun(), 2);
    for end in [End::NotBegun, End::Unfinished] {
        ends.push(begun().finished(2, &[("a", end)], Some(&[])));
    }
    for end in ends {
        let mut world = begun();
        assert_eq!(world.take(&end), NOTHING, "{end:?}");
        assert_eq!(world.ended(3, End::AsWanted), ["4 retry tidy"], "{end:?}");
        assert_eq!(world.ended(4, End::AsWanted), NOTHING, "{end:?}");
        let retries = world.after(5).len();
        let is_through = end.results.iter().any(|one| one.end == End::AsWanted);
        assert_eq!(retries, usize::from(!is_through), "{end:?}");
    }
}

#[test]
fn what_is_ready_waits_for_a_chore_that_is_due() {
    let mut world = World::with(&["a", "b"]);
    world.change(&["a"]);
    world.write(&["b"]);
    world.news();
    assert_eq!(world.ended(2, End::Unfinished), ["3 retry tidy"]);
    assert_eq!(world.ended(3, End::AsWanted), ["4 touch b*"]);
}

#[test]
fn a_batch_that_came_to_its_end_makes_no_chore_due() {
    for end in [End::AsWanted, End::Failed, End::RolledBack] {
        let mut world = World::with(&["a"]);
        world.change(&["a"]);
        assert_eq!(world.ended(2, end), NOTHING, "{end:?}");
    }
    let mut world = World::with(&["a"]);
    world.change(&["a"]);
    assert_eq!(world.ended_with(2, &[], &["a"]), NOTHING, "invalid");
}

#[test]
fn a_batch_that_was_given_up_goes_on_without_a_chore() {
    for end in [End::NotBegun, End::Unfinished] {
        let mut world = World::with(&["a"]);
        world.change(&["a"]);
        assert_eq!(world.change(&["a"]), ["give up 2"]);
        assert_eq!(world.ended(2, end), ["3 touch a*"], "{end:?}");
        assert_eq!(world.ended(3, End::AsWanted), NOTHING, "{end:?}");
    }
}

#[test]
fn nobody_goes_on_with_a_file_that_is_gone_and_a_chore_does() {
    let mut world = World::with(&["a", "b"]);
    world.change(&["a"]);
    world.remove("a");
    world.look();
    assert_eq!(world.ended(2, End::Unfinished), ["3 retry tidy"]);
}

#[test]
fn what_is_gone_and_came_to_its_end_makes_no_chore_due() {
    let mut world = World::with(&["a", "b"]);
    world.change(&["a"]);
    world.remove("a");
    world.look();
    assert_eq!(world.ended(2, End::AsWanted), NOTHING);
}

#[test]
fn a_batch_that_came_to_no_end_does_not_shorten_the_pause_between_chores() {
    let mut world = first();
    world.lost();
    assert_eq!(world.ended(1, End::Unfinished), NOTHING);
    assert_eq!(world.due(), Some(5));
    assert_eq!(world.after(5), ["2 retry tidy"]);
}

#[test]
fn a_stop_gives_a_chore_up() {
    let mut world = first();
    assert_eq!(world.schedule.stop(), [Order::GiveUp(0)]);
    let end = world.incomplete(0, &[]);
    assert_eq!(world.take(&end), NOTHING);
    assert!(world.schedule.is_idle());
    assert_eq!(world.due(), None);
    assert_eq!(world.after(1000), NOTHING);
}
