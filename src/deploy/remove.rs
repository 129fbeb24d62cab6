//! Removes containers: helpers, what a new one takes the place of, what has no manifest any more.

use log::info;

use super::act::Act;
use super::calls::{get, remove_unneeded};
use super::outcome::{Done, Ran};
use crate::cm_ready::has_vanished;
use crate::container::Container;
use crate::kanto_cm::{CallError, Existing};
use crate::plan::Replacement;
use crate::text::printable;

impl Act<'_, '_> {
    /// A container whose manifest is gone.
    pub(super) fn prune(&self, i: usize, gone: &Existing) -> Result<Ran, CallError> {
        let Container { id, name, .. } = &gone.container;
        info!("{}: removing it, its manifest is gone", printable(name));
        let removed = Ran {
            done: vec![Done::Removed],
            ..Ran::default()
        };
        // What healing left behind goes first: the record knows the container until all of it has gone.
        let mut ids = self.steps[i].leftovers.iter().chain([id]);
        let result = ids
            .try_for_each(|id| self.remove_by_force(id))
            .map(|()| removed.clone());
        self.noting(i, &removed, result)
    }

    /// Both helpers of a replacement.
    pub(super) fn remove_both(&self, replacement: &Replacement) -> Result<(), CallError> {
        let (next, prev) = (&replacement.next, &replacement.prev);
        if next != prev {
            self.remove_helpers(std::slice::from_ref(next))?;
        }
        self.remove_helpers(std::slice::from_ref(prev))
    }

    /// Helpers that stay do no harm, and the next run sees them.
    pub(super) fn remove_helpers(&self, ids: &[String]) -> Result<(), CallError> {
        for id in ids {
            remove_unneeded(self.to_the_end, id, "the helper")?;
        }
        Ok(())
    }

    /// Removes a container that may run. Kanto-CM can miss the end of a process that it stops: it then refuses, and lists the
    /// container as running; a second Remove is answered at once. (Its id is ruined by that: what comes after it is healed.)
    pub(super) fn remove_by_force(&self, id: &str) -> Result<(), CallError> {
        let mut result = Ok(());
        for _ in 0..2 {
            result = self.to_the_end.remove(id, Some(self.stop_timeout));
            if !matches!(result, Err(CallError::Refused(_))) {
                return result;
            }
            match get(self.to_the_end, id)? {
                None => return Ok(()),
                Some(now) if self.may_have_vanished(&now) => {}
                Some(_) => return result,
            }
        }
        result
    }

    fn may_have_vanished(&self, existing: &Existing) -> bool {
        !self.sees_processes || has_vanished(existing)
    }
}
