//! When containers whose manifests are gone are removed.

use super::*;

const NOTHING: [&str; 0] = [];

/// Of one file that has just gone.
fn gone() -> World {
    let mut world = World::pruned(&["a", "b", "c"]);
    world.remove("c");
    assert_eq!(world.look(), NOTHING);
    world
}

#[test]
fn at_the_beginning_it_is_pruned_after_5_s() {
    let mut world = World::new(true, &["a", "b"]);
    assert_eq!(world.look(), ["1 start a* b*"]);
    world.ended(1, End::UpToDate);
    assert_eq!(world.due(), Some(5));
    assert_eq!(world.after(4), NOTHING);
    assert_eq!(world.after(1), ["2 retry tidy prune a b"]);
    assert_eq!(world.due(), None);
    world.ended(2, End::UpToDate);
    assert_eq!(world.due(), None);
}

#[test]
fn without_pruning_nothing_is_pruned() {
    let mut world = World::with(&["a", "b"]);
    world.remove("a");
    assert_eq!(world.look(), NOTHING);
    assert_eq!(world.due(), None);
}

#[test]
fn it_is_pruned_5_s_after_a_file_has_gone() {
    let mut world = gone();
    assert_eq!(world.due(), Some(5));
    assert_eq!(world.after(5), ["3 retry tidy prune a b"]);
}

#[test]
fn it_is_not_pruned_when_files_only_change() {
    let mut world = World::pruned(&["a"]);
    world.change(&["a", "b"]);
    assert_eq!(world.due(), None);
}

#[test]
fn every_change_makes_pruning_wait() {
    let mut world = gone();
    assert_eq!(world.after(4), NOTHING);
    world.touch("a");
    assert_eq!(world.look(), ["3 touch a"]);
    assert_eq!(world.ended(3, End::UpToDate), NOTHING);
    assert_eq!(world.due(), Some(5));
    assert_eq!(world.after(4), NOTHING);
    world.changes();
    assert_eq!(world.after(1), ["4 retry tidy prune a b"], "no changes");
}

#[test]
fn it_is_not_pruned_beside_the_first_cleanup() {
    let mut world = World::new(true, &["a"]);
    world.tidies = true;
    assert_eq!(world.look(), ["0 retry tidy", "1 start a*"]);
    assert_eq!(world.after(5), NOTHING);
    assert_eq!(world.due(), None);
    assert_eq!(world.ended(0, End::UpToDate), ["2 retry tidy prune a"]);
}

#[test]
fn a_cleanup_before_its_time_does_not_prune() {
    let mut world = gone();
    world.change(&["a"]);
    assert_eq!(world.lost(), ["4 retry tidy"]);
    assert_eq!(world.ended(4, End::UpToDate), NOTHING);
    assert_eq!(world.due(), Some(5));
    assert_eq!(world.after(5), ["5 retry tidy prune a b", "6 change a"]);
}

#[test]
fn pruning_that_ended_early_waits_for_the_backoff_and_for_5_s_after_a_change() {
    let mut world = gone();
    world.after(5);
    world.lost();
    world.after(2);
    world.change(&["a"]);
    world.ended(4, End::UpToDate);
    assert_eq!(world.due(), Some(3));
    assert_eq!(world.after(3), ["5 retry tidy"]);
    assert_eq!(world.ended(5, End::UpToDate), NOTHING);
    assert_eq!(world.after(2), ["6 retry tidy prune a b"]);
}

#[test]
fn at_the_beginning_an_empty_directory_is_looked_after_in_one_request() {
    let mut world = World::new(true, &[]);
    world.tidies = true;
    world.changes();
    assert_eq!(world.after(5), ["0 retry tidy prune"]);
}

#[test]
fn it_is_not_pruned_while_the_directory_is_missing_but_when_it_is_back() {
    let mut world = gone();
    world.schedule.missing();
    assert_eq!(world.due(), None);
    assert_eq!(world.after(60), NOTHING);
    world.schedule.missing();
    assert_eq!(world.look(), NOTHING);
    assert_eq!(world.due(), Some(5));
    assert_eq!(world.after(4), NOTHING);
    assert_eq!(world.look(), NOTHING);
    assert_eq!(world.after(1), ["3 retry tidy prune a b"]);
}

#[test]
fn a_directory_that_was_missing_for_a_while_owes_nothing() {
    let mut world = World::pruned(&["a"]);
    world.schedule.missing();
    world.look();
    assert_eq!(world.due(), None);
}

#[test]
fn pruning_that_ended_early_waits_for_the_directory() {
    let mut world = gone();
    world.after(5);
    world.schedule.missing();
    world.schedule.lost(world.now, 0);
    assert_eq!(world.due(), None);
    world.look();
    assert_eq!(world.due(), Some(5));
}

#[test]
fn invalid_files_hold_pruning_back_until_a_change() {
    let mut world = gone();
    world.after(5);
    assert_eq!(world.ended_with(3, &[], &["b"]), NOTHING);
    assert_eq!(world.due(), None);
    assert_eq!(world.change(&["b"]), ["4 change b*"]);
    assert_eq!(world.ended(4, End::UpToDate), NOTHING);
    assert_eq!(world.after(5), ["5 retry tidy prune a b"]);
}

#[test]
fn an_empty_directory_holds_pruning_back_until_a_change() {
    let mut world = World::pruned(&["a"]);
    world.remove("a");
    world.look();
    assert_eq!(world.after(5), ["3 retry tidy prune"]);
    world.ended(3, End::UpToDate);
    assert_eq!(world.due(), None);
    world.change(&["b"]);
    assert_eq!(world.ended(4, End::UpToDate), NOTHING);
    assert_eq!(world.after(5), ["5 retry tidy prune b"]);
}

