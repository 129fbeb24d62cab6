//! What a plan is made of.

use std::collections::HashMap;

use super::Replacement;
use crate::container::{Container, Difference};
use crate::kanto_cm::{Existing, Update};

/// What to do for each manifest, in the manifests' order, and then for each container without one.
#[derive(Debug, Default)]
pub struct Plan {
    /// One a manifest first. Behind them: what interrupted replacements left behind, and what is to be pruned.
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

/// What to do for one container.
#[derive(Debug, Default)]
pub struct Step {
    /// The container's name.
    pub name: String,
    /// What to do.
    pub action: Action,
    /// Why, for people.
    pub reason: String,
    /// In what the container that Kanto-CM holds differs from the manifest.
    pub differences: Vec<Difference>,
    /// Steps (by their index) to be through with before this one starts its container.
    pub after: Vec<usize>,
    /// To be changed in place before the action.
    pub update: Option<Update>,
    /// The manifest counts as failed although its container is made to run: why.
    pub verdict: Option<String>,
    /// What healing left behind: the same container under ids that were ruined.
    pub leftovers: Vec<String>,
    /// What replacements have left behind.
    pub helpers: Helpers,
    /// Should the container not start: it may be half removed, and this is how it comes back.
    pub way_back: Option<Box<Replacement>>,
    /// The container without a manifest that an interrupted replacement is about.
    pub orphan: Option<Box<Container>>,
    /// It runs, with this restart count, and has yet to show that it keeps running.
    pub doubted: Option<i64>,
    /// The manifest asks for more: plan once more when this step is through.
    pub again: bool,
}

/// Ids of helpers that are not needed any more.
#[derive(Debug, Default)]
pub struct Helpers {
    /// To be removed before anything else is done.
    pub stale: Vec<String>,
    /// To be removed when the container is there: they hold its image.
    pub spent: Vec<String>,
    /// A Remove of the container with this id may be under way, begun by a run that was interrupted.
    pub removing: Option<String>,
}

/// What to do with a container.
#[derive(Debug, Clone, Default)]
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
    /// Put another one in its place, or go on with that.
    Replace(Box<Replacement>),
    /// Its manifest is gone: remove it.
    Remove(Box<Existing>),
    /// Nothing can be done, for the step's reason.
    #[default]
    Fail,
}

impl Step {
    pub(super) fn new(action: Action, reason: impl Into<String>) -> Step {
        Step {
            action,
            reason: reason.into(),
            ..Step::default()
        }
    }

    /// Does it change anything in Kanto-CM?
    pub fn changes_anything(&self) -> bool {
        self.update.is_some() || self.tidies_up() || self.action.changes_anything()
    }

    /// Does it take up something that was interrupted?
    pub fn tidies_up(&self) -> bool {
        !self.leftovers.is_empty()
            || !self.helpers.stale.is_empty()
            || !self.helpers.spent.is_empty()
            || self.action.is_under_way()
    }

    /// Is the container left to differ from its manifest?
    pub fn leaves_differences(&self) -> bool {
        let is_changed = self.update.is_some() || matches!(self.action, Action::Replace(_));
        !self.differences.is_empty() && !is_changed
    }

    /// What would be done, for the output of a dry run.
    pub fn words(&self) -> Vec<&'static str> {
        let update = self.update.iter().map(|_| "update");
        update.chain(self.action.words().iter().copied()).collect()
    }
}

impl Action {
    pub(super) fn changes_anything(&self) -> bool {
        !matches!(self, Action::Nothing { .. } | Action::Fail)
    }

    /// Is it a replacement that an earlier run or round has begun?
    pub fn is_under_way(&self) -> bool {
        matches!(self, Action::Replace(replacement) if replacement.is_under_way())
    }

    fn words(&self) -> &'static [&'static str] {
        match self {
            Action::Create => &["create", "start"],
            Action::Start(_) => &["start"],
            Action::Unpause(_) => &["unpause"],
            Action::LeaveToKantoCm(_) => &["wait"],
            Action::Replace(replacement) => replacement.words(),
            Action::Remove(_) => &["remove"],
            Action::Nothing { .. } | Action::Fail => &[],
        }
    }

    /// The id of the container, where there is one.
    pub fn id(&self) -> Option<&str> {
        match self {
            Action::Start(one)
            | Action::Unpause(one)
            | Action::LeaveToKantoCm(one)
            | Action::Remove(one) => Some(&one.container.id),
            Action::Nothing { id } => Some(id),
            Action::Replace(replacement) => replacement.existing().map(|one| &*one.container.id),
            Action::Create | Action::Fail => None,
        }
    }
}
