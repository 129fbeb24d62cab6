//! What holds in every world, whatever happens in it, and how all of them end.

use std::collections::HashSet;

use super::jobs::Job;
use super::random::RandomWorld;
use super::*;
use crate::filewatcher::schedule::file::State;

const WORLDS: u64 = 3000;
const STEPS: usize = 120;

/// Does what the watcher does when it wakes up.
fn wake(world: &mut RandomWorld) {
    let running = world.jobs.iter().map(|job| job.request.number).collect();
    for order in world.schedule.next(world.now) {
        match order {
            Order::Deploy(request) => begin(world, request, &running),
            Order::Stop => panic!("nobody stops"),
        }
    }
    assert_eq!(world.schedule.next(world.now), [], "all was ordered");
    let due = world.schedule.due();
    assert!(due.map_or(true, |due| due > world.now), "a busy loop");
    check_jobs(world);
}

/// `running`: the requests that were running before.
fn begin(world: &mut RandomWorld, request: Request, running: &HashSet<u32>) {
    assert!(!world.saw_nothing, "{request:?}");
    // Without files and without tidying up, it only makes the worker read the directory again.
    assert!(!request.tidy || request.files.is_empty(), "{request:?}");
    if request.tidy {
        assert_eq!(request.trigger, Trigger::Retry);
        assert!(!world.jobs.iter().any(Job::is_cleanup), "{request:?}");
    }
    let is_in = |file: &String| request.files.contains(file);
    assert!(request.new.iter().all(is_in), "{request:?}");
    if let Some(files) = &request.prune {
        assert!(world.prunes && request.tidy);
        assert_eq!(*files, world.seen, "{request:?}");
    }
    world.ledger.ordered(&request, running, world.now);
    let content = |file: &String| (file.clone(), world.known(file).expect("it is there"));
    let contents = request.files.iter().map(content).collect();
    world.jobs.push(Job::new(request, contents));
}

fn check_jobs(world: &RandomWorld) {
    let jobs = &world.jobs;
    assert_eq!(world.schedule.is_idle(), jobs.is_empty());
    for job in jobs {
        for (file, content) in &job.contents {
            let is_newest = world.ledger.is_newest(file, job.request.number);
            let is_known = world.known(file) == Some(*content);
            assert!(!is_newest || is_known, "{file}: {job:?}");
        }
    }
    if !world.saw_nothing {
        let is_cleaning_up = jobs.iter().any(Job::is_cleanup);
        world.ledger.check(is_cleaning_up);
    }
}

/// Nothing happens any more, and everything works.
fn calm_down(world: &mut RandomWorld) {
    world.is_missing = false;
    world.look();
    wake(world);
    for _ in 0..1000 {
        if world.is_in_doubt {
            world.look();
        } else if !world.jobs.is_empty() {
            world.end(true);
        } else if let Some(due) = world.schedule.due() {
            world.now = due;
        } else {
            return;
        }
        wake(world);
    }
    panic!("it comes to no end");
}

fn check_end(world: &RandomWorld) {
    let files = &world.schedule.files;
    assert!(!world.ledger.is_untidy);
    let is_held_back = files.is_empty() || files.keys().any(|key| !world.is_valid(key));
    assert!(!world.ledger.owes_pruning || is_held_back, "a file is gone");
    assert!(files.keys().eq(world.files.keys()));
    for (key, file) in files.keys().zip(files.values()) {
        let last = world.ends.get(key).copied();
        let ended = |end: End| last == Some((world.files[key].version.content, end));
        // One that has become invalid because of another one while it was being deployed may be either.
        let is_right = match file.state {
            State::UpToDate => ended(End::UpToDate),
            State::RolledBack => ended(End::RolledBack),
            State::Invalid => !world.is_valid(key),
            State::Pending | State::Failed => false,
        };
        assert!(is_right, "{file:?}: {last:?}");
    }
}

#[test]
fn whatever_happens_everything_is_up_to_date_in_the_end() {
    for seed in 0..WORLDS {
        let world = std::panic::catch_unwind(|| {
            let mut world = RandomWorld::new(seed);
            for _ in 0..STEPS {
                world.step();
                wake(&mut world);
            }
            calm_down(&mut world);
            check_end(&world);
        });
        assert!(world.is_ok(), "in world {seed}");
    }
}

#[test]
fn whatever_happens_a_stop_comes_to_its_end() {
    for seed in 0..WORLDS / 10 {
        let mut world = RandomWorld::new(seed);
        for _ in 0..STEPS / 2 {
            world.step();
            wake(&mut world);
        }
        let stop: &[Order] = if world.jobs.is_empty() {
            &[]
        } else {
            &[Order::Stop]
        };
        assert_eq!(world.schedule.stop(), stop);
        while !world.jobs.is_empty() {
            world.look();
            world.end(false);
            assert_eq!(world.schedule.next(world.now), []);
            assert_eq!(world.schedule.due(), None);
        }
        assert!(world.schedule.is_idle(), "in world {seed}");
    }
}
