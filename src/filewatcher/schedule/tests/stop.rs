//! How everything ends.

use super::*;

const NOTHING: [&str; 0] = [];

#[test]
fn a_stop_ends_what_is_running_and_nothing_is_ordered_any_more() {
    let mut world = World::new(true, &["a", "b"]);
    world.look();
    world.change(&["c"]);
    world.ended(1, End::Failed);
    world.schedule.hurry(world.now);
    world.schedule.kanto_cm_restarted(world.now);
    assert_eq!(world.schedule.stop(), [Order::Stop]);
    assert!(world.schedule.is_stopping() && !world.schedule.is_idle());
    assert_eq!(world.change(&["d"]), NOTHING);
    assert_eq!(world.ended(2, End::Unfinished), NOTHING);
    assert!(world.schedule.is_idle());
    assert_eq!(world.after(1000), NOTHING);
    assert_eq!(world.due(), None);
}

#[test]
fn with_nothing_running_a_stop_orders_nothing() {
    let mut world = World::with(&["a"]);
    assert_eq!(world.schedule.stop(), []);
    assert!(world.schedule.is_stopping() && world.schedule.is_idle());
    assert_eq!(World::new(true, &["a"]).schedule.stop(), []);
}

#[test]
fn a_stop_ends_a_cleanup_too() {
    let mut world = World::new(false, &[]);
    world.tidies = true;
    world.look();
    assert_eq!(world.schedule.stop(), [Order::Stop]);
    let end = world.incomplete(0, &[]);
    assert_eq!(world.take(&end), NOTHING);
    assert!(world.schedule.is_idle());
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
