//! Rows with a container and no stand-in.

use super::steps::{failed, noting, unfinished, up_to_date};
use super::Table;
use crate::container::{differences, Observed};
use crate::reconcile::action::Action;
use crate::reconcile::call::{Done, Next, Row, Step, Verb};
use crate::reconcile::notes;
use crate::state::ContentState;
use crate::text::printable;

impl Table<'_> {
    pub(super) fn alone(&self, observed: &Observed) -> Step {
        let Some(desired) = &self.w.desired else {
            return self.unclaimed(observed);
        };
        let differences = differences(&desired.listed, &observed.listed, false);
        if differences.is_empty() {
            return self.up_to_date(observed);
        }
        if self.policy.keep_existing {
            return self.run(Row::Kept, |_| up_to_date(Row::Kept, true));
        }
        match self.w.content_state_of(&desired.digest) {
            Some(ContentState::RolledBack) => return self.tried_before(),
            Some(ContentState::Applied) if !self.is_what_was_before(observed) => {
                return self.run(Row::ChangedElsewhere, |_| {
                    up_to_date(Row::ChangedElsewhere, true)
                })
            }
            _ => {}
        }
        if let Some(reason) = self.failure() {
            return self.run(Row::Failed, |bad| failed(Row::Failed, joined(&reason, bad)));
        }
        self.change(observed, desired, &differences)
    }

    fn unclaimed(&self, observed: &Observed) -> Step {
        let made = self.w.entry.as_ref().map_or("", |entry| &entry.made);
        if !self.w.is_pruned || made != observed.listed.digest() {
            if self.w.attempt.is_rolled_back {
                return self.tried_before();
            }
            // What this run has created for an interrupted one runs again.
            return if self.w.attempt.actions.contains(&Action::Created) {
                self.run(Row::MissingUnclaimed, |bad| match bad {
                    Some(reason) => failed(Row::Failed, reason.to_owned()),
                    None => up_to_date(Row::Absent, false),
                })
            } else {
                up_to_date(Row::Absent, false)
            };
        }
        match self.w.refusal(Verb::Remove, observed.id()) {
            Some(reason) => failed(Row::Prune, printable(reason)),
            None if self.w.attempt.failure.is_some() => up_to_date(Row::Prune, true),
            None if self.policy.is_stopping => unfinished(),
            None => self.remove_container(Row::Prune, observed),
        }
    }

    fn up_to_date(&self, observed: &Observed) -> Step {
        let note = || notes::up_to_date(self.w, self.policy, observed);
        // What was created is ours, whatever becomes of it; and a job that was started has run in this boot.
        let is_ours = self.w.attempt.has_created || self.w.attempt.started.is_some();
        if is_ours {
            if let Some(note) = note() {
                return noting(Row::UpToDate, note);
            }
        }
        let failure = self.failure();
        self.run(Row::UpToDate, |bad| {
            let earlier = bad.is_none().then(|| self.remove_earlier()).flatten();
            match (bad.or(failure.as_deref()), note()) {
                (None, _) if earlier.is_some() => earlier.unwrap_or_else(unfinished),
                (None, Some(note)) => noting(Row::UpToDate, note),
                (None, None) => up_to_date(Row::UpToDate, false),
                (Some(reason), _) if self.w.attempt.is_past_return => failed(
                    Row::UpToDate,
                    format!("{reason}; there is no backup to go back to"),
                ),
                (Some(reason), _) => failed(Row::UpToDate, reason.to_owned()),
            }
        })
    }

    fn tried_before(&self) -> Step {
        let why = self.why_rolled_back().unwrap_or_default();
        let reason = if self.w.attempt.is_rolled_back {
            why
        } else {
            tried(&why)
        };
        self.run(Row::TriedBefore, |bad| Step {
            row: Row::TriedBefore,
            next: Next::Done(Done::Failed {
                is_rolled_back: bad.is_none(),
                reason: joined(&reason, bad),
            }),
        })
    }

    /// The container is still what was there before its content was applied: Kanto-CM's store is older than the state file.
    fn is_what_was_before(&self, observed: &Observed) -> bool {
        let entry = self.w.entry.as_ref();
        entry.is_some_and(|entry| {
            !entry.before.is_empty() && entry.before == observed.listed.digest()
        })
    }
}

fn joined(reason: &str, more: Option<&str>) -> String {
    match more {
        Some(more) => format!("{reason}; the old container does not start: {more}"),
        None => reason.to_owned(),
    }
}

/// What is reported of a manifest whose content was rolled back in an earlier run.
fn tried(why: &str) -> String {
    let why = if why.is_empty() {
        String::new()
    } else {
        format!(" ({why})")
    };
    format!("tried and rolled back{why}: change the manifest, or use --reapply (with --daemon, touch the file)")
}
