//! A replacement: all that it takes to put one container in the place of another, and to take that back.

use crate::container::{Container, Role};
use crate::kanto_cm::Existing;

/// One container in the place of another. Its two helpers in Kanto-CM are the journal: what they and the container look like
/// says how far it has come.
#[derive(Debug, Clone)]
pub struct Replacement {
    /// Where to begin.
    pub begin: Begin,
    /// What to create, with the id that it is to have.
    pub new: Container,
    /// What to go back to, as to be given to Create.
    pub old: Container,
    /// Digest of the manifest that asks for the new one.
    pub digest: String,
    /// Id of the helper that holds the new configuration.
    pub next: String,
    /// Id of the helper that holds the old configuration.
    pub prev: String,
    /// A manifest of this directory asks for the container.
    pub has_manifest: bool,
}

/// How far a replacement has come.
#[derive(Debug, Clone)]
pub enum Begin {
    /// The old container is there.
    Old {
        /// It.
        old: Box<Existing>,
        /// The helper with the new configuration is there.
        staged: bool,
        /// The helper with the old configuration is there.
        held: bool,
    },
    /// Both helpers are there, and no container: the old one was removed.
    Nothing,
    /// The new container is there and may not have settled.
    New(Box<Existing>),
    /// The new container is there, and is not to stay, for this reason.
    Back(Box<Existing>, String),
    /// There is no container, and the new one is not wanted any more: the old one is to come back.
    Restore,
}

impl Replacement {
    /// From the container that is there to `new`, which has the id that it is to have.
    pub(super) fn of(existing: &Existing, new: Container, digest: String) -> Replacement {
        let old = &existing.container;
        let old = old.to_create_again(old.id.clone());
        Replacement {
            begin: Begin::Old {
                old: Box::new(existing.clone()),
                staged: false,
                held: false,
            },
            next: new.as_helper(Role::Next).id,
            prev: old.as_helper(Role::Prev).id,
            new,
            old,
            digest,
            has_manifest: true,
        }
    }

    /// Was it begun by a run that was interrupted?
    pub fn is_under_way(&self) -> bool {
        !matches!(self.begin, Begin::Old { .. })
    }

    /// The container that is there now.
    pub fn existing(&self) -> Option<&Existing> {
        match &self.begin {
            Begin::Old { old: one, .. } | Begin::New(one) | Begin::Back(one, _) => Some(one),
            Begin::Nothing | Begin::Restore => None,
        }
    }

    pub(super) fn words(&self) -> &'static [&'static str] {
        match self.begin {
            Begin::Old { .. } | Begin::Nothing => &["replace"],
            Begin::New(_) => &["watch"],
            Begin::Back(..) => &["roll back"],
            Begin::Restore => &["restore"],
        }
    }
}
