//! Everything about one container on this device. A workload holds what a manifest asks for, what Kanto-CM has, what the state
//! file knows, and what this run has done.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::action::{Action, Watch};
use super::call::{Call, Refusal, Row, Verb};
use crate::container::{Difference, Id, Listed, Observed, Role, Spec};
use crate::state::{ContentState, Entry};

/// One container and all that is known of it.
#[derive(Debug, Clone, Default)]
pub struct Workload {
    /// The container's name.
    pub name: String,
    /// What a manifest asks for; `None`: no manifest does.
    pub desired: Option<Arc<Desired>>,
    /// The container that Kanto-CM has.
    pub observed: Option<Arc<Observed>>,
    /// The stand-in `kad-next.ID`, which holds the new configuration and its image.
    pub staged: Option<Arc<Observed>>,
    /// The stand-in `kad-prev.ID`, which holds the old one.
    pub backup: Option<Arc<Observed>>,
    /// The same container under ids that were ruined.
    pub ruined: Vec<String>,
    /// The id of the container that it was before its manifest gave it the id of another one; empty: there is none.
    pub earlier_id: String,
    /// What the state file knows, as far as it counts in this run.
    pub entry: Option<Entry>,
    /// Why it is not known which container is meant. Nothing is done then.
    pub conflict: Option<String>,
    /// Nobody asks for the container any more, this program made it, and `--prune` may remove it.
    pub is_pruned: bool,
    /// The container is another workload's: these stand-ins go.
    pub is_unneeded: bool,
    /// What this run has done and seen.
    pub attempt: Attempt,
}

/// What a manifest asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Desired {
    /// As the manifest says it.
    pub spec: Spec,
    /// With Kanto-CM's defaults.
    pub listed: Listed,
    /// Digest of its content.
    pub digest: String,
}

impl Desired {
    /// What `spec` asks for.
    pub fn new(spec: Spec) -> Arc<Desired> {
        let listed = spec.listed();
        Arc::new(Desired {
            digest: listed.digest_with_id(),
            spec,
            listed,
        })
    }
}

/// What caused a deployment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trigger {
    /// The program was started.
    #[default]
    Start,
    /// The manifest is new or has new content.
    Change,
    /// The manifest was touched: somebody wants it tried again.
    Touch,
    /// It failed before, and its backoff is over.
    Retry,
    /// Kanto-CM was restarted.
    CmRestarted,
}

/// What one run has done for a workload, and what it has seen.
// Each of them is a fact of its own: none excludes another.
#[allow(clippy::struct_excessive_bools)]
#[derive(Debug, Clone, Default)]
pub struct Attempt {
    /// What caused it.
    pub trigger: Trigger,
    /// What was done, in order.
    pub actions: Vec<Action>,
    /// In what the container differed from the manifest when the attempt began.
    pub differences: Vec<Difference>,
    /// Why it failed. Nothing new is begun for it then: what is there is tidied up and made to run.
    pub failure: Option<String>,
    /// This run has started the container that is there, or resumed it at this restart count.
    pub started: Option<i64>,
    /// The container is watched.
    pub watch: Option<Watch>,
    /// What Kanto-CM refused.
    pub refusals: Vec<Refusal>,
    /// This run created the backup: no Remove of an interrupted run can be under way.
    pub made_backup: bool,
    /// A Remove of an interrupted run is over, if there was one.
    pub awaited_remove: bool,
    /// Past the point of no return: the old container was removed, and no signal ends the work.
    pub is_past_return: bool,
    /// The replacement is taken back.
    pub is_rolled_back: bool,
    /// This run has written the state entry.
    pub has_noted: bool,
    /// The state entry as it was before the replacement.
    pub entry_before: Option<Entry>,
    /// A container that was half removed was created again.
    pub is_recreated: bool,
    /// A Start has shown that the container's id is ruined.
    pub has_ruined_id: bool,
    /// Ids that were tried for a ruined one and are taken.
    pub taken_ids: Vec<String>,
    /// This run created the container that is there.
    pub has_created: bool,
    /// This run has removed the container, as its manifest is gone.
    pub has_removed: bool,
    /// A call that was not answered: the next List shows whether it took effect.
    pub unanswered: Option<(Row, Call)>,
    /// Spent on its calls.
    pub elapsed: Duration,
}

