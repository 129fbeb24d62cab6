//! From all manifests, what Kanto-CM lists and what the record knows to a plan.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::SystemTime;

use super::find::Finder;
use super::order;
use super::prune::{is_of_ours, plan_prune};
use super::recover::{nothing, Case};
use super::step::{Action, Plan, Step};
use crate::container::Container;
use crate::kanto_cm::Existing;
use crate::manifests_parser::Manifest;
use crate::record::{Entry, EntryState, Record};

/// What the command line says about deciding.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules {
    /// A container that differs from its manifest stays as it is.
    pub keep_existing: bool,
    /// What the record knows from earlier runs does not count.
    pub reapply: bool,
    /// Remove what was made from this manifests directory and has no manifest in it any more.
    pub prune: Option<String>,
    /// So many files of the directory hold no valid manifest. One of them may be for a container that would be pruned.
    pub invalid: usize,
    /// Why the manifests are looked at.
    pub occasion: Occasion,
    /// What was started after that, by Kanto-CM itself at its start or a restart policy, has yet to show that it keeps running.
    pub settled: Option<SystemTime>,
    /// The names of containers that are tried again although they were rolled back.
    pub forgiven: HashSet<String>,
    /// What interrupted replacements of containers without a manifest have left behind stays.
    pub leave_orphans: bool,
}

/// Why manifests are looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Occasion {
    /// Somebody runs this program.
    #[default]
    Run,
    /// The daemon begins. A job that has done its work is not started again.
    Begin,
    /// The daemon has seen somebody change the file, or touch it: what was rolled back is tried again.
    Touch,
    /// The daemon tries again what failed. A job that has done its work is not started again, and what runs has to keep running
    /// for the settling time to count as wanted.
    Retry,
}

/// Manifests that are not decided about. What belongs to them is nobody else's, and not gone.
#[derive(Debug, Clone, Default)]
pub struct Beside {
    /// That are there, or whose deployment began before: what is theirs already is not decided about.
    pub before: Vec<Arc<Manifest>>,
    /// Whose deployment began later: they have to leave alone what belongs to those that are decided about.
    pub after: Vec<Arc<Manifest>>,
}

impl Beside {
    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Manifest> + Clone {
        self.before.iter().chain(&self.after).map(|one| &**one)
    }
}

/// Decides what to do for each manifest, given what Kanto-CM lists and what was applied before.
pub fn plan(
    manifests: &[Manifest],
    beside: &Beside,
    existing: &[Existing],
    record: &Record,
    rules: &Rules,
) -> Plan {
    let all: Vec<&Manifest> = beside.all().chain(manifests).collect();
    // What a later one gives as its id may be what these find by its name.
    let before = beside.before.iter().map(|one| &**one);
    let first: Vec<&Manifest> = before.chain(manifests).collect();
    let mut finder = Finder::new(&first, existing, record);
    let taken = claim(&mut finder, &beside.before);
    let mut steps: Vec<Step> = manifests
        .iter()
        .map(|manifest| {
            let Container { id, name, .. } = &manifest.container;
            if taken.contains(id.as_str()) || taken.contains(name.as_str()) {
                being_deployed(name)
            } else {
                plan_step(manifest, &mut finder, record, rules)
            }
        })
        .collect();
    let starts: Vec<bool> = steps
        .iter()
        .map(|step| step.action.changes_anything())
        .collect();
    for neighbour in &beside.after {
        let _ = finder.find(&neighbour.container);
    }
    let after = order::after(manifests, &starts);
    for (step, after) in steps.iter_mut().zip(after) {
        step.after = after;
    }
    if !rules.leave_orphans {
        steps.extend(plan_orphans(&mut finder, record, rules));
    }
    append_pruned(&mut steps, plan_prune(&all, &finder, record, rules));
    name_orphans(&mut steps);
    Plan { steps }
}

/// What belongs to these is nobody else's. Tells their ids and names.
fn claim<'a>(finder: &mut Finder, manifests: &'a [Arc<Manifest>]) -> HashSet<&'a str> {
    let mut taken = HashSet::new();
    for manifest in manifests {
        let Container { id, name, .. } = &manifest.container;
        let _ = finder.find(&manifest.container);
        taken.extend([id.as_str(), name]);
    }
    taken.remove("");
    taken
}

/// What takes the place of a pruned container may need its ports.
fn append_pruned(steps: &mut Vec<Step>, pruned: Vec<Step>) {
    let behind = steps.len()..steps.len() + pruned.len();
    for step in steps.iter_mut().filter(|step| step.changes_anything()) {
        step.after.extend(behind.clone());
    }
    steps.extend(pruned);
}

/// Its file has just come under another name, say.
fn being_deployed(name: &str) -> Step {
    Step {
        name: name.to_owned(),
        ..Step::new(
            Action::Fail,
            "its container is being deployed for another manifest at this moment",
        )
    }
}

fn plan_step(manifest: &Manifest, finder: &mut Finder, record: &Record, rules: &Rules) -> Step {
    let wanted = &manifest.container;
    let mut step = match finder.find(wanted) {
        Err(reason) => Step::new(Action::Fail, reason),
        Ok(found) => {
            let id = found.container.map_or("", |one| &one.container.id);
            let entry = record.entry(&wanted.name, id);
            let entry = entry.filter(|one| !rules.reapply || record.is_of_this_run(one));
            let is_forgiven = |one: &&Entry| {
                one.state == EntryState::RolledBack && rules.forgiven.contains(&wanted.name)
            };
            let entry = entry.filter(|one| !is_forgiven(one));
            let case = Case {
                wanted: Some(wanted),
                entry,
                found,
                rules,
            };
            case.decide()
        }
    };
    step.name.clone_from(&wanted.name);
    step
}

/// What interrupted replacements left behind of containers that have no manifest (any more, or no valid one).
fn plan_orphans(finder: &mut Finder, record: &Record, rules: &Rules) -> Vec<Step> {
    let mut steps = Vec::new();
    while let Some((found, is_elsewhere)) = finder.next_orphan() {
        let helpers = found.helpers;
        match (is_elsewhere, found.container) {
            (Ok(true), Some(container)) => {
                // The container is a manifest's: its step decides, and these are not needed.
                let mut step = nothing(container);
                step.helpers.stale = helpers.ids();
                steps.push(step);
                continue;
            }
            (Err(reason), _) => {
                let name = helpers.stands_for().next().map_or("", |(_, name)| name);
                steps.push(Step {
                    name: name.to_owned(),
                    ..Step::new(Action::Fail, reason)
                });
                continue;
            }
            _ => {}
        }
        let name = helpers.stands_for().next().map_or("", |(_, name)| name);
        let id = found.container.map_or("", |one| &one.container.id);
        let entry = record.entry(name, id);
        let case = Case {
            wanted: None,
            entry,
            found,
            rules,
        };
        let mut step = case.decide();
        // It is looked at whether it is to be pruned when it is whole again.
        step.again |= entry.is_some_and(|entry| is_of_ours(entry, rules));
        steps.push(step);
    }
    steps
}

fn name_orphans(steps: &mut [Step]) {
    for step in steps {
        if let Some(orphan) = &step.orphan {
            step.name.clone_from(&orphan.name);
        }
    }
}
