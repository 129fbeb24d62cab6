//! Random worlds: manifests, what Kanto-CM holds, and what was recorded. The same seed gives the same world.

use super::*;
use crate::random::Random;

/// What a plan is made of.
#[derive(Debug)]
pub(super) struct World {
    pub(super) manifests: Vec<Manifest>,
    pub(super) existing: Vec<Existing>,
    pub(super) record: Record,
    pub(super) rules: Rules,
}

impl World {
    pub(super) fn plan(&self) -> Plan {
        plan_with(&self.manifests, &self.existing, &self.record, &self.rules)
    }

    /// Of five containers and their manifests, none of which can be taken for another's.
    pub(super) fn random(seed: u64) -> World {
        let mut random = Random::new(seed);
        let mut world = World {
            manifests: Vec::new(),
            existing: Vec::new(),
            record: Record::none(),
            rules: rules(&mut random),
        };
        for name in ["a", "b", "c", "d", "e"] {
            world.add(&mut random, name);
        }
        world
    }

    /// One container in some state of its life, with or without each of: a manifest, itself, helpers, an entry.
    fn add(&mut self, random: &mut Random, name: &str) {
        let wanted = configuration(random, name);
        let before = configuration(random, name);
        let id = if random.chance(50) {
            name.to_owned()
        } else {
            format!("id-of-{name}")
        };
        let held = if random.chance(40) { &wanted } else { &before };
        if random.chance(70) {
            let id = if random.chance(10) {
                format!("{id}--unsafe")
            } else {
                id.clone()
            };
            self.existing.push(existing(random, held, &id));
        }
        if random.chance(10) {
            self.existing
                .push(existing(random, held, &format!("{id}-2")));
        }
        for role in [Role::Next, Role::Prev] {
            if random.chance(30) {
                let held = random.pick(&[&wanted, &before]);
                self.existing.push(helper(role, held, &id));
            }
        }
        if random.chance(60) {
            let entry = recorded(random, &[&wanted, &before], &id);
            self.record.put(entry);
        }
        if random.chance(75) {
            self.manifests.push(wanted);
        }
    }
}

fn rules(random: &mut Random) -> Rules {
    Rules {
        keep_existing: random.chance(25),
        reapply: random.chance(25),
        prune: random.chance(60).then(|| "/m".to_owned()),
        invalid: usize::from(random.chance(15)),
        ..Rules::default()
    }
}

fn configuration(random: &mut Random, name: &str) -> Manifest {
    let mut one = manifest(r#"{"image": {"name": "i:1"}}"#);
    let container = &mut one.container;
    name.clone_into(&mut container.name);
    if random.chance(50) {
        name.clone_into(&mut container.id);
    }
    container.env = vec![format!("LEVEL={}", random.below(2))];
    let host = &mut container.host_config;
    host.restart_policy.kind = random.pick(&["", "always", "no", "on-failure"]).to_owned();
    host.resources.memory = random.pick(&["", "10M"]).to_owned();
    host.resources.memory_swap = match host.resources.memory.as_str() {
        "" => String::new(),
        _ => random.pick(&["", "-1"]).to_owned(),
    };
    one
}

fn existing(random: &mut Random, held: &Manifest, id: &str) -> Existing {
    let status = random.pick(&[
        Status::Running,
        Status::Running,
        Status::Created,
        Status::Stopped,
        Status::Paused,
        Status::Exited,
        Status::Dead,
    ]);
    listed(held, id, status)
}

fn recorded(random: &mut Random, held: &[&Manifest], id: &str) -> Entry {
    let state = random.pick(&[
        EntryState::Applied,
        EntryState::RolledBack,
        EntryState::Trying,
    ]);
    let held = random.pick(held);
    Entry {
        created: random.chance(70),
        directory: random.pick(&["/m", "/m", "/other"]).to_owned(),
        ..entry(held, id, state)
    }
}
