//! What holds for every plan, seen in some hundred random worlds.

use super::random::World;
use super::*;
use crate::container::{differences, is_containerd_id, is_healed_either_way, is_reserved};
use crate::random::Random;

const WORLDS: u64 = 2000;

/// Every world, and a generator for what is to be done to it.
fn in_all_worlds(mut check: impl FnMut(World, &mut Random, u64)) {
    for seed in 0..WORLDS {
        check(World::random(seed), &mut Random::new(!seed), seed);
    }
}

/// A step, but for the places of others in the plan.
fn told(step: &Step) -> String {
    format!("{step:?}").replace(&format!("after: {:?}", step.after), "")
}

fn sorted(plan: &Plan) -> Vec<String> {
    let mut steps: Vec<String> = plan.steps.iter().map(told).collect();
    steps.sort_unstable();
    steps
}

/// The ids of all that a step removes.
fn removals(step: &Step) -> Vec<String> {
    let mut ids = [&step.helpers.stale[..], &step.helpers.spent].concat();
    ids.extend(step.leftovers.clone());
    match &step.action {
        Action::Remove(gone) => ids.push(gone.container.id.clone()),
        Action::Replace(replacement) => {
            ids.extend([replacement.next.clone(), replacement.prev.clone()]);
            let goes = replacement.existing().map(|one| one.container.id.clone());
            ids.extend(goes);
        }
        _ => {}
    }
    ids.sort_unstable();
    ids.dedup(); // without a `kad-next`, `kad-prev` stands for both
    ids
}

/// What an interrupted replacement has left of a container without a manifest is put in order first, and pruned by the
/// next run.
fn is_pruning_of_an_orphan(step: &Step, before: &Plan) -> bool {
    let was_orphan = |one: &&Step| one.orphan.is_some() && one.name == step.name;
    matches!(step.action, Action::Remove(_)) && before.steps.iter().any(|one| was_orphan(&one))
}

#[test]
fn after_a_run_there_is_nothing_to_do() {
    in_all_worlds(|mut world, _, seed| {
        let before = format!("{world:?}");
        let first = world.run();
        let again = world.run();
        let is_fine =
            |step: &Step| !step.changes_anything() || is_pruning_of_an_orphan(step, &first);
        assert!(
            again.steps.iter().all(is_fine),
            "{seed}: {before}\n{first:?}\n{again:?}"
        );
        assert!(
            changes_nothing(&world.plan()),
            "{seed}: {before}\n{again:?}"
        );
    });
}

/// Of helpers for one of several containers with the same name and no manifest it cannot be told whose they are.
fn is_ambiguous(world: &World, helper: &Existing) -> bool {
    let name = helper.container.helper().expect("a helper").name;
    let of_that_name = world
        .existing
        .iter()
        .filter(|one| one.container.name == name);
    of_that_name.count() > 1
}

#[test]
fn after_a_run_what_did_not_fail_is_as_its_manifest_asks() {
    in_all_worlds(|mut world, _, seed| {
        let first = world.run();
        let is_through = |step: &Step| !matches!(step.action, Action::Fail);
        let helpers = world
            .existing
            .iter()
            .filter(|one| one.container.helper().is_some());
        for helper in helpers.filter(|_| first.steps.iter().all(is_through)) {
            assert!(is_ambiguous(&world, helper), "{seed}: {helper:?}");
        }
        let last = world.plan();
        for (manifest, step) in world.manifests.iter().zip(&last.steps) {
            if !is_through(step) || step.verdict.is_some() || step.leaves_differences() {
                continue;
            }
            let id = step.action.id().expect("a container");
            let one = world
                .existing
                .iter()
                .find(|one| one.container.id == id)
                .unwrap();
            assert_eq!(
                differences(&manifest.container, &one.container),
                [],
                "{seed}"
            );
            assert_eq!(one.state.status, Status::Running, "{seed}");
        }
    });
}