impl Workload {
    /// Kanto-CM's words, if it refused such a call about this id in this run.
    pub fn refusal(&self, verb: Verb, id: &str) -> Option<&str> {
        let mut refusals = self.attempt.refusals.iter();
        let refusal = refusals.find(|refusal| refusal.verb == verb && refusal.id == id)?;
        Some(&refusal.reason)
    }

    /// `text` of Kanto-CM without values and keys that it repeats.
    pub fn hide_secrets(&self, text: &str) -> String {
        let listed = [&self.observed, &self.staged, &self.backup];
        let listed = listed
            .into_iter()
            .flatten()
            .map(|observed| &*observed.listed);
        let mut hidden = text.to_owned();
        for spec in listed {
            hidden = spec.hide_secrets(&hidden);
        }
        match &self.desired {
            Some(desired) => desired.spec.hide_secrets(&hidden),
            None => hidden,
        }
    }

    /// The configuration that the staged stand-in holds.
    pub fn new_configuration(&self) -> Option<Listed> {
        self.staged.as_ref()?.listed.held()
    }

    /// The configuration that the backup holds.
    pub fn old_configuration(&self) -> Option<Listed> {
        self.backup.as_ref()?.listed.held()
    }

    /// Is the container what the stand-in of this role holds? Healing may have given it another id.
    pub fn is_held_by(&self, role: Role) -> bool {
        let held = match role {
            Role::Staged => self.new_configuration(),
            Role::Backup => self.old_configuration(),
        };
        let (Some(held), Some(observed)) = (held, &self.observed) else {
            return false;
        };
        Id::are_related(&held.id, observed.id()) && held.is_same(&observed.listed)
    }

    /// Does the staged stand-in hold what the manifest asks for?
    pub fn is_staged_desired(&self) -> bool {
        let (Some(desired), Some(held)) = (&self.desired, self.new_configuration()) else {
            return false;
        };
        let id = &desired.spec.id;
        (id.is_empty() || Id::of(id, &held.id).is_some()) && desired.listed.is_same(&held)
    }

    /// The digest of the manifest that `new` was made of, as far as it is known.
    pub fn digest_of(&self, new: &Listed) -> String {
        if let Some(desired) = self
            .desired
            .as_ref()
            .filter(|desired| !desired.spec.id.is_empty())
        {
            return new.with_id(&desired.spec.id).digest_with_id();
        }
        let with_id = new.digest_with_id();
        if self
            .entry
            .as_ref()
            .is_some_and(|entry| entry.digest == with_id)
        {
            return with_id;
        }
        new.digest()
    }

    /// What the state file says of this content.
    pub fn content_state_of(&self, digest: &str) -> Option<ContentState> {
        let entry = self.entry.as_ref().filter(|entry| entry.digest == digest)?;
        Some(entry.content_state)
    }

    /// What the state file says of the content that is staged.
    pub fn state_of_staged(&self) -> Option<ContentState> {
        self.content_state_of(&self.digest_of(&self.new_configuration()?))
    }

    /// The id for the new container that replaces the one with the id `id`: the manifest's, or `id` itself if that is the manifest's
    /// or healing made it of that.
    pub fn id_to_have(&self, id: &str) -> String {
        match &self.desired {
            Some(desired)
                if !desired.spec.id.is_empty() && Id::of(&desired.spec.id, id).is_none() =>
            {
                desired.spec.id.clone()
            }
            _ => id.to_owned(),
        }
    }
}
