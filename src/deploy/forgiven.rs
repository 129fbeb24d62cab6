//! What was rolled back and is tried again, because somebody asks for it.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::manifests_parser::Manifest;

/// Names of containers whose roll backs do not count, until they are rolled back again.
#[derive(Debug, Default)]
pub struct Forgiven(Mutex<HashSet<String>>);

impl Forgiven {
    /// What these ask for is tried again.
    pub(super) fn forgive(&self, manifests: &[Manifest]) {
        let names = manifests.iter().map(|one| one.container.name.clone());
        self.lock().extend(names);
    }

    /// It was tried again, and is rolled back again.
    pub(super) fn revoke(&self, name: &str) {
        self.lock().remove(name);
    }

    /// All names.
    pub(super) fn names(&self) -> HashSet<String> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
