//! The two containers that make a replacement safe. They hold a configuration and its image in Kanto-CM, under ids and names
//! of their own, and are never started.

use super::{is_containerd_id, Spec};

const NEXT: &str = "kad-next.";
const PREV: &str = "kad-prev.";

/// Is it a name or id that the deployer keeps for its helpers?
pub fn is_reserved(name: &str) -> bool {
    name.starts_with(NEXT) || name.starts_with(PREV)
}

/// Which configuration a helper holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The one that is to come.
    Next,
    /// The one to go back to.
    Prev,
}

/// What the ids and names of a helper say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Helper<'a> {
    /// Which configuration it holds.
    pub role: Role,
    /// Id of the container that it stands for.
    pub id: &'a str,
    /// Its name.
    pub name: &'a str,
}

impl Spec {
    /// What this container is a helper for, if it is one.
    pub fn helper(&self) -> Option<Helper<'_>> {
        let of = |role, prefix| {
            let id = self.id.strip_prefix(prefix)?;
            let name = self.name.strip_prefix(prefix)?;
            // Kanto-CM takes an id of another form for a path: nothing that we have made, or would remove.
            is_containerd_id(id).then_some(Helper { role, id, name })
        };
        of(Role::Next, NEXT).or_else(|| of(Role::Prev, PREV))
    }

    /// The helper that holds this configuration, to be given to Create. Kanto-CM derives names from the name: they are given as
    /// they will be.
    #[must_use]
    pub fn as_helper(&self, role: Role) -> Spec {
        let prefix = match role {
            Role::Next => NEXT,
            Role::Prev => PREV,
        };
        let filled = self.clone().with_defaults();
        Spec {
            id: format!("{prefix}{}", self.id),
            name: format!("{prefix}{}", self.name),
            host_name: filled.host_name,
            domain_name: filled.domain_name,
            ..self.clone()
        }
    }

    /// The configuration that a helper holds, as Kanto-CM would list it; `None` for one that is no helper.
    pub fn held(&self) -> Option<Spec> {
        let Helper { id, name, .. } = self.helper()?;
        Some(Spec {
            id: id.to_owned(),
            name: name.to_owned(),
            ..self.clone()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::is_same_but_for_id;

    #[test]
    fn what_a_helper_holds_is_what_it_was_made_of() {
        let mut wanted = Spec {
            id: "x".into(),
            name: "a".into(),
            ..Spec::default()
        };
        wanted.host_config.resources.memory = "10M".into();
        for role in [Role::Next, Role::Prev] {
            let listed = wanted.as_helper(role).with_defaults();
            let helper = listed.helper().unwrap();
            assert_eq!((helper.role, helper.id, helper.name), (role, "x", "a"));
            let held = listed.held().unwrap();
            assert_eq!((held.id.as_str(), held.host_name.as_str()), ("x", "a-host"));
            assert!(is_same_but_for_id(&held, &wanted.clone().with_defaults()));
        }
    }

    #[test]
    fn only_what_this_program_could_have_made_is_a_helper() {
        let named = |id: &str, name: &str| Spec {
            id: id.into(),
            name: name.into(),
            ..Spec::default()
        };
        for (id, name) in [
            ("x", "kad-next.a"),
            ("kad-next.x", "a"),
            ("kad-next.x", "kad-prev.a"),
            ("kad-next.", "kad-next.a"),
            ("kad-prev.../x", "kad-prev.a"),
        ] {
            assert_eq!(named(id, name).helper(), None, "{id} {name}");
        }
        assert!(is_reserved("kad-next.a") && is_reserved("kad-prev.") && !is_reserved("kad-nex"));
    }
}
