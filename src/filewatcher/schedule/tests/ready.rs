//! When the first deployment counts as done.

use super::*;

#[test]
fn every_file_has_to_have_an_answer_good_or_bad() {
    let mut world = World::new(false, &["a", "b", "c", "d"]);
    world.look();
    assert!(!world.schedule.is_ready());
    world.change(&["a"]);
    let ends = [("b", End::Failed), ("c", End::RolledBack)];
    world.ended_with(1, &ends, &["d"]);
    assert!(!world.schedule.is_ready(), "a is missing");
    world.ended(2, End::UpToDate);
    assert!(world.schedule.is_ready());
}

#[test]
fn what_was_not_brought_to_its_end_is_no_answer() {
    for end in [End::NotBegun, End::Unfinished] {
        let mut world = World::new(false, &["a"]);
        world.look();
        world.ended(1, end);
        assert!(!world.schedule.is_ready(), "{end:?}");
    }
    let mut world = World::new(false, &["a"]);
    world.look();
    world.lost();
    assert!(!world.schedule.is_ready());
    assert_eq!(world.after(5), ["3 start a"]);
    world.ended(3, End::Failed);
    assert!(world.schedule.is_ready());
    assert_eq!(world.after(10), ["4 retry a"]);
    world.lost();
    assert!(world.schedule.is_ready(), "it has had one");
}

#[test]
fn without_files_there_is_nothing_to_answer() {
    let mut world = World::new(false, &[]);
    world.look();
    assert!(world.schedule.is_ready());
    world.change(&["a"]);
    assert!(!world.schedule.is_ready());
    world.schedule.missing();
    assert!(world.schedule.is_ready());
}