#[test]
fn a_change_while_pruning_is_held_back_is_not_forgotten() {
    let mut world = gone();
    world.after(5);
    assert_eq!(world.change(&["b"]), ["4 change b*"]);
    assert_eq!(world.ended_with(3, &[], &["b"]), NOTHING);
    assert_eq!(world.ended(4, End::UpToDate), NOTHING);
    assert_eq!(world.after(5), ["5 retry tidy prune a b"]);
}

#[test]
fn pruning_that_ended_early_is_repeated() {
    let mut world = gone();
    world.after(5);
    assert_eq!(world.lost(), NOTHING);
    assert_eq!(world.due(), Some(5));
    assert_eq!(world.after(5), ["4 retry tidy prune a b"]);
    let unread = world.finished(4, &[], None);
    assert_eq!(world.take(&unread), NOTHING);
    assert_eq!(world.due(), Some(10));
    assert_eq!(world.after(10), ["5 retry tidy prune a b"]);
    assert_eq!(world.ended(5, End::UpToDate), NOTHING);
    assert_eq!(world.due(), None);
}

#[test]
fn a_file_that_goes_while_it_is_pruned_is_not_forgotten() {
    let mut world = gone();
    world.after(5);
    world.remove("b");
    assert_eq!(world.look(), NOTHING);
    assert_eq!(world.due(), None, "not beside the other one");
    assert_eq!(world.ended(3, End::UpToDate), NOTHING);
    assert_eq!(world.due(), Some(5));
    world.change(&["a"]);
    assert_eq!(world.ended(4, End::UpToDate), NOTHING);
    assert_eq!(world.after(5), ["5 retry tidy prune a"]);
}

#[test]
fn a_file_that_goes_before_the_directory_does_while_it_is_pruned_is_not_forgotten() {
    let mut world = gone();
    world.after(5);
    world.remove("b");
    world.look();
    world.schedule.missing();
    world.ended(3, End::UpToDate);
    assert_eq!(world.due(), None);
    world.look();
    assert_eq!(world.due(), Some(5));
}

#[test]
fn pruning_that_says_that_it_came_to_no_end_is_repeated() {
    let mut world = gone();
    world.after(5);
    let declined = world.incomplete(3, &[]);
    assert_eq!(world.take(&declined), NOTHING);
    assert_eq!(world.after(5), ["4 retry tidy prune a b"]);
}

#[test]
fn what_is_owed_is_not_forgotten_because_of_a_cleanup_that_does_not_prune() {
    let mut world = gone();
    assert_eq!(world.after(5), ["3 retry tidy prune a b"]);
    world.ended_with(3, &[], &["b"]);
    assert_eq!(world.change(&["a"]), ["4 change a*"]);
    assert_eq!(world.lost()[0], "5 retry tidy");
    assert_eq!(world.ended(5, End::UpToDate), ["6 retry b*"]);
    assert_eq!(world.ended(6, End::UpToDate), NOTHING);
    assert_eq!(world.after(5), ["7 retry tidy prune a b", "8 change a"]);
}

#[test]
fn it_is_pruned_beside_what_is_being_deployed_and_what_is_due() {
    let mut world = gone();
    world.touch("a");
    world.look();
    world.ended(3, End::Failed);
    world.now += Duration::from_secs(1);
    assert_eq!(world.change(&["b"]), ["4 change b*"]);
    assert_eq!(world.after(4), ["5 retry a"]);
    assert_eq!(world.after(1), ["6 retry tidy prune a b"]);
    assert_eq!(world.change(&["a", "d"]), ["7 change a* d*"]);
    assert_eq!(world.ended(6, End::UpToDate), NOTHING);
}

#[test]
fn it_is_pruned_soon_when_told_to_hurry() {
    let mut world = gone();
    for number in 3..6 {
        let backoff = world.due().expect("it is repeated");
        world.after(backoff);
        let declined = world.incomplete(number, &[]);
        world.take(&declined);
    }
    assert_eq!(world.due(), Some(20));
    world.schedule.hurry(world.now);
    assert_eq!(world.next(), ["6 retry tidy"]);
    assert_eq!(world.ended(6, End::UpToDate), NOTHING);
    assert_eq!(world.after(5), ["7 retry tidy prune a b"]);
}

#[test]
fn what_is_held_back_is_not_forgotten_because_of_a_cleanup_that_does_not_prune() {
    let mut world = gone();
    world.after(5);
    assert_eq!(world.ended_with(3, &[], &["b"]), NOTHING);
    world.schedule.hurry(world.now);
    assert_eq!(world.next(), ["4 retry b*"]);
    let end = world.incomplete(4, &[("b", End::UpToDate)]);
    assert_eq!(world.take(&end), ["5 retry tidy"]);
    assert_eq!(world.ended(5, End::UpToDate), NOTHING);
    assert_eq!(world.due(), None);
    world.change(&["a"]);
    assert_eq!(world.ended(6, End::UpToDate), NOTHING);
    assert_eq!(world.after(5), ["7 retry tidy prune a b"]);
}

#[test]
fn a_missing_layer_holds_pruning_back_until_it_is_there() {
    let mut world = gone();
    world.schedule.lack(true);
    assert_eq!(world.look(), NOTHING);
    assert_eq!(world.after(5), ["3 retry tidy prune a b"]);
    world.ended(3, End::UpToDate);
    assert_eq!(world.due(), None, "no wake-up while it is missing");
    world.schedule.lack(false);
    assert_eq!(world.look(), NOTHING);
    assert_eq!(world.after(5), ["4 retry tidy prune a b"]);
    world.ended(4, End::UpToDate);
    world.schedule.lack(true);
    world.look();
    world.schedule.lack(false);
    world.look();
    assert_eq!(world.due(), None, "nothing is owed");
}
