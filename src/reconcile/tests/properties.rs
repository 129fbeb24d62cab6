//! Repeated `next_call` comes to an end from every state that a killed run can leave. Then the desired container runs, or the one
//! before it if the new one fails. No stand-in is left, and a second run changes nothing.

use super::model::World;
use super::*;
use crate::random::Random;

fn is_running(world: &World, number: u32) -> bool {
    let env = format!("VERSION={number}");
    let mut containers = world.containers.iter();
    containers.any(|container| {
        container.listed.env == [env.clone()] && container.state.status == Status::Running
    })
}

/// After a run that came to its end.
#[track_caller]
fn check_end(world: &World, is_good: bool) {
    let stand_ins = world
        .containers
        .iter()
        .filter(|container| container.listed.stand_in().is_some());
    assert_eq!(stand_ins.count(), 0, "{:?}\n{:?}", world.calls, world.rows);
    assert_eq!(world.containers.len(), 1, "{:?}", world.calls);
    let number = if is_good { 2 } else { 1 };
    assert!(
        is_running(world, number),
        "version {number}: {:?}\n{:?}",
        world.calls,
        world.rows
    );
}

#[test]
fn a_replacement_killed_at_every_call_comes_to_its_end() {
    for (is_failing, is_refused) in [(false, false), (true, false), (false, true)] {
        for kill_at in 0..20 {
            for kill_again_at in [None, Some(0), Some(1), Some(2), Some(3)] {
                let mut world = World::new(vec![observed(&version("a", 1), Status::Running)]);
                if is_failing {
                    world.failing.push("VERSION=2".to_owned());
                }
                if is_refused {
                    world.refused.push("VERSION=2".to_owned());
                }
                let second = || desired(version("a", 2));
                let ended = world.run(second(), Some(kill_at)).is_some();
                if let (false, Some(at)) = (ended, kill_again_at) {
                    let _ = world.run(second(), Some(at));
                }
                let _ = world.run(second(), None);
                check_end(&world, !is_failing && !is_refused);
                world.calls.clear();
                let _ = world.run(second(), None).unwrap();
                let changes = world.calls.iter().filter(|call| *call != "wait");
                let is_pulled_again =
                    |call: &&String| is_refused && call.starts_with("Create kad-next");
                assert_eq!(
                    changes.filter(|call| !is_pulled_again(call)).count(),
                    0,
                    "{:?}",
                    world.calls
                );
            }
        }
    }
}

#[test]
fn a_manifest_that_changes_between_killed_runs() {
    for seed in 0..3000 {
        let mut random = Random::new(seed);
        let mut world = World::new(vec![observed(&version("a", 1), Status::Running)]);
        for number in [2, 3, 4] {
            if random.chance(30) {
                world.failing.push(format!("VERSION={number}"));
            }
            if random.chance(10) {
                world.refused.push(format!("VERSION={number}"));
            }
        }
        for _ in 0..random.below(6) {
            let number = random.pick(&[Some(1), Some(2), Some(3), Some(4), None]);
            let desired = number.and_then(|number| desired(version("a", number)));
            if random.chance(20) {
                world.boot += 1;
            }
            if random.chance(20) {
                let ruined = random.pick(&["a", "a-2"]);
                world.ruined_ids.push(ruined.to_owned());
            }
            let _ = world.run(desired, Some(random.below(12)));
        }
        world.run(desired(version("a", 1)), None).unwrap();
        check_end(&world, false);
    }
}
