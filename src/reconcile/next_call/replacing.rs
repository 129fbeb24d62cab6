//! Rows with stand-ins beside the container: a replacement under way, interrupted or over.

use super::steps::{call, failed, noting, step};
use super::Table;
use crate::container::{Listed, Observed, Role};
use crate::reconcile::call::{Call, Next, Row, Step, Target, Verb};
use crate::reconcile::notes;
use crate::reconcile::running::{make_run, Running};
use crate::state::ContentState;
use crate::text::printable;

/// Which stand-in holds what the container is.
enum Held {
    Old,
    New,
    Neither,
}

impl Table<'_> {
    pub(super) fn with_pair(&self, observed: &Observed) -> Step {
        match self.held() {
            Held::Old => self.with_old(observed),
            Held::New => self.with_new(observed),
            Held::Neither => self
                .remove_pair(Row::ForeignPair)
                .unwrap_or_else(|| self.alone(observed)),
        }
    }

    /// Where both hold the same configuration, which two generations of one id may have, the new one's id decides.
    fn held(&self) -> Held {
        let id = self.w.observed.as_deref().map(Observed::id);
        let has_new_id = || {
            let new = self.w.new_configuration();
            new.is_some_and(|new| id == Some(new.id.as_str()))
        };
        let is_old = self.w.is_held_by(Role::Backup);
        let is_new = self.w.is_held_by(Role::Staged);
        match (is_old, is_new) {
            (true, true) if has_new_id() => Held::New,
            (true, _) => Held::Old,
            (false, true) => Held::New,
            (false, false) => Held::Neither,
        }
    }

    fn with_old(&self, observed: &Observed) -> Step {
        let attempt = &self.w.attempt;
        if !attempt.made_backup && !attempt.awaited_remove {
            let id = observed.id().to_owned();
            return call(Row::RemoveUnderWay, Call::AwaitRemove { id });
        }
        let may_apply = self.may_apply_staged() && !self.policy.keep_existing;
        match (self.w.new_configuration(), self.w.old_configuration()) {
            (Some(new), Some(old)) if may_apply && self.failure().is_none() => {
                self.take_down(observed, &new, &old)
            }
            _ => self.keep_old(observed),
        }
    }

    fn take_down(&self, observed: &Observed, new: &Listed, old: &Listed) -> Step {
        if self.policy.is_stopping && !self.w.attempt.is_past_return {
            return self.interrupted();
        }
        // The new one may need its host ports.
        if !new.host_ports().is_empty() {
            if let Some(step) = self.remove_earlier() {
                return step;
            }
        }
        if !(self.w.attempt.has_noted && notes::is_trying(self.w, self.policy, new)) {
            return noting(Row::TakeDown, notes::trying(self.w, self.policy, new, old));
        }
        self.remove_container(Row::TakeDown, observed)
    }

    pub(super) fn keep_old(&self, observed: &Observed) -> Step {
        let entry = self.w.entry.as_ref();
        let is_trying = entry.is_some_and(|entry| entry.content_state == ContentState::Trying);
        let before = notes::as_before(self.w);
        // An earlier run may have tried it as well.
        if self.w.attempt.has_noted && is_trying && before.entry != self.w.entry {
            return noting(Row::KeepOld, before);
        }
        match make_run(self.w, self.policy, self.now, false) {
            Running::Next(next) => step(Row::KeepOld, next),
            Running::Bad(_) if self.may_be_half_removed(observed) => {
                self.remove_container(Row::Recreate, observed)
            }
            Running::Fine | Running::Bad(_) => self
                .remove_pair(Row::KeepOld)
                .unwrap_or_else(|| self.alone(observed)),
        }
    }

    fn may_be_half_removed(&self, observed: &Observed) -> bool {
        let attempt = &self.w.attempt;
        !attempt.made_backup
            && !attempt.is_recreated
            && self.w.refusal(Verb::Start, observed.id()).is_some()
            && self.w.refusal(Verb::Remove, observed.id()).is_none()
    }

    fn with_new(&self, observed: &Observed) -> Step {
        let (Some(new), Some(old)) = (self.w.new_configuration(), self.w.old_configuration())
        else {
            return self.alone(observed);
        };
        match self.w.state_of_staged() {
            Some(ContentState::Applied) => {
                return self
                    .remove_pair(Row::Commit)
                    .unwrap_or_else(|| self.alone(observed))
            }
            Some(ContentState::RolledBack) => return self.roll_back(observed),
            Some(ContentState::Trying | ContentState::Removed) | None => {}
        }
        let reject = |reason: &str| {
            let note = notes::rolled_back(self.w, self.policy, &new, &old, reason);
            noting(Row::RollBack, note)
        };
        if let Some(reason) = notes::tried_too_often(self.w, self.policy, &new) {
            return reject(&reason);
        }
        if self.w.attempt.failure.is_some() {
            // Not for its own fault: nothing is held against it.
            return self.roll_back(observed);
        }
        if !notes::is_trying(self.w, self.policy, &new) {
            return noting(Row::Settle, notes::trying(self.w, self.policy, &new, &old));
        }
        match make_run(self.w, self.policy, self.now, true) {
            Running::Next(next) => step(Row::Settle, next),
            Running::Bad(reason) => reject(&reason),
            Running::Fine => {
                let note = notes::replaced(self.w, self.policy, observed, &old);
                noting(Row::Commit, note)
            }
        }
    }

    fn roll_back(&self, observed: &Observed) -> Step {
        match self.w.refusal(Verb::Remove, observed.id()) {
            Some(refused) => {
                let why = self.why_rolled_back().unwrap_or_default();
                let refused = printable(refused);
                failed(
                    Row::RollBack,
                    format!("{why}; not rolled back yet, as the new container cannot be removed: {refused}"),
                )
            }
            None => self.remove_container(Row::RollBack, observed),
        }
    }

    pub(super) fn with_staged(&self, observed: &Observed) -> Step {
        let alone = self.alone(observed);
        let Some(staged) = self
            .w
            .staged
            .as_ref()
            .filter(|staged| self.w.refusal(Verb::Remove, staged.id()).is_none())
        else {
            return alone;
        };
        if self.policy.is_stopping {
            return self.interrupted();
        }
        let remove = |row| self.remove(row, staged, Target::Staged);
        match alone.row {
            // It keeps the image until the container has started.
            Row::UpToDate
                if matches!(alone.next, Next::Note(_) | Next::Call(Call::Start { .. })) =>
            {
                alone
            }
            Row::UpToDate => remove(Row::SpentStaged).unwrap_or(alone),
            Row::MissingUnclaimed => alone,
            Row::Stage if self.w.is_staged_desired() => self.back_up(observed, staged),
            _ => remove(Row::StaleStaged).unwrap_or(alone),
        }
    }

    fn back_up(&self, observed: &Observed, staged: &Observed) -> Step {
        let backup = observed
            .listed
            .to_spec(observed.id().to_owned())
            .as_stand_in(Role::Backup);
        match self.create(Row::BackUp, backup, Target::Backup) {
            Ok(step) => step,
            // `failure` has the reason.
            Err(_) if observed.is_up() => self
                .remove(Row::StaleStaged, staged, Target::Staged)
                .unwrap_or_else(|| self.alone(observed)),
            Err(_) => self.remove_container(Row::WithoutBackup, observed),
        }
    }
}
