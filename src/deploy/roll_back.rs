//! The way back of a replacement: the old container as it was, under its id and name, and running.

use std::fmt::Write as _;
use std::time::Instant;

use log::warn;

use super::act::Act;
use super::calls::{create_exactly, get, verdict};
use super::outcome::{Done, Ran};
use crate::kanto_cm::CallError;
use crate::plan::{make_it_run, Replacement};
use crate::text::printable;

impl Act<'_, '_> {
    /// Back to the old container, for this reason. `new`: the id of the new one, where it is there.
    pub(super) fn roll_back(
        &self,
        i: usize,
        replacement: &Replacement,
        new: Option<&str>,
        reason: String,
    ) -> Result<Ran, CallError> {
        let name = &replacement.new.name;
        if let (Some(id), None) = (new, get(self.to_the_end, &replacement.prev)?) {
            self.applied.commit(replacement, id);
            self.remove_helpers(std::slice::from_ref(&replacement.next))?;
            return Ok(failed(format!("{reason}; there is no way back")));
        }
        self.board.goes_on(i);
        warn!("{name}: rolling back: {reason}");
        self.applied.roll_back(replacement, &reason);
        self.forgiven.revoke(&replacement.new.name);
        if let Some(id) = new {
            match self.remove_by_force(id) {
                Err(CallError::Refused(refused)) => {
                    let refused = printable(&refused);
                    return Ok(failed(format!(
                        "{reason}; not rolled back yet, it cannot be removed: {refused}"
                    )));
                }
                result => result?,
            }
        }
        self.restore(i, replacement, Some(reason))
    }

    /// The old container comes back: `why` its replacement failed, if it did.
    pub(super) fn restore(
        &self,
        i: usize,
        replacement: &Replacement,
        why: Option<String>,
    ) -> Result<Ran, CallError> {
        self.board.goes_on(i);
        let begin = Instant::now();
        let and = |reason: String| match &why {
            Some(why) => format!("{why}; {reason}"),
            None => reason,
        };
        let created = match create_exactly(self.to_the_end, &replacement.old) {
            Ok(created) => created,
            Err(error) => {
                let reason = verdict(error, begin.elapsed())?;
                let mut reason = and(format!("the old one cannot be created again: {reason}"));
                if get(self.to_the_end, &replacement.prev)?.is_some() {
                    let _ = write!(reason, "; {} keeps it for the next run", replacement.prev);
                }
                return self.put_wanted(i, replacement, reason);
            }
        };
        if let Some(why) = why.as_ref().filter(|_| !self.steps[i].again) {
            self.board.note(i, |outcome| outcome.is_back(why));
        }
        let mut ran = match self.start_to_the_end(i, &created.container.id) {
            Err(CallError::Refused(reason)) => Ran {
                failure: Some(printable(&reason)),
                ..Ran::default()
            },
            result => result?,
        };
        self.remove_both(replacement)?;
        ran.done = vec![why.as_ref().map_or(Done::Restored, |_| Done::RolledBack)];
        ran.watch = None;
        ran.id = ran.id.or(Some(created.container.id));
        ran.failure = match ran.failure {
            Some(reason) => Some(and(format!("the old one does not start: {reason}"))),
            None => why,
        };
        Ok(ran)
    }

    /// A container that may be half removed does not start, for this reason: the rest of it goes, and it comes back.
    pub(super) fn put_back(
        &self,
        i: usize,
        way_back: &Replacement,
        id: &str,
        reason: &str,
    ) -> Result<Ran, CallError> {
        let name = &self.steps[i].name;
        warn!(
            "{name}: creating it again, for it does not start: {}",
            printable(reason)
        );
        self.remove_by_force(id)?;
        self.restore(i, way_back, None)
    }

    /// The old container cannot come back. Where the manifest asks for yet another one, that is as good; the helpers stay until
    /// something runs.
    fn put_wanted(
        &self,
        i: usize,
        replacement: &Replacement,
        reason: String,
    ) -> Result<Ran, CallError> {
        if !self.steps[i].again || self.applied.was_rolled_back(self.wanted(i)) {
            return Ok(failed(reason));
        }
        warn!("{}: {reason}", self.steps[i].name);
        let wanted = self.wanted(i);
        let created = match create_exactly(self.cm, wanted) {
            Err(CallError::Refused(reason)) => return Ok(failed(printable(&reason))),
            result => result?,
        };
        let id = created.container.id;
        self.applied.made(wanted, &id, true);
        let mut ran = self.start_to_the_end(i, &id)?;
        if ran.failure.is_none() {
            self.remove_both(replacement)?;
        }
        ran.done.insert(0, Done::Created);
        ran.watch = ran.watch.filter(|_| !self.settle.is_zero());
        ran.id = ran.id.or(Some(id));
        Ok(ran)
    }

    /// The replacement comes to nothing, for this reason: the helpers go, and the old container runs on, or again.
    pub(super) fn keep_old(
        &self,
        i: usize,
        replacement: &Replacement,
        reason: String,
    ) -> Result<Ran, CallError> {
        self.remove_both(replacement)?;
        self.run_old(i, replacement, reason)
    }

    pub(super) fn run_old(
        &self,
        i: usize,
        replacement: &Replacement,
        reason: String,
    ) -> Result<Ran, CallError> {
        let mut failure = reason;
        if let Some(old) = get(self.to_the_end, &replacement.old.id)? {
            match self.act_on(i, &make_it_run(&old).action) {
                Err(CallError::Refused(reason)) => {
                    failure = format!(
                        "{failure}; the old one does not start: {}",
                        printable(&reason)
                    );
                }
                result => drop(result?),
            }
        }
        Ok(failed(failure))
    }
}

fn failed(reason: String) -> Ran {
    Ran {
        failure: Some(reason),
        ..Ran::default()
    }
}
