//! In what a container that Kanto-CM holds differs from the one that a manifest asks for.

use std::fmt;

use super::flatten::{flatten, scalar, Value};
use super::secrets::hidden;
use super::{Id, Listed};

/// One value in which a manifest and a container differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Path in the terms of Kanto-CM's API, such as `host_config.restart_policy.type`.
    pub key: &'static str,
    /// What the manifest says, Kanto-CM's defaults included.
    pub desired: Value,
    /// What the container has.
    pub observed: Value,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} -> {}", self.key, self.observed, self.desired)
    }
}

/// Compares what a manifest asks for with the container that was matched with it. The name counts as a value like any other.
/// Without `show_values`, only the names of variables appear.
pub fn differences(desired: &Listed, observed: &Listed, show_values: bool) -> Vec<Difference> {
    let mut differences = Vec::new();
    if !desired.id.is_empty() && Id::of(&desired.id, &observed.id).is_none() {
        differences.push(Difference {
            key: "id",
            desired: scalar(&desired.id),
            observed: scalar(&observed.id),
        });
    }
    let pairs = flatten(desired).into_iter().zip(flatten(observed));
    for ((key, desired), (_, observed)) in pairs {
        if desired != observed {
            differences.push(Difference {
                key,
                desired: hidden(key, desired.clone(), &observed, show_values),
                observed: hidden(key, observed, &desired, show_values),
            });
        }
    }
    differences
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::{Hook, Image, MountPoint, PortMapping, Spec};

    fn container() -> Spec {
        let image = Image {
            name: "i:1".into(),
            ..Image::default()
        };
        Spec {
            id: "x".into(),
            name: "a".into(),
            image,
            ..Spec::default()
        }
    }

    /// `observed`: as Kanto-CM lists it.
    fn keys(desired: &Spec, observed: &Spec) -> Vec<&'static str> {
        let observed = Listed::from_kanto_cm(observed.clone());
        differences(&desired.listed(), &observed, false)
            .into_iter()
            .map(|difference| difference.key)
            .collect()
    }

    #[test]
    fn defaults_make_no_difference() {
        assert!(keys(&container(), &container().with_defaults()).is_empty());
    }

    #[test]
    fn passwords_are_not_shown() {
        let with = |secret: &str| {
            let mut spec = container();
            spec.env = vec![format!("TOKEN={secret}"), "LEVEL=info".into()];
            spec.image.decrypt_keys = vec![format!("/key.pem:{secret}")];
            spec.hooks = vec![Hook {
                kind: "Prestart".into(),
                path: "/hook".into(),
                env: vec![format!("TOKEN={secret}")],
                ..Hook::default()
            }];
            spec
        };
        let shown = |show_values| {
            let found = differences(
                &with("new-secret").listed(),
                &with("old-secret").listed(),
                show_values,
            );
            format!("{found:?}")
        };
        let all = shown(true);
        let all = all.matches("secret").count();
        assert_eq!(all, 4, "those of the variable and of the hook, old and new");
        let shown = shown(false);
        assert!(!shown.contains("secret"), "{shown}");
        for name in ["TOKEN=…", "Prestart /hook […"] {
            assert!(shown.contains(name), "{shown}");
        }
        assert!(!shown.contains("key.pem"), "{shown}");
        assert!(!shown.contains("LEVEL"), "{shown}");
    }

    #[test]
    fn sets_have_no_order_and_commands_do() {
        let mount = |n: &str| MountPoint {
            source: n.into(),
            destination: n.into(),
            ..MountPoint::default()
        };
        let port = |n| PortMapping {
            host_port: n,
            container_port: n,
            ..PortMapping::default()
        };
        let mut desired = container();
        desired.mounts = vec![mount("/a"), mount("/b")];
        desired.env = vec!["A=1".into(), "B=2".into()];
        desired.host_config.port_mappings = vec![port(1), port(2)];
        desired.host_config.extra_hosts = vec!["a:1.1.1.1".into(), "b:1.1.1.1".into()];
        desired.host_config.extra_capabilities = vec!["CAP_A".into(), "CAP_B".into()];
        let mut observed = desired.clone().with_defaults();
        observed.mounts.reverse();
        observed.env.reverse();
        observed.host_config.port_mappings.reverse();
        observed.host_config.extra_hosts.reverse();
        observed.host_config.extra_capabilities.reverse();
        assert!(keys(&desired, &observed).is_empty());
        desired.cmd = vec!["a".into(), "b".into()];
        observed.cmd = vec!["b".into(), "a".into()];
        assert_eq!(keys(&desired, &observed), ["config.cmd"]);
    }

    #[test]
    fn what_kanto_cm_rewrites_makes_no_difference() {
        let mut desired = container();
        desired.host_config.network_mode = "host".into();
        desired.host_config.resources.memory = "10M".into();
        desired.host_config.resources.memory_swap = "-1".into();
        let mut observed = desired.clone().with_defaults();
        observed.host_name = "the-machine".into();
        observed.host_config.runtime = "io.containerd.runc.v1".into();
        assert!(keys(&desired, &observed).is_empty());
        observed.host_config.resources.memory_swap = "-1".into(); // as its Update stores it
        assert!(keys(&desired, &observed).is_empty());
        observed.host_config.resources.memory_swap = "20M".into();
        assert_eq!(
            keys(&desired, &observed),
            ["host_config.resources.memory_swap"]
        );
    }

    #[test]
    fn memory_alone_means_swap_of_the_same_size() {
        let mut desired = container();
        desired.host_config.resources.memory = "10M".into();
        let mut observed = desired.clone();
        observed.host_config.resources.memory_swap = "20M".into();
        assert!(keys(&desired, &observed.clone().with_defaults()).is_empty());
        observed = desired.clone().with_defaults();
        observed.host_config.resources.memory_swap.clear();
        assert_eq!(
            keys(&desired, &observed),
            ["host_config.resources.memory_swap"],
            "unlimited swap is listed as none"
        );
    }

    #[test]
    fn created_again_it_is_the_same() {
        let mut listed = container().with_defaults();
        listed.host_config.resources.memory = "10M".into();
        listed.host_config.resources.memory_swap.clear(); // unlimited
        let listed = Listed::from_kanto_cm(listed);
        let again = listed.to_spec("x-2".into()).listed();
        assert!(listed.is_same(&again));
        assert_eq!(again.id, "x-2");
    }

    #[test]
    fn an_id_differs_but_for_a_healing_suffix() {
        let mut observed = container().with_defaults();
        observed.id = "x-2".into();
        assert!(keys(&container(), &observed).is_empty());
        observed.id = "y".into();
        assert_eq!(keys(&container(), &observed), ["id"]);
        let anonymous = Spec {
            id: String::new(),
            ..container()
        };
        assert!(keys(&anonymous, &observed).is_empty());
    }
}
