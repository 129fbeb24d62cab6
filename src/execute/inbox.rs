//! What is to be deployed, handed over while a deployment runs.

use std::collections::HashSet;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::reconcile::{Desired, Trigger};

/// One manifest.
#[derive(Debug, Clone)]
pub struct Input {
    /// What its file is called, safe to print. No two are called the same.
    pub file: String,
    /// What it asks for.
    pub desired: Desired,
    /// Why it is to be deployed; `None`: it is not, and what belongs to it is left alone.
    pub trigger: Option<Trigger>,
    /// Tells a later request to deploy it from an earlier one.
    pub request: u32,
}

/// All manifests of the directory.
#[derive(Debug, Clone, Default)]
pub struct Inputs {
    /// The valid ones, by file name.
    pub manifests: Vec<Input>,
    /// Containers whose manifests are gone are removed.
    pub prunes: bool,
    /// Every file holds a valid manifest: what the state file knows of others may be forgotten.
    pub is_complete: bool,
    /// The newest request that they are about.
    pub newest: u32,
}

impl Inputs {
    /// The ids that manifests give.
    pub(super) fn claimed_ids(&self) -> HashSet<String> {
        let ids = self.manifests.iter().map(|one| &one.desired.spec.id);
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
    is_closed: bool,
}

impl Inbox {
    /// Newer inputs take the place of those that nobody has taken.
    pub fn put(&self, inputs: Inputs) {
        self.lock().inputs = Some(inputs);
        self.changed.notify_all();
    }

    /// Puts inputs back that could not be used.
    pub fn put_if_empty(&self, inputs: Inputs) {
        self.lock().inputs.get_or_insert(inputs);
        self.changed.notify_all();
    }

    /// The newest request that nobody has taken.
    pub fn pending(&self) -> Option<u32> {
        self.lock().inputs.as_ref().map(|inputs| inputs.newest)
    }

    /// Nothing more will come.
    pub fn close(&self) {
        self.lock().is_closed = true;
        self.changed.notify_all();
    }

    /// The newest inputs, if there are any.
    pub fn take(&self) -> Option<Inputs> {
        self.lock().inputs.take()
    }

    /// Waits for inputs; `None`: nothing more will come.
    pub fn wait(&self) -> Option<Inputs> {
        let mut mail = self.lock();
        loop {
            if let Some(inputs) = mail.inputs.take() {
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
