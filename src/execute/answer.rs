//! What a call brought, and what that changes in its workload.

use std::sync::Arc;

use crate::container::{Observed, Role};
use crate::reconcile::{Call, Row, Target, Workload};

/// What a call brought.
pub(super) enum Answer {
    /// It took effect; `Some`: this is the container or stand-in now.
    Effect(Option<Observed>),
    /// Kanto-CM refused it, in its own words; the container as it is now.
    Refused(String, Option<Observed>),
    /// Something that it needs is missing, for now: nothing was asked.
    NotBegun(String),
    /// Somebody else was faster: the container is this now.
    Overtaken(Observed),
    /// Somebody else has changed the container since it was looked at.
    Changed(Observed),
    /// The id that healing chose is somebody else's.
    Taken,
}

/// Takes over what a call brought.
pub(super) fn apply(w: &mut Workload, row: Row, call: &Call, answer: Answer) {
    match answer {
        Answer::Effect(now) => {
            w.took_effect(row, call);
            put(w, call, now);
            w.was_looked_at(call);
        }
        Answer::Refused(reason, now) => {
            w.was_refused(call, &reason);
            if now.is_some() {
                put(w, call, now);
            }
        }
        Answer::NotBegun(reason) => w.cannot_begin(reason),
        Answer::Overtaken(now) => {
            if let Call::Start { .. } | Call::Unpause { .. } = call {
                w.attempt.started = Some(now.restart_count);
            }
            w.observed = Some(Arc::new(now));
        }
        Answer::Changed(now) => {
            w.attempt.failure = Some(
                "another program changed the container while it was being replaced".to_owned(),
            );
            w.observed = Some(Arc::new(now));
        }
        Answer::Taken => w.id_was_taken(call.id()),
    }
}

/// Stores what the call left as the container, the staged stand-in or the backup.
fn put(w: &mut Workload, call: &Call, now: Option<Observed>) {
    let role = match call {
        Call::Create { target, .. } | Call::Remove { target, .. } => match target {
            Target::Staged => Some(Role::Staged),
            Target::Backup => Some(Role::Backup),
            Target::Container | Target::Healed => None,
            Target::Ruined | Target::Earlier => return,
        },
        _ => None,
    };
    let now = now.map(Arc::new);
    match role {
        Some(Role::Staged) => w.staged = now,
        Some(Role::Backup) => w.backup = now,
        None => w.observed = now,
    }
}
