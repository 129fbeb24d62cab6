//! What is done besides deploying files. (What about pruning: there.)

use super::*;

const NOTHING: [&str; 0] = [];

/// Of one file, while the cleanup that the daemon begins with is being done.
fn first() -> World {
    let mut world = World::new(false, &["a"]);
    world.tidies = true;
    assert_eq!(world.look(), ["0 retry tidy", "1 start a*"]);
    world
}

/// The ways in which a request comes to no end.
fn no_ends(world: &World, number: u32) -> Vec<Finished> {
    let files = &world.requests[&number].files;
    let all = |end: End| -> Vec<(&str, End)> {
        let files = files.iter();
        files.map(|file| (file.as_str(), end)).collect()
    };
    vec![
        world.incomplete(number, &all(End::UpToDate)),
        world.finished(number, &all(End::NotBegun), None),
        world.finished(number, &all(End::UpToDate), None),
        Finished {
            number,
            ..Finished::default()
        },
    ]
}

#[test]
fn the_first_cleanup_waits_for_the_directory() {
    let mut world = World::new(false, &["a"]);
    world.tidies = true;
    assert_eq!(world.next(), NOTHING);
    world.schedule.missing();
    assert_eq!(world.next(), NOTHING);
    assert_eq!(world.due(), None);
    assert_eq!(world.look(), ["0 retry tidy", "1 start a*"]);
}

#[test]
fn an_empty_directory_is_tidied_up_after_once() {
    let mut world = World::new(false, &[]);
    world.tidies = true;
    assert_eq!(world.look(), ["0 retry tidy"]);
    assert_eq!(world.look(), NOTHING);
    assert_eq!(world.ended(0, End::UpToDate), NOTHING);
    assert_eq!(world.look(), NOTHING);
    assert_eq!(world.due(), None);
}

#[test]
fn a_cleanup_goes_on_whatever_happens_to_files() {
    let mut world = first();
    assert_eq!(world.change(&["a", "b"]), ["2 change a* b*"]);
    assert_eq!(world.change(&["b"]), ["3 change b*"]);
    world.remove("b");
    assert_eq!(world.look(), ["4 change"]);
    assert_eq!(world.after(1000), NOTHING);
    world.schedule.missing();
    assert_eq!(world.next(), NOTHING);
}

#[test]
fn a_cleanup_that_came_to_no_end_is_done_again_after_a_backoff_without_holding_files_up() {
    for end in no_ends(&first(), 0) {
        let mut world = first();
        assert_eq!(world.take(&end), NOTHING, "{end:?}");
        assert_eq!(world.ended(1, End::UpToDate), NOTHING, "{end:?}");
        assert_eq!(world.due(), Some(5), "{end:?}");
        assert_eq!(world.after(4), NOTHING, "{end:?}");
        assert_eq!(world.after(1), ["2 retry tidy"], "{end:?}");
        assert_eq!(world.ended(2, End::UpToDate), NOTHING, "{end:?}");
        assert_eq!(world.due(), None, "{end:?}");
    }
}

#[test]
fn a_cleanup_that_was_lost_is_done_again_and_nobody_is_told_of_a_backoff() {
    let mut world = first();
    world.ended(1, End::UpToDate);
    assert_eq!(world.schedule.lost(world.now, 0), []);
    assert_eq!(world.next(), NOTHING);
    assert_eq!(world.after(5), ["2 retry tidy"]);
}

#[test]
fn the_backoffs_between_cleanups_grow_until_one_succeeds() {
    let mut world = World::new(false, &[]);
    world.tidies = true;
    world.look();
    let mut backoffs = Vec::new();
    for number in 0..4 {
        let end = world.incomplete(number, &[]);
        assert_eq!(world.take(&end), NOTHING);
        let backoff = world.due().expect("it is done again");
        backoffs.push(backoff);
        assert_eq!(world.after(backoff).len(), 1);
    }
    assert_eq!(backoffs, [5, 10, 20, 40]);
    world.ended(4, End::UpToDate);
    world.change(&["a"]);
    assert_eq!(world.lost(), ["6 retry tidy"]);
    assert_eq!(world.lost(), NOTHING);
    assert_eq!(world.after(5)[0], "7 retry tidy");
}

#[test]
fn a_cleanup_that_came_to_no_end_is_done_again_at_once_when_told_to_hurry() {
    let mut world = World::new(false, &[]);
    world.tidies = true;
    world.look();
    let end = world.incomplete(0, &[]);
    assert_eq!(world.take(&end), NOTHING);
    world.schedule.hurry(world.now);
    assert_eq!(world.next(), ["1 retry tidy"]);
}

#[test]
fn the_backoffs_between_cleanups_are_spread() {
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
fn a_cleanup_that_is_done_again_waits_for_the_directory() {
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
fn a_request_that_came_to_its_end_makes_no_cleanup_due() {
    for end in [End::UpToDate, End::Failed, End::RolledBack] {
        let mut world = World::with(&["a"]);
        world.change(&["a"]);
        assert_eq!(world.ended(2, end), NOTHING, "{end:?}");
    }
    let mut world = World::with(&["a"]);
    world.change(&["a"]);
    assert_eq!(world.ended_with(2, &[], &["a"]), NOTHING, "invalid");
}

#[test]
fn nobody_goes_on_with_a_file_that_is_gone_and_a_cleanup_does() {
    let mut world = World::with(&["a", "b"]);
    world.change(&["a"]);
    world.remove("a");
    assert_eq!(world.look(), ["3 change"]);
    assert_eq!(world.ended(2, End::Unfinished), ["4 retry tidy"]);
}

#[test]
fn what_is_gone_and_came_to_its_end_makes_no_cleanup_due() {
    let mut world = World::with(&["a", "b"]);
    world.change(&["a"]);
    world.remove("a");
    world.look();
    assert_eq!(world.ended(2, End::UpToDate), NOTHING);
}

#[test]
fn a_request_that_came_to_no_end_does_not_shorten_the_backoff_between_cleanups() {
    let mut world = first();
    let end = world.incomplete(0, &[]);
    assert_eq!(world.take(&end), NOTHING);
    assert_eq!(world.ended(1, End::Unfinished), NOTHING);
    assert_eq!(world.due(), Some(5));
    assert_eq!(world.after(5), ["2 retry tidy", "3 retry a"]);
}

#[test]
fn a_cleanup_runs_beside_requests_and_not_beside_another_cleanup() {
    let mut world = World::with(&["a", "b", "c"]);
    world.change(&["a"]);
    world.change(&["b"]);
    assert_eq!(world.ended(2, End::Unfinished), ["4 retry tidy"]);
    assert_eq!(world.change(&["c"]), ["5 change c*"]);
    assert_eq!(world.ended(5, End::Unfinished), NOTHING);
    assert_eq!(world.ended(4, End::UpToDate), ["6 retry tidy"]);
}

#[test]
fn a_request_that_came_to_no_end_makes_a_cleanup_due() {
    let begun = || {
        let mut world = World::with(&["a"]);
        world.change(&["a"]);
        world
    };
    let mut ends = no_ends(&begun(), 2);
    for end in [End::NotBegun, End::Unfinished] {
        ends.push(begun().finished(2, &[("a", end)], Some(&[])));
    }
    for end in ends {
        let mut world = begun();
        assert_eq!(world.take(&end), ["3 retry tidy"], "{end:?}");
        assert_eq!(world.ended(3, End::UpToDate), NOTHING, "{end:?}");
        let retries = world.after(5).len();
        let is_through = end.results.iter().any(|one| one.end == End::UpToDate);
        assert_eq!(retries, usize::from(!is_through), "{end:?}");
    }
}
