//! What is removed because its manifest is gone, and every clause of the fuse: each case but the first differs from it in
//! one thing, and that thing keeps the container.

use super::*;

/// What a case can change.
struct World {
    manifests: Vec<Manifest>,
    existing: Vec<Existing>,
    entry: Entry,
    rules: Rules,
}

/// The manifest of `a` is gone, `b` is there.
fn world() -> World {
    let mut other = named("b", &[]);
    other.container.id = "b".to_owned();
    World {
        existing: vec![
            listed(&level("info"), "x", Status::Running),
            listed(&other, "b", Status::Running),
        ],
        manifests: vec![other],
        entry: entry(&level("info"), "x", EntryState::Applied),
        rules: Rules {
            prune: Some("/m".to_owned()),
            ..Rules::default()
        },
    }
}

fn removed(world: &World) -> Vec<String> {
    let record = record(std::slice::from_ref(&world.entry));
    let plan = plan_with(&world.manifests, &world.existing, &record, &world.rules);
    let removals = plan.steps.iter().filter_map(|step| match &step.action {
        Action::Remove(gone) => Some(step.leftovers.iter().chain([&gone.container.id])),
        _ => None,
    });
    removals.flatten().cloned().collect()
}

#[test]
fn what_was_made_from_here_and_has_no_manifest_is_removed() {
    for status in [
        Status::Running,
        Status::Stopped,
        Status::Paused,
        Status::Exited,
    ] {
        let mut world = world();
        world.existing[0].state.status = status;
        assert_eq!(removed(&world), ["x"], "{status:?}");
    }
}

#[test]
fn one_that_was_healed_is_removed_too() {
    let mut world = world();
    world.existing[0].container.id = "x-2".to_owned();
    world.entry.id = "x-2".to_owned();
    assert_eq!(removed(&world), ["x-2"]);
    // By a run that was killed before it had said so.
    world.entry.id = "x".to_owned();
    assert_eq!(removed(&world), ["x-2"]);
    world.existing[0].container.name = "other".to_owned();
    assert_eq!(removed(&world), [""; 0]);
}

/// The Remove of the ruined one was refused, and the record may know either.
#[test]
fn what_healing_has_left_behind_goes_with_it() {
    for (recorded, removals) in [("x", ["x-4", "x"]), ("x-4", ["x", "x-4"])] {
        let mut world = world();
        world.entry.id = recorded.to_owned();
        let mut healed = world.existing[0].clone();
        healed.container.id = "x-4".to_owned();
        world.existing.push(healed);
        assert_eq!(removed(&world), removals);
        world.existing[2].container.env.clear();
        let kept = if recorded == "x" { vec!["x"] } else { vec![] };
        assert_eq!(removed(&world), kept, "somebody has changed x-4");
    }
}

type Clause = (&'static str, fn(&mut World));

#[rustfmt::skip]
const FUSE: [Clause; 13] = [
    ("no --prune", |world| world.rules.prune = None),
    ("no manifest at all", |world| world.manifests.clear()),
    ("an invalid manifest", |world| world.rules.invalid = 1),
    ("another directory", |world| world.entry.directory = "/other".to_owned()),
    ("made by somebody else", |world| world.entry.created = false),
    ("not recorded", |world| { world.entry.id = "z".to_owned(); world.entry.name = "z".to_owned(); }),
    ("recorded under another id", |world| world.entry.id = "y".to_owned()),
    ("changed by somebody else", |world| world.existing[0].container.env.clear()),
    ("renamed by somebody else", |world| world.existing[0].container.name = "c".to_owned()),
    ("limits changed by somebody else", |world| {
        world.existing[0].container.host_config.resources.memory = "10M".to_owned();
    }),
    ("its name is claimed", |world| {
        world.manifests.push(anonymous("debug"));
        world.existing.push(listed(&anonymous("debug"), "y", Status::Running));
        world.manifests[1].container.id = "y".to_owned();
    }),
    ("its id is claimed", |world| {
        world.manifests.push(level("info"));
        world.manifests[1].container.name = "c".to_owned();
    }),
    ("an id that is a path", |world| {
        world.existing[0].container.id = "..".to_owned();
        world.entry.id = "..".to_owned();
    }),
];

#[test]
fn each_clause_of_the_fuse_keeps_it() {
    for (clause, change) in FUSE {
        let mut world = world();
        change(&mut world);
        assert_eq!(removed(&world), [""; 0], "{clause}");
    }
}

#[test]
fn what_changes_anything_comes_after_it() {
    let mut world = world();
    world.manifests.push(named("c", &[]));
    let record = record(&[world.entry]);
    let plan = plan_with(&world.manifests, &world.existing, &record, &world.rules);
    let after: Vec<&[usize]> = plan.steps.iter().map(|step| &step.after[..]).collect();
    assert_eq!(after, [&[][..], &[2], &[]], "{plan:?}");
    let step = &plan.steps[2];
    let told = (step.words(), step.name.as_str(), step.reason.as_str());
    assert_eq!(told, (vec!["remove"], "a", "its manifest is gone"));
}
