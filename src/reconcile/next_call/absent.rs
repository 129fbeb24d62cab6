//! Rows about ids that are ruined, and about containers that are not there.

use std::fmt::Write as _;
use std::sync::Arc;

use super::steps::{call, failed, noting, unfinished, up_to_date};
use super::Table;
use crate::container::{is_containerd_id, Id, Listed, Observed};
use crate::reconcile::call::{Call, Row, Step, Target, Verb};
use crate::reconcile::notes;
use crate::reconcile::workload::Desired;
use crate::state::ContentState;
use crate::text::printable;

/// Generations of an id that are tried for a ruined one.
const MAX_GENERATIONS: usize = 20;

impl Table<'_> {
    // Rows about ids.

    pub(super) fn ruined_id(&self) -> Option<Step> {
        let observed = self.w.observed.as_ref()?;
        if self.w.attempt.has_ruined_id {
            return self.heal(observed);
        }
        let is_open = |id: &&String| self.w.refusal(Verb::Remove, id).is_none();
        if self.w.is_pruned {
            let mut ruined = self.w.ruined.iter();
            // The state file knows the container until all of it is gone.
            if let Some(reason) = ruined.find_map(|id| self.w.refusal(Verb::Remove, id)) {
                return Some(failed(Row::Prune, printable(reason)));
            }
        }
        let id = self.w.ruined.iter().find(is_open)?.clone();
        let target = Target::Ruined;
        Some(call(Row::RuinedLeftover, Call::Remove { id, target }))
    }

    /// `None`: no other id is to be had, and the refusal of its Start counts.
    fn heal(&self, observed: &Observed) -> Option<Step> {
        let id = observed.id();
        let given = self
            .w
            .desired
            .as_ref()
            .map_or("", |desired| &desired.spec.id);
        let mut generation = Id::of(given, id).unwrap_or(Id::parse(id));
        for _ in 0..MAX_GENERATIONS {
            generation = generation.next();
            let fresh = generation.to_string();
            if !is_containerd_id(&fresh) {
                return None;
            }
            let is_taken = self.policy.claimed_ids.contains(&fresh)
                || self.w.attempt.taken_ids.contains(&fresh);
            if is_taken {
                continue;
            }
            // A refusal for another reason than a taken id ends it.
            if self.w.refusal(Verb::Create, &fresh).is_some() {
                return None;
            }
            let spec = Box::new(observed.listed.to_spec(fresh));
            let target = Target::Healed;
            return Some(call(Row::Heal, Call::Create { spec, target }));
        }
        None
    }

    // Rows without a container.

    pub(super) fn missing(&self, row: Row) -> Step {
        let Some(desired) = &self.w.desired else {
            return match notes::removed(self.w, self.policy) {
                Some(note) => noting(Row::Absent, note),
                None => up_to_date(Row::Absent, false),
            };
        };
        if let Some(reason) = self.failure() {
            return failed(Row::Failed, reason);
        }
        if self.policy.is_stopping {
            return unfinished();
        }
        self.create_or_fail(row, desired.spec.clone(), Target::Container)
    }

    pub(super) fn missing_staged(&self, staged: &Observed) -> Step {
        if self.w.desired.is_none() {
            let Some(held) = staged.listed.held() else {
                return up_to_date(Row::Absent, false);
            };
            let spec = held.to_spec(held.id.clone());
            return self.create_or_fail(Row::MissingUnclaimed, spec, Target::Container);
        }
        if self.w.is_staged_desired() {
            return self.missing(Row::MissingStaged);
        }
        self.remove(Row::StaleStaged, staged, Target::Staged)
            .unwrap_or_else(|| self.missing(Row::Missing))
    }

    /// The old container was removed.
    pub(super) fn taken_down(&self) -> Step {
        let Some(old) = self.w.old_configuration() else {
            return self.missing(Row::Missing);
        };
        match self.w.new_configuration() {
            Some(new) if self.may_apply_staged() => {
                let spec = new.to_spec(new.id.clone());
                let step = self.create(Row::TakenDown, spec, Target::Container);
                return step.unwrap_or_else(|reason| {
                    let note = notes::rolled_back(self.w, self.policy, &new, &old, &reason);
                    noting(Row::RollBack, note)
                });
            }
            _ => {}
        }
        let spec = old.to_spec(old.id.clone());
        self.create(Row::Restore, spec, Target::Container)
            .unwrap_or_else(|reason| self.create_instead(&old, &reason))
    }

    /// The old container cannot come back. Where the manifest asks for yet another one, that is as good.
    fn create_instead(&self, old: &Listed, reason: &str) -> Step {
        let mut reasons = format!("the old container cannot be created again: {reason}");
        if let Some(backup) = &self.w.backup {
            let _ = write!(
                reasons,
                "; {} keeps its configuration for the next run",
                backup.id()
            );
        }
        if let Some(why) = self.why_rolled_back() {
            reasons = format!("{why}; {reasons}");
        }
        let is_other = |desired: &&Arc<Desired>| {
            !self.w.is_staged_desired()
                && desired.spec.id != old.id
                && self.w.content_state_of(&desired.digest) != Some(ContentState::RolledBack)
        };
        let Some(desired) = self.w.desired.as_ref().filter(is_other) else {
            return failed(Row::Failed, reasons);
        };
        self.create(Row::CreateInstead, desired.spec.clone(), Target::Container)
            .unwrap_or_else(|refused| failed(Row::Failed, format!("{reasons}; {refused}")))
    }
}