#[test]
fn the_order_of_the_list_never_matters() {
    in_all_worlds(|mut world, random, seed| {
        let before = format!("{:?}", world.plan());
        random.shuffle(&mut world.existing);
        assert_eq!(before, format!("{:?}", world.plan()), "{seed}");
    });
}

#[test]
fn the_order_of_the_manifests_never_matters_for_what_is_done() {
    in_all_worlds(|mut world, random, seed| {
        let before = sorted(&world.plan());
        random.shuffle(&mut world.manifests);
        assert_eq!(before, sorted(&world.plan()), "{seed}");
    });
}

#[test]
fn a_helper_is_never_touched_as_a_container() {
    in_all_worlds(|world, _, seed| {
        for step in world.plan().steps {
            for id in step
                .leftovers
                .iter()
                .map(String::as_str)
                .chain(step.action.id())
            {
                assert!(!is_reserved(id), "{seed}: {step:?}");
            }
            let helpers = [&step.helpers.stale[..], &step.helpers.spent].concat();
            for id in &helpers {
                let is_it = |one: &&Existing| one.container.id == *id;
                let one = world
                    .existing
                    .iter()
                    .find(is_it)
                    .expect("one that is listed");
                assert!(one.container.helper().is_some(), "{seed}: {step:?}");
            }
            if let Action::Replace(replacement) = &step.action {
                let Replacement {
                    new,
                    old,
                    next,
                    prev,
                    ..
                } = &**replacement;
                assert!(is_reserved(next) && is_reserved(prev), "{seed}: {step:?}");
                assert!(
                    !is_reserved(&new.id) && !is_reserved(&old.id),
                    "{seed}: {step:?}"
                );
                assert!(
                    !is_reserved(&new.name) && !is_reserved(&old.name),
                    "{seed}: {step:?}"
                );
            }
        }
    });
}

#[test]
fn what_kanto_cm_takes_for_a_path_is_never_removed() {
    let mut unsafe_ones = 0;
    in_all_worlds(|world, _, seed| {
        let ids = world.existing.iter().map(|one| &one.container.id);
        unsafe_ones += ids.filter(|id| !is_containerd_id(id)).count();
        for step in world.plan().steps {
            for id in removals(&step) {
                assert!(is_containerd_id(&id), "{seed}: {id} in {step:?}");
            }
        }
    });
    assert!(unsafe_ones > 100, "{unsafe_ones}");
}

#[test]
fn only_what_is_known_to_be_made_from_here_is_pruned() {
    let mut pruned = 0;
    in_all_worlds(|world, _, seed| {
        for step in world.plan().steps {
            let Action::Remove(gone) = &step.action else {
                continue;
            };
            let id = &gone.container.id;
            let is_healed = |entry: &&Entry| {
                entry.name == gone.container.name && is_healed_either_way(&entry.id, id)
            };
            let entries = world.record.entries();
            let entry = entries.iter().find(|entry| entry.id == *id);
            let entry = entry
                .or_else(|| entries.iter().find(is_healed))
                .expect("an entry");
            assert!(
                entry.created && entry.directory == "/m",
                "{seed}: {entry:?}"
            );
            assert_eq!(
                digest_but_for_id(&gone.container),
                entry.made,
                "{seed}: {entry:?}"
            );
            let is_claimed = |manifest: &Manifest| {
                manifest.container.name == entry.name || manifest.container.id == *id
            };
            assert!(!world.manifests.iter().any(is_claimed), "{seed}: {entry:?}");
            assert!(world.rules.prune.is_some() && world.rules.invalid == 0);
            pruned += 1;
        }
    });
    assert!(pruned > 20, "{pruned}");
}

#[test]
fn one_container_is_removed_or_changed_by_one_step_only() {
    in_all_worlds(|world, _, seed| {
        let steps = world.plan().steps;
        let by_step: Vec<Vec<String>> = steps.iter().map(removals).collect();
        let mut ids = by_step.concat();
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all, "{seed}: {by_step:?} {steps:#?}");
    });
}
