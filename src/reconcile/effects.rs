//! What the answer to a call means for the attempt. What Kanto-CM has then, the caller looks up.

use super::action::Action;
use super::call::{Call, Note, Refusal, Row, Target, Verb};
use super::workload::{Attempt, Workload};
use crate::container::{differences, is_reserved, Observed, Status};
use crate::state::ContentState;

impl Workload {
    /// Takes over what this run has done so far for the same container, seen over an earlier connection.
    pub fn resume(&mut self, attempt: Attempt) {
        self.attempt = Attempt {
            watch: None,
            made_backup: false,
            awaited_remove: false,
            ..attempt
        };
        // A clean stop of Kanto-CM has stopped what this run had started. It is started again, for it has not failed.
        let status = self.observed.as_ref().map(|observed| observed.state.status);
        if status == Some(Status::Stopped) {
            self.attempt.started = None;
        }
        if let Some((row, call)) = self.attempt.unanswered.take() {
            if self.shows(&call) {
                self.took_effect(row, &call);
            }
        }
    }

    /// Takes over what this run has done to the container for an older request, seen over an earlier connection.
    pub fn take_over(&mut self, attempt: Attempt) {
        let fresh = std::mem::take(&mut self.attempt);
        self.resume(attempt);
        self.attempt = Attempt {
            is_past_return: self.attempt.is_past_return && self.backup.is_some(),
            has_created: self.attempt.has_created,
            ..fresh
        };
    }

    /// Did the call take effect that was not answered?
    fn shows(&self, call: &Call) -> bool {
        let status = self.observed.as_ref().map(|observed| observed.state.status);
        match call {
            Call::Create {
                target: Target::Container,
                spec,
            } => {
                let observed = self.observed.as_ref();
                observed.is_some_and(|observed| observed.listed.is_same(&spec.listed()))
            }
            // A job may have ended by now. It runs once.
            Call::Start { .. } => matches!(status, Some(Status::Running | Status::Exited)),
            Call::Unpause { .. } => status == Some(Status::Running),
            Call::Update { .. } => self
                .desired
                .as_ref()
                .zip(self.observed.as_ref())
                .is_some_and(|(desired, observed)| {
                    differences(&desired.listed, &observed.listed, false).is_empty()
                }),
            Call::Remove {
                target: Target::Container,
                ..
            } => self.observed.is_none(),
            Call::Create { .. }
            | Call::Remove { .. }
            | Call::AwaitRemove { .. }
            | Call::Look { .. } => false,
        }
    }

    /// The call was answered with success.
    pub fn took_effect(&mut self, row: Row, call: &Call) {
        match call {
            Call::Create { target, spec } => self.created(row, *target, &spec.id),
            Call::Start { .. } => self.started(row, 0, Action::Started),
            Call::Unpause { .. } => {
                let restarts = self
                    .observed
                    .as_ref()
                    .map_or(0, |observed| observed.restart_count);
                self.started(row, restarts, Action::Unpaused);
            }
            Call::Update { .. } => self.attempt.actions.push(Action::Updated),
            Call::Remove { target, id } => self.removed(row, *target, id),
            Call::AwaitRemove { .. } => self.attempt.awaited_remove = true,
            Call::Look { .. } => {
                if let Some(watch) = &mut self.attempt.watch {
                    watch.has_looked = true;
                }
            }
        }
    }

    /// Kanto-CM refused the call. A call that waits or looks has nothing that could be refused for good.
    pub fn was_refused(&mut self, call: &Call, reason: &str) {
        let id = call.id().to_owned();
        match call {
            Call::AwaitRemove { .. } => self.attempt.awaited_remove = true,
            Call::Start { .. } if is_ruined(reason, &id) => self.attempt.has_ruined_id = true,
            _ => {}
        }
        let verb = call.verb();
        let reason = self.hide_secrets(reason);
        self.attempt.refusals.push(Refusal { verb, id, reason });
    }

    /// The replacement lacks something that it needs: room on a disk, or a file.
    pub fn cannot_begin(&mut self, reason: String) {
        self.attempt.refusals.push(Refusal {
            verb: Verb::Begin,
            id: String::new(),
            reason,
        });
    }

    /// Somebody else's container has the fresh id that healing chose.
    pub fn id_was_taken(&mut self, id: &str) {
        self.attempt.taken_ids.push(id.to_owned());
    }

    /// What the call brought is known: a job that was watched may have done its work.
    pub fn was_looked_at(&mut self, call: &Call) {
        match (call, &self.observed) {
            (Call::Start { .. } | Call::Unpause { .. } | Call::Look { .. }, None) => {
                let reason = "another program removed it while it was settling";
                self.attempt.failure.get_or_insert(reason.to_owned());
            }
            (Call::Look { .. }, Some(observed))
                if observed.is_finished_job() && self.backup.is_none() =>
            {
                self.attempt.actions.push(Action::Finished);
            }
            _ => {}
        }
    }

