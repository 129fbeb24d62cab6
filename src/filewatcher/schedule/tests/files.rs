//! What is ordered when files come, change, are touched and go.

use super::*;

const NOTHING: [&str; 0] = [];

#[test]
fn the_first_look_deploys_everything() {
    let mut world = World::new(false, &["b", "a"]);
    assert_eq!(world.next(), NOTHING, "nobody has looked");
    assert_eq!(world.look(), ["1 start a* b*"]);
    assert!(!world.schedule.is_idle());
    assert_eq!(world.ended(1, End::UpToDate), NOTHING);
    assert!(world.schedule.is_idle());
    assert_eq!(world.due(), None);
}

#[test]
fn what_comes_later_or_has_new_content_is_deployed() {
    let mut world = World::with(&["a", "b"]);
    assert_eq!(world.change(&["c"]), ["2 change c*"]);
    assert_eq!(world.change(&["b", "a"]), ["3 change a* b*"]);
}

#[test]
fn what_is_touched_is_looked_after() {
    let mut world = World::with(&["a", "b"]);
    world.touch("b");
    assert_eq!(world.look(), ["2 touch b"]);
    assert_eq!(world.ended(2, End::UpToDate), NOTHING);
    assert_eq!(world.look(), NOTHING);
}

#[test]
fn new_content_that_is_touched_before_it_is_deployed_is_new_all_the_same() {
    let mut world = World::with(&["a"]);
    world.write(&["a"]);
    world.changes();
    world.touch("a");
    assert_eq!(world.look(), ["2 change a*"]);
}

#[test]
fn what_goes_leaves_its_container() {
    let mut world = World::with(&["a", "b"]);
    world.remove("a");
    assert_eq!(world.look(), NOTHING);
    assert_eq!(world.due(), None);
    assert_eq!(world.change(&["a"]), ["2 change a*"], "back again");
}

#[test]
fn a_look_tells_what_is_new() {
    let mut world = World::new(false, &["a", "b", "c", "d", "e"]);
    let names = |names: &[&str]| -> Vec<String> { names.iter().map(ToString::to_string).collect() };
    assert_eq!(world.changes().changed, names(&["a", "b", "c", "d", "e"]));
    assert_eq!(world.changes(), FileChanges::default());
    world.remove("a");
    world.remove("b");
    world.touch("c");
    world.write(&["d", "f"]);
    world.remove("e");
    let changes = FileChanges {
        changed: names(&["d", "f"]),
        touched: names(&["c"]),
        gone: names(&["a", "b", "e"]),
    };
    assert_eq!(world.changes(), changes);
    assert_eq!(world.changes(), FileChanges::default());
}

#[test]
fn requests_run_side_by_side() {
    let mut world = World::new(false, &["a"]);
    world.look();
    assert_eq!(world.change(&["b"]), ["2 change b*"]);
    assert_eq!(world.change(&["c"]), ["3 change c*"]);
    assert_eq!(world.ended(2, End::UpToDate), NOTHING);
    assert!(!world.schedule.is_idle());
}
