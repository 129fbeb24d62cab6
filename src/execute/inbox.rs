//! What is to be deployed, handed over while a deployment runs.

use std::collections::HashSet;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::reconcile::{Desired, Trigger};

/// One manifest.
#[derive(Debug, Clone)]
pub struct Input {
    /// What its file is called, safe to print. No two are called the same.
    pub file: String,
    /// What it asks for.
    pub desired: Arc<Desired>,
    /// Why it is to be deployed; `None`: it is not, and what belongs to it is left alone.
    pub trigger: Option<Trigger>,
    /// Tells a later request to deploy it from an earlier one.
    pub request: u32,
}

/// Which containers are removed whose manifests are gone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Prunes {
    /// None.
    #[default]
    None,
    /// Those that have a host port which a manifest claims.
    Claimed,
    /// All that this program has made.
    All,
}

/// All manifests of the directory.
#[derive(Debug, Clone, Default)]
pub struct Inputs {
    /// The valid ones, by file name.
    pub manifests: Vec<Input>,
    /// Which containers are removed whose manifests are gone.
    pub prunes: Prunes,
    /// Every file holds a valid manifest: what the state file knows of others may be forgotten.
    pub is_complete: bool,
    /// The newest request that they are about.
    pub newest: u32,
}

impl Inputs {
    /// The ids that manifests give.
    pub(super) fn claimed_ids(&self) -> HashSet<String> {
        let ids = self.manifests.iter().map(|input| &input.desired.spec.id);
        ids.cloned().collect()
    }
}

/// Holds the newest inputs until the deployment takes them.
#[derive(Debug, Default)]
pub struct Inbox {
    mail: Mutex<Mail>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Mail {
    inputs: Option<Inputs>,
    /// The oldest request that nobody has taken.
    oldest: Option<u32>,
    is_closed: bool,
}

impl Mail {
    fn take(&mut self) -> Option<Inputs> {
        self.oldest = None;
        self.inputs.take()
    }
}

impl Inbox {
    /// Newer inputs take the place of those that nobody has taken.
    pub fn put(&self, inputs: Inputs) {
        let mut mail = self.lock();
        mail.oldest.get_or_insert(inputs.newest);
        mail.inputs = Some(inputs);
        self.changed.notify_all();
    }

    /// Puts inputs back that could not be used.
    pub fn put_if_empty(&self, inputs: Inputs) {
        let mut mail = self.lock();
        mail.oldest = Some(inputs.newest);
        mail.inputs.get_or_insert(inputs);
        self.changed.notify_all();
    }

    /// The oldest request that nobody has taken: it and all later ones are still to be deployed.
    pub fn pending(&self) -> Option<u32> {
        self.lock().oldest
    }

    /// Nothing more will come.
    pub fn close(&self) {
        self.lock().is_closed = true;
        self.changed.notify_all();
    }

    /// The newest inputs, if there are any.
    pub fn take(&self) -> Option<Inputs> {
        self.lock().take()
    }

    /// Waits for inputs; `None`: nothing more will come.
    pub fn wait(&self) -> Option<Inputs> {
        let mut mail = self.lock();
        loop {
            if let Some(inputs) = mail.take() {
                return Some(inputs);
            }
            if mail.is_closed {
                return None;
            }
            let waited = self.changed.wait(mail);
            mail = waited.unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Mail> {
        self.mail.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_request_that_nobody_has_taken_is_pending() {
        let inbox = Inbox::default();
        let inputs = |newest| Inputs {
            newest,
            ..Inputs::default()
        };
        assert_eq!(inbox.pending(), None);
        inbox.put(inputs(3));
        inbox.put(inputs(4));
        assert_eq!(inbox.pending(), Some(3));
        assert_eq!(inbox.take().map(|inputs| inputs.newest), Some(4));
        assert_eq!(inbox.pending(), None);
        inbox.put(inputs(5));
        inbox.put_if_empty(inputs(4));
        assert_eq!(inbox.pending(), Some(4));
        assert_eq!(inbox.wait().map(|inputs| inputs.newest), Some(5));
        assert_eq!(inbox.pending(), None);
    }
}
