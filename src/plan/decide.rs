//! From all manifests, what Kanto-CM lists and what the record knows to a plan.

use super::find::Finder;
use super::order;
use super::prune::plan_prune;
use super::recover::{nothing, Case};
use super::step::{Action, Plan, Step};
use crate::kanto_cm::Existing;
use crate::manifests_parser::Manifest;
use crate::record::Record;

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
}

/// Decides what to do for each manifest, given what Kanto-CM lists and what was applied before.
pub fn plan(manifests: &[Manifest], existing: &[Existing], record: &Record, rules: &Rules) -> Plan {
    let mut finder = Finder::new(manifests, existing, record);
    let mut steps: Vec<Step> = manifests
        .iter()
        .map(|manifest| plan_step(manifest, &mut finder, record, rules))
        .collect();
    let starts: Vec<bool> = steps
        .iter()
        .map(|step| step.action.changes_anything())
        .collect();
    let after = order::after(manifests, &starts);
    for (step, after) in steps.iter_mut().zip(after) {
        step.after = after;
    }
    steps.extend(plan_orphans(&mut finder, record, rules));
    let pruned = plan_prune(manifests, &finder, record, rules);
    // What takes the place of a pruned container may need its ports.
    let behind = steps.len()..steps.len() + pruned.len();
    for step in &mut steps {
        if step.changes_anything() {
            step.after.extend(behind.clone());
        }
    }
    steps.extend(pruned);
    name_orphans(&mut steps);
    Plan { steps }
}

fn plan_step(manifest: &Manifest, finder: &mut Finder, record: &Record, rules: &Rules) -> Step {
    let wanted = &manifest.container;
    let mut step = match finder.find(wanted) {
        Err(reason) => Step::new(Action::Fail, reason),
        Ok(found) => {
            let id = found.container.map_or("", |one| &one.container.id);
            let entry = record.entry(&wanted.name, id);
            let entry = entry.filter(|one| !rules.reapply || record.is_of_this_run(one));
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
        let case = Case {
            wanted: None,
            entry: record.entry(name, id),
            found,
            rules,
        };
        steps.push(case.decide());
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
