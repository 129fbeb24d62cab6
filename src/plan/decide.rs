//! From a manifest and its container to a step.

use super::find::Finder;
use super::{is_restarted_by_policy, order};
use std::collections::HashMap;

use crate::container::{differences, Difference};
use crate::kanto_cm::{Existing, Status};
use crate::manifests_parser::Manifest;

/// What to do for each manifest, in the manifests' order.
#[derive(Debug, Default)]
pub struct Plan {
    /// One a manifest.
    pub steps: Vec<Step>,
}

impl Plan {
    /// `vanished`: containers that Kanto-CM lists as running though their processes are gone. It has missed their ends, and
    /// only its restart helps; a Remove would ruin the id.
    pub fn fail_vanished(&mut self, vanished: &[&Existing]) {
        let pids: HashMap<&str, i64> = vanished
            .iter()
            .map(|one| (one.container.id.as_str(), one.state.pid))
            .collect();
        for step in &mut self.steps {
            let Action::Nothing { id } = &step.action else {
                continue;
            };
            if let Some(pid) = pids.get(id.as_str()) {
                step.reason = format!(
                    "Kanto-CM lists it as running, but its process {pid} is gone: restart Kanto-CM"
                );
                step.action = Action::Fail;
            }
        }
    }
}

/// What to do for one manifest.
#[derive(Debug)]
pub struct Step {
    /// What to do.
    pub action: Action,
    /// Why, for people.
    pub reason: String,
    /// In what the container that Kanto-CM holds differs from the manifest. It is left as it is.
    pub differences: Vec<Difference>,
    /// Steps (by their index) to be through with before this one starts its container.
    pub after: Vec<usize>,
    /// A container that healing left behind: the same one under the id that was ruined.
    pub leftover: Option<String>,
}

impl Step {
    /// Does it change anything in Kanto-CM?
    pub fn changes_anything(&self) -> bool {
        self.leftover.is_some() || self.action.changes_anything()
    }
}

/// What to do with a container.
#[derive(Debug, Clone)]
pub enum Action {
    /// There is none: create and start it.
    Create,
    /// It is there and does not run: start it.
    Start(Box<Existing>),
    /// It is paused: let it go on.
    Unpause(Box<Existing>),
    /// Its process ended and its restart policy will start it again: watch it, and start it only if that does not happen.
    LeaveToKantoCm(Box<Existing>),
    /// It runs.
    Nothing {
        /// Its id.
        id: String,
    },
    /// Nothing can be done, for the step's reason.
    Fail,
}

impl Action {
    fn changes_anything(&self) -> bool {
        !matches!(self, Action::Nothing { .. } | Action::Fail)
    }

    /// What would be done, for the output of a dry run.
    pub fn words(&self) -> &'static [&'static str] {
        match self {
            Action::Create => &["create", "start"],
            Action::Start(_) => &["start"],
            Action::Unpause(_) => &["unpause"],
            Action::LeaveToKantoCm(_) => &["wait"],
            Action::Nothing { .. } | Action::Fail => &[],
        }
    }

    /// The id of the container, where there is one.
    pub fn id(&self) -> Option<&str> {
        match self {
            Action::Start(one) | Action::Unpause(one) | Action::LeaveToKantoCm(one) => {
                Some(&one.container.id)
            }
            Action::Nothing { id } => Some(id),
            Action::Create | Action::Fail => None,
        }
    }
}

/// Decides what to do for each manifest, given what Kanto-CM lists.
pub fn plan(manifests: &[Manifest], existing: &[Existing]) -> Plan {
    let mut finder = Finder::new(existing);
    let mut steps: Vec<Step> = manifests
        .iter()
        .map(|manifest| plan_step(manifest, &mut finder))
        .collect();
    let starts: Vec<bool> = steps
        .iter()
        .map(|step| step.action.changes_anything())
        .collect();
    let after = order::after(manifests, &starts);
    for (step, after) in steps.iter_mut().zip(after) {
        step.after = after;
    }
    Plan { steps }
}

fn plan_step(manifest: &Manifest, finder: &mut Finder) -> Step {
    let found = match finder.find(manifest) {
        Ok(found) => found,
        Err(reason) => return Step::new(Action::Fail, reason),
    };
    let Some(container) = found.container else {
        return Step::new(Action::Create, "there is no such container".to_owned());
    };
    let (action, reason) = make_it_run(container);
    let differences = differences(&manifest.container, &container.container);
    Step {
        differences,
        leftover: found.leftover,
        ..Step::new(action, reason.to_owned())
    }
}

impl Step {
    fn new(action: Action, reason: String) -> Step {
        Step {
            action,
            reason,
            differences: Vec::new(),
            after: Vec::new(),
            leftover: None,
        }
    }
}

fn make_it_run(existing: &Existing) -> (Action, &'static str) {
    let boxed = || Box::new(existing.clone());
    match existing.state.status {
        Status::Running => (
            Action::Nothing {
                id: existing.container.id.clone(),
            },
            "it runs",
        ),
        Status::Paused => (Action::Unpause(boxed()), "it is paused"),
        Status::Exited if is_restarted_by_policy(existing) => (
            Action::LeaveToKantoCm(boxed()),
            "it has ended, and its restart policy starts it again",
        ),
        Status::Exited => (Action::Start(boxed()), "it has ended"),
        Status::Creating | Status::Created => (Action::Start(boxed()), "it has never run"),
        Status::Stopped => (Action::Start(boxed()), "it is stopped"),
        Status::Dead | Status::Unknown => (Action::Start(boxed()), "it does not run"),
    }
}
