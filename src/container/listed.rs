//! A container's configuration as Kanto-CM lists it: with its defaults filled in, which happens exactly once.

use std::ops::Deref;

use super::{flatten, Spec};

/// A configuration with Kanto-CM's defaults. It is read like a [`Spec`], but only [`Listed::to_spec`] gives what a Create takes.
/// Kanto-CM lists an unlimited swap as an empty one, and its Create takes an empty one as twice the memory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listed(pub(super) Spec);

impl Listed {
    /// What Kanto-CM answered.
    pub fn from_kanto_cm(answer: Spec) -> Listed {
        Listed(answer)
    }

    /// The spec whose Create gives this configuration again, under the id `id`.
    pub fn to_spec(&self, id: String) -> Spec {
        let mut spec = Spec {
            id,
            ..self.0.clone()
        };
        let resources = &mut spec.host_config.resources;
        if !resources.memory.is_empty() && resources.memory_swap.is_empty() {
            "-1".clone_into(&mut resources.memory_swap);
        }
        spec
    }

    /// Is it the same configuration but for the id?
    pub fn is_same(&self, other: &Listed) -> bool {
        flatten::flatten(self) == flatten::flatten(other)
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