    /// The state file holds this now.
    pub fn noted(&mut self, note: Note) {
        let attempt = &mut self.attempt;
        if !attempt.has_noted {
            attempt.entry_before.clone_from(&self.entry);
        }
        attempt.has_noted = true;
        let content_state = note.entry.as_ref().map(|entry| entry.content_state);
        if content_state == Some(ContentState::RolledBack) {
            attempt.is_rolled_back = true;
            // The old container may have the id whose Create was refused.
            let is_stand_in = |id: &str| is_reserved(id);
            attempt
                .refusals
                .retain(|refusal| refusal.verb != Verb::Create || is_stand_in(&refusal.id));
        }
        let is_replaced = note.action == Some(Action::Replaced);
        match note.action {
            // What was done on the way comes behind it.
            Some(Action::Replaced) => attempt.actions.insert(0, Action::Replaced),
            action => attempt.actions.extend(action),
        }
        if is_replaced
            && self
                .observed
                .as_deref()
                .is_some_and(Observed::is_finished_job)
        {
            attempt.actions.push(Action::Finished);
        }
        self.entry = note.entry;
    }

    fn created(&mut self, row: Row, target: Target, id: &str) {
        let attempt = &mut self.attempt;
        match target {
            Target::Staged | Target::Ruined | Target::Earlier => {}
            Target::Backup => attempt.made_backup = true,
            Target::Healed => {
                let ruined = self
                    .observed
                    .as_ref()
                    .map(|observed| observed.id().to_owned());
                self.ruined.extend(ruined);
                attempt.has_ruined_id = false;
                attempt.started = None;
                attempt.watch = None;
                attempt.actions.push(Action::Healed(id.to_owned()));
            }
            Target::Container => {
                attempt.forget_container(id);
                match row {
                    Row::TakenDown => {}
                    Row::Restore if attempt.is_rolled_back => {
                        attempt.actions.push(Action::RolledBack);
                    }
                    Row::Restore => attempt.actions.push(Action::Restored),
                    _ => {
                        attempt.has_created = self.desired.is_some();
                        // Without a backup it is a replacement all the same.
                        let is_replaced = row == Row::MissingStaged && attempt.is_past_return;
                        attempt.actions.push(if is_replaced {
                            Action::Replaced
                        } else {
                            Action::Created
                        });
                    }
                }
            }
        }
    }

    fn started(&mut self, row: Row, restarts: i64, action: Action) {
        self.attempt.started = Some(restarts);
        self.attempt.watch = None;
        // Of a replacement the replacing is reported, not each of its calls.
        let is_worth_a_word =
            self.backup.is_none() && !self.attempt.is_past_return && row != Row::Prune;
        if is_worth_a_word {
            self.attempt.actions.push(action);
        }
    }

    fn removed(&mut self, row: Row, target: Target, id: &str) {
        let attempt = &mut self.attempt;
        match target {
            Target::Container => {
                attempt.forget_container(id);
                attempt.is_past_return |= row != Row::Prune;
                attempt.has_removed |= row == Row::Prune;
                attempt.is_recreated |= row == Row::Recreate;
            }
            Target::Backup => attempt.is_past_return = false,
            Target::Staged | Target::Healed => {}
            Target::Ruined => self.ruined.retain(|ruined| ruined != id),
            Target::Earlier => self.earlier_id.clear(),
        }
    }
}

impl Attempt {
    /// There is another container under that id now, or none.
    fn forget_container(&mut self, id: &str) {
        self.started = None;
        self.watch = None;
        self.awaited_remove = true;
        self.refusals
            .retain(|refusal| refusal.id != id || refusal.verb == Verb::Create);
    }
}

/// Does the refusal of a Start say that an interrupted call has ruined the id, in containerd or in the network? No other text of
/// Kanto-CM decides about anything.
fn is_ruined(reason: &str, id: &str) -> bool {
    let names = [
        format!("container with ID = {id} already exists"),
        format!("endpoint with name {id}-ep already exists"),
        format!("task {id}: already exists"),
        // What the shim of an interrupted Start has left in containerd's state directory.
        format!("/{id}: file exists"),
    ];
    // What follows these words is the text of a hook or of the program.
    let own = reason.split("OCI runtime").next().unwrap_or_default();
    names.iter().any(|name| own.contains(name))
}

#[cfg(test)]
mod tests {
    use super::is_ruined;

    #[test]
    fn only_the_id_itself_counts_as_ruined() {
        for (reason, id, expected) in [
            ("container with ID = app already exists", "app", true),
            (
                "endpoint with name app-ep already exists in network bridge",
                "app",
                true,
            ),
            ("task app: already exists", "app", true),
            ("task app-2: already exists", "app", false),
            (
                "failed to start shim: mkdir /run/io.containerd.runtime.v2.task/kanto-cm/app: file exists: unknown",
                "app",
                true,
            ),
            ("failed to start shim: mkdir /run/kanto-cm/app-2: file exists: unknown", "app", false),
            (
                "failed to create shim task: OCI runtime create failed: hook: task app: already exists",
                "app",
                false,
            ),
            ("hook failed: directory already exists", "app", false),
            ("container with ID = app-2 already exists", "app", false),
        ] {
            assert_eq!(is_ruined(reason, id), expected, "{reason}");
        }
    }
}
