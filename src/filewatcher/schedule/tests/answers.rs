//! What becomes of requests that are lost, and what their ends show about the files.

use super::*;

const NOTHING: [&str; 0] = [];

#[test]
fn what_was_lost_is_tried_again_after_a_backoff() {
    let mut world = World::with(&["a", "b"]);
    world.change(&["a"]);
    world.change(&["b"]);
    let backoffs = world.schedule.lost(world.now, 0);
    let five = Duration::from_secs(5);
    let names = ["container-a".to_owned(), "container-b".to_owned()];
    assert_eq!(backoffs, names.map(|name| (five, name)));
    assert!(world.schedule.is_idle());
    assert_eq!(world.next(), ["4 retry tidy"]);
    assert_eq!(world.ended(4, End::UpToDate), NOTHING);
    assert_eq!(world.after(5), ["5 change a b"]);
}

#[test]
fn what_was_deployed_is_compared_with_what_is_there_now() {
    let mut world = World::with(&["a"]);
    let first = world.files["a"];
    world.change(&["a"]);
    assert!(!world.schedule.is_in_doubt());
    // It was back to what it was before when the request read it, and is changed again before anybody looks.
    let mut read = world.finished(2, &[("a", End::UpToDate)], Some(&[]));
    read.results[0].content = Some(first.content);
    assert_eq!(world.take(&read), NOTHING, "not before a look");
    assert!(world.schedule.is_in_doubt() && !world.schedule.is_in_doubt());
    assert_eq!(world.look(), ["3 change a*"]);
}

#[test]
fn what_is_heard_of_a_lost_request_comes_too_late() {
    let mut world = World::with(&["a"]);
    world.change(&["a"]);
    assert_eq!(world.lost(), ["3 retry tidy"]);
    let late = world.incomplete(2, &[("a", End::UpToDate)]);
    assert_eq!(world.take(&late), NOTHING);
    assert_eq!(world.ended(3, End::UpToDate), NOTHING);
    assert_eq!(world.due(), Some(5));
}

#[test]
fn what_was_deployed_already_is_no_news() {
    let mut world = World::with(&["a"]);
    world.change(&["a"]);
    world.write(&["a"]);
    // The request has read what nobody has seen yet.
    assert_eq!(world.ended(2, End::UpToDate), NOTHING);
    assert!(world.schedule.is_in_doubt());
    assert_eq!(world.look(), NOTHING);
}

#[test]
fn what_was_read_as_it_was_found_leaves_no_doubt() {
    let mut world = World::with(&["a"]);
    world.change(&["a"]);
    world.ended(2, End::UpToDate);
    assert!(!world.schedule.is_in_doubt());
}

#[test]
fn what_was_not_read_leaves_no_doubt() {
    let mut world = World::with(&["a"]);
    world.change(&["a"]);
    let unread = world.finished(2, &[("a", End::NotBegun)], None);
    world.take(&unread);
    assert!(!world.schedule.is_in_doubt());
}

#[test]
fn there_is_no_doubt_about_what_is_known_to_be_other_than_what_was_deployed() {
    let mut world = World::with(&["a"]);
    world.change(&["a"]);
    let old = world.finished(2, &[("a", End::UpToDate)], Some(&[]));
    world.write(&["a"]);
    world.changes();
    assert_eq!(world.take(&old), ["3 change a*"]);
    assert!(!world.schedule.is_in_doubt());
    assert_eq!(world.look(), NOTHING);
}
