//! A container's configuration as Kanto-CM lists it: with its defaults filled in, which happens exactly once.

use std::ops::Deref;

use super::{digest, digest_but_for_id, is_same_but_for_id, Spec};

/// A configuration with Kanto-CM's defaults. It is read like a [`Spec`], but only [`Listed::to_spec`] gives what a Create takes:
/// Kanto-CM lists an unlimited swap as an empty one, and its Create takes an empty one as twice the memory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listed(Spec);

impl Listed {
    /// What Kanto-CM answered.
    pub fn from_kanto_cm(answer: Spec) -> Listed {
        Listed(answer)
    }

    /// The spec whose Create gives this configuration again, under the id `id`.
    pub fn to_spec(&self, id: String) -> Spec {
        self.0.to_create_again(id)
    }

    /// The configuration that a stand-in holds, as it would be listed itself; `None` for a container that is no stand-in.
    pub fn held(&self) -> Option<Listed> {
        self.0.held().map(Listed)
    }

    /// Is it the same configuration but for the id?
    pub fn is_same(&self, other: &Listed) -> bool {
        is_same_but_for_id(self, other)
    }

    /// Digest of what it was made of, the id apart.
    pub fn digest(&self) -> String {
        digest_but_for_id(self)
    }

    /// Digest of a spec with this configuration, the id included.
    pub fn digest_with_id(&self) -> String {
        digest(self)
    }

    /// The same under another id.
    #[must_use]
    pub fn with_id(&self, id: &str) -> Listed {
        Listed(Spec {
            id: id.to_owned(),
            ..self.0.clone()
        })
    }
}

impl Deref for Listed {
    type Target = Spec;

    fn deref(&self) -> &Spec {
        &self.0
    }
}

impl Spec {
    /// As Kanto-CM will list it after a Create.
    pub fn listed(&self) -> Listed {
        Listed(self.clone().with_defaults())
    }
}
