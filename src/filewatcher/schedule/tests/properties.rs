//! What holds in every world, whatever happens in it, and how all of them end.

use std::collections::HashSet;

use super::jobs::Job;
use super::random::RandomWorld;
use super::*;
use crate::filewatcher::schedule::file::State;
use crate::filewatcher::schedule::MOST_BATCHES;

const WORLDS: u64 = 3000;
const STEPS: usize = 120;

/// Does what the watcher does when it wakes up.
fn wake(world: &mut RandomWorld) {
    for order in world.schedule.next(world.now) {
        match order {
            Order::GiveUp(number) => {
                let mut jobs = world.jobs.iter_mut();
                let job = jobs.find(|job| job.batch.number == number);
                let job = job.expect("what is given up is running");
                assert!(!job.is_given_up, "twice: {number}");
                job.is_given_up = true;
            }
            Order::Deploy(batch) => begin(world, batch),
        }
    }
    assert_eq!(world.schedule.next(world.now), [], "all was ordered");
    let due = world.schedule.due();
    assert!(due.map_or(true, |due| due > world.now), "a busy loop");
    check_jobs(world);
}

fn begin(world: &mut RandomWorld, batch: Batch) {
    assert_eq!(batch.tidy, batch.files.is_empty(), "{batch:?}");
    if batch.tidy {
        assert_eq!(batch.cause, Cause::Retry);
        assert!(world.jobs.is_empty() && !world.saw_nothing, "{batch:?}");
    }
    for job in &world.jobs {
        assert!(!job.is_chore(), "beside a chore: {batch:?}");
        let mut files = job.batch.files.iter();
        let is_gone = files.any(|file| !world.seen.contains(file));
        assert!(!is_gone, "beside what is gone: {batch:?}");
    }
    let is_in = |file: &String| batch.files.contains(file);
    assert!(batch.new.iter().all(is_in), "{batch:?}");
    if let Some(files) = &batch.prune {
        assert!(world.prunes && batch.tidy);
        assert_eq!(*files, world.seen, "{batch:?}");
    }
    let is_free = world.jobs.is_empty() && !world.saw_nothing;
    world.ledger.begun(&batch, is_free, world.now);
    let content = |file: &String| (file.clone(), world.known(file).expect("it is there"));
    let contents = batch.files.iter().map(content).collect();
    world.jobs.push(Job::new(batch, contents));
}

fn check_jobs(world: &RandomWorld) {
    let jobs = &world.jobs;
    assert_eq!(world.schedule.is_idle(), jobs.is_empty());
    assert!(jobs.len() <= MOST_BATCHES, "{jobs:?}");
    assert!(jobs.len() <= 1 || !jobs.iter().any(Job::is_chore));
    let mut files = HashSet::new();
    for job in jobs {
        let is_first = |file: &String| files.insert(file.clone());
        assert!(job.batch.files.iter().all(is_first), "deployed twice");
        let is_outdated = |(file, content): (&String, &u64)| world.known(file) != Some(*content);
        if job.contents.iter().any(is_outdated) {
            assert!(job.is_given_up, "{job:?}");
        }
    }
}

/// Nothing happens any more, and everything works.
fn calm_down(world: &mut RandomWorld) {
    world.is_missing = false;
    world.look();
    wake(world);
    for _ in 0..100 {
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
    let is_held_back = files.is_empty() || files.iter().any(|file| !world.is_valid(&file.key));
    assert!(!world.ledger.owes_pruning || is_held_back, "a file is gone");
    assert!(files.iter().map(|file| &file.key).eq(world.files.keys()));
    for file in files {
        let key = &file.key;
        let last = world.ends.get(key).copied();
        let ended = |end: End| last == Some((world.files[key].version.content, end));
        // One that has become invalid because of another one while it was being deployed may be either.
        let is_right = match file.state {
            State::AsWanted => ended(End::AsWanted),
            State::RolledBack => ended(End::RolledBack),
            State::Invalid => !world.is_valid(key),
            State::Pending | State::Failed => false,
        };
        assert!(is_right, "{file:?}: {last:?}");
    }
}

#[test]
fn whatever_happens_everything_is_as_wanted_in_the_end() {
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
        world.schedule.stop();
        while !world.jobs.is_empty() {
            world.look();
            world.end(false);
            assert_eq!(world.schedule.next(world.now), []);
            assert_eq!(world.schedule.due(), None);
        }
        assert!(world.schedule.is_idle(), "in world {seed}");
    }
}
