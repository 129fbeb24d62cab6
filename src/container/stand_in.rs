//! The two containers that make a replacement safe. They hold a configuration and its image in Kanto-CM, under ids and names
//! of their own, and are never started.

use super::{is_containerd_id, Listed, Spec};

const STAGED: &str = "kad-next.";
const BACKUP: &str = "kad-prev.";

/// Is it a name or id that the deployer keeps for its stand-ins?
pub fn is_reserved(name: &str) -> bool {
    role_of(name).is_some()
}

/// What a container with this name or id is kept for, if it is a stand-in.
pub fn role_of(name: &str) -> Option<Role> {
    if name.starts_with(STAGED) {
        Some(Role::Staged)
    } else if name.starts_with(BACKUP) {
        Some(Role::Backup)
    } else {
        None
    }
}

/// Which configuration a stand-in holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The new one, with its image.
    Staged,
    /// The old one, to go back to.
    Backup,
}

/// What the ids and names of a stand-in say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StandIn<'a> {
    /// Which configuration it holds.
    pub role: Role,
    /// Id of the container that it stands for.
    pub id: &'a str,
    /// Its name.
    pub name: &'a str,
}

impl Spec {
    /// What this container is a stand-in for, if it is one.
    pub fn stand_in(&self) -> Option<StandIn<'_>> {
        let of = |role, prefix| {
            let id = self.id.strip_prefix(prefix)?;
            let name = self.name.strip_prefix(prefix)?;
            // Kanto-CM takes an id of another form for a path: nothing that we have made, or would remove.
            is_containerd_id(id).then_some(StandIn { role, id, name })
        };
        of(Role::Staged, STAGED).or_else(|| of(Role::Backup, BACKUP))
    }

    /// The stand-in that holds this configuration, to be given to Create. Kanto-CM derives names from the name: they are given as
    /// they will be.
    #[must_use]
    pub fn as_stand_in(&self, role: Role) -> Spec {
        let prefix = match role {
            Role::Staged => STAGED,
            Role::Backup => BACKUP,
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
}

impl Listed {
    /// The configuration that a stand-in holds, as Kanto-CM would list it; `None` for a container that is no stand-in.
    pub fn held(&self) -> Option<Listed> {
        let StandIn { id, name, .. } = self.stand_in()?;
        let mut held = self.with_id(id);
        name.clone_into(&mut held.0.name);
        Some(held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_stand_in_holds_is_what_it_was_made_of() {
        let mut desired = Spec {
            id: "x".into(),
            name: "a".into(),
            ..Spec::default()
        };
        desired.host_config.resources.memory = "10M".into();
        for role in [Role::Staged, Role::Backup] {
            let listed = desired.as_stand_in(role).listed();
            let stand_in = listed.stand_in().unwrap();
            assert_eq!(
                (stand_in.role, stand_in.id, stand_in.name),
                (role, "x", "a")
            );
            let held = listed.held().unwrap();
            assert_eq!((held.id.as_str(), held.host_name.as_str()), ("x", "a-host"));
            assert!(held.is_same(&desired.listed()));
        }
    }

    #[test]
    fn only_what_this_program_could_have_made_is_a_stand_in() {
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
            assert_eq!(named(id, name).stand_in(), None, "{id} {name}");
        }
        assert!(is_reserved("kad-next.a") && is_reserved("kad-prev.") && !is_reserved("kad-nex"));
    }
}
