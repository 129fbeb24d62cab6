//! In what a container that Kanto-CM holds differs from the one that a manifest asks for.
//!
//! A container is flattened to named values. What Kanto-CM rewrites by itself is flattened to one form, what has no order
//! (ports, devices, …) to a sorted set, and what has some order (mounts, environment) by [`forms`]: only a difference that
//! matters shows.

use std::fmt;

use super::secrets::hidden;
use super::{forms, HostConfig, Id, LogConfig, Spec};
use crate::sort::sort;

/// One value in which a manifest and a container differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Path in the terms of Kanto-CM's API, such as `host_config.restart_policy.type`.
    pub key: &'static str,
    /// What the manifest says, Kanto-CM's defaults included.
    pub wanted: Value,
    /// What the container has.
    pub existing: Value,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} -> {}", self.key, self.existing, self.wanted)
    }
}

/// A flattened value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A text, number or truth value.
    One(String),
    /// A list, or a set in sorted order.
    Many(Vec<String>),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::One(text) => write!(f, "{text:?}"),
            Value::Many(items) => write!(f, "{items:?}"),
        }
    }
}

/// Every value in which `existing` is not as `wanted` (with Kanto-CM's defaults filled in) asks. The two names always
/// belong together here: who compares has found the one by the other. `show_values`: of variables not the names alone.
pub fn differences(wanted: &Spec, existing: &Spec, show_values: bool) -> Vec<Difference> {
    let wanted = wanted.clone().with_defaults();
    let mut differences: Vec<Difference> = flatten(&wanted)
        .into_iter()
        .zip(flatten(existing))
        .filter(|((_, wanted), (_, existing))| wanted != existing)
        .map(|((key, wanted), (_, existing))| Difference {
            key,
            wanted: hidden(key, wanted.clone(), &existing, show_values),
            existing: hidden(key, existing, &wanted, show_values),
        })
        .collect();
    if !wanted.id.is_empty() && Id::of(&wanted.id, &existing.id).is_none() {
        let (wanted, existing) = (one(&wanted.id), one(&existing.id));
        differences.insert(
            0,
            Difference {
                key: "id",
                wanted,
                existing,
            },
        );
    }
    differences
}

/// Are two containers, both as Kanto-CM lists them, the same but for their ids?
pub fn is_same_but_for_id(one: &Spec, other: &Spec) -> bool {
    flatten(one) == flatten(other)
}

type Field = (&'static str, Value);

/// Every value but the id, which a manifest need not give. The same keys in the same order for every container.
pub(super) fn flatten(container: &Spec) -> Vec<Field> {
    let io = &container.io_config;
    let mut fields = vec![
        ("name", one(&container.name)),
        ("image.name", one(&container.image.name)),
        (
            "image.decrypt_config.keys",
            set(&container.image.decrypt_keys),
        ),
        (
            "image.decrypt_config.recipients",
            set(&container.image.decrypt_recipients),
        ),
        ("host_name", one(host_name(container))),
        ("domain_name", one(&container.domain_name)),
        ("mounts", Value::Many(forms::mounts(&container.mounts))),
        (
            "hooks",
            list_of(&container.hooks, |h| {
                format!(
                    "{} {} {:?} {:?} {}",
                    h.kind, h.path, h.args, h.env, h.timeout
                )
            }),
        ),
    ];
    flatten_host_config(&container.host_config, &mut fields);
    fields.extend([
        ("io_config.attach_stderr", one(&io.attach_stderr)),
        ("io_config.attach_stdin", one(&io.attach_stdin)),
        ("io_config.attach_stdout", one(&io.attach_stdout)),
        ("io_config.open_stdin", one(&io.open_stdin)),
        ("io_config.stdin_once", one(&io.stdin_once)),
        ("io_config.tty", one(&io.tty)),
        ("config.env", Value::Many(forms::env(&container.env))),
        ("config.cmd", list_of(&container.cmd, Clone::clone)),
    ]);
    fields
}

fn flatten_host_config(host: &HostConfig, fields: &mut Vec<Field>) {
    let (policy, resources) = (&host.restart_policy, &host.resources);
    fields.extend([
        (
            "host_config.devices",
            set_of(&host.devices, |d| {
                let permissions = forms::permissions(&d.cgroup_permissions);
                format!("{}:{}:{permissions}", d.path_on_host, d.path_in_container)
            }),
        ),
        ("host_config.network_mode", one(&host.network_mode)),
        ("host_config.privileged", one(&host.privileged)),
        ("host_config.restart_policy.type", one(&policy.kind)),
        (
            "host_config.restart_policy.maximum_retry_count",
            one(&policy.maximum_retry_count),
        ),
        (
            "host_config.restart_policy.retry_timeout",
            one(&policy.retry_timeout),
        ),
        ("host_config.runtime", one(runtime(&host.runtime))),
        ("host_config.extra_hosts", set(&host.extra_hosts)),
        (
            "host_config.extra_capabilities",
            set(&host.extra_capabilities),
        ),
        (
            "host_config.port_mappings",
            set_of(&host.port_mappings, |p| {
                let (first, last) = (p.host_port, p.host_port_end);
                format!(
                    "{}:{first}-{last}:{}/{}",
                    p.host_ip, p.container_port, p.protocol
                )
            }),
        ),
        ("host_config.resources.memory", one(&resources.memory)),
        (
            "host_config.resources.memory_reservation",
            one(&resources.memory_reservation),
        ),
        (
            "host_config.resources.memory_swap",
            one(swap(&resources.memory_swap)),
        ),
    ]);
    flatten_log_config(&host.log_config, fields);
}

fn flatten_log_config(log: &LogConfig, fields: &mut Vec<Field>) {
    fields.extend([
        (
            "host_config.log_config.driver_config.type",
            one(&log.driver),
        ),
        (
            "host_config.log_config.driver_config.max_files",
            one(&log.max_files),
        ),
        (
            "host_config.log_config.driver_config.max_size",
            one(&log.max_size),
        ),
        (
            "host_config.log_config.driver_config.root_dir",
            one(&log.root_dir),
        ),
        ("host_config.log_config.mode_config.mode", one(&log.mode)),
        (
            "host_config.log_config.mode_config.max_buffer_size",
            one(&log.max_buffer_size),
        ),
    ]);
}

/// With the machine's network, Kanto-CM's Start overwrites the host name with the machine's.
fn host_name(container: &Spec) -> &str {
    if container.host_config.network_mode == "host" {
        ""
    } else {
        &container.host_name
    }
}

/// Kanto-CM's Start exchanges the names of runc's shims for one another.
fn runtime(name: &str) -> &str {
    const RUNC: [&str; 3] = [
        "io.containerd.runtime.v1.linux",
        "io.containerd.runc.v1",
        "io.containerd.runc.v2",
    ];
    if RUNC.contains(&name) {
        RUNC[2]
    } else {
        name
    }
}

/// Kanto-CM's Create stores "unlimited" (-1) as nothing, its Update stores it as it is.
fn swap(memory_swap: &str) -> &str {
    if memory_swap == "-1" {
        ""
    } else {
        memory_swap
    }
}

fn one<T: ToString + ?Sized>(value: &T) -> Value {
    Value::One(value.to_string())
}

fn set(items: &[String]) -> Value {
    set_of(items, Clone::clone)
}

fn set_of<T>(items: &[T], text: impl Fn(&T) -> String) -> Value {
    let mut texts: Vec<String> = items.iter().map(text).collect();
    sort(&mut texts);
    texts.dedup();
    Value::Many(texts)
}

fn list_of<T>(items: &[T], text: impl Fn(&T) -> String) -> Value {
    Value::Many(items.iter().map(text).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::{Hook, Image, MountPoint, PortMapping};

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

    fn keys(wanted: &Spec, existing: &Spec) -> Vec<&'static str> {
        differences(wanted, existing, false)
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
            let found = differences(&with("new-secret"), &with("old-secret"), show_values);
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
        let mut wanted = container();
        wanted.mounts = vec![mount("/a"), mount("/b")];
        wanted.env = vec!["A=1".into(), "B=2".into()];
        wanted.host_config.port_mappings = vec![port(1), port(2)];
        wanted.host_config.extra_hosts = vec!["a:1.1.1.1".into(), "b:1.1.1.1".into()];
        wanted.host_config.extra_capabilities = vec!["CAP_A".into(), "CAP_B".into()];
        let mut existing = wanted.clone().with_defaults();
        existing.mounts.reverse();
        existing.env.reverse();
        existing.host_config.port_mappings.reverse();
        existing.host_config.extra_hosts.reverse();
        existing.host_config.extra_capabilities.reverse();
        assert!(keys(&wanted, &existing).is_empty());
        wanted.cmd = vec!["a".into(), "b".into()];
        existing.cmd = vec!["b".into(), "a".into()];
        assert_eq!(keys(&wanted, &existing), ["config.cmd"]);
    }

    #[test]
    fn what_kanto_cm_rewrites_makes_no_difference() {
        let mut wanted = container();
        wanted.host_config.network_mode = "host".into();
        wanted.host_config.resources.memory = "10M".into();
        wanted.host_config.resources.memory_swap = "-1".into();
        let mut existing = wanted.clone().with_defaults();
        existing.host_name = "the-machine".into();
        existing.host_config.runtime = "io.containerd.runc.v1".into();
        assert!(keys(&wanted, &existing).is_empty());
        existing.host_config.resources.memory_swap = "-1".into(); // as its Update stores it
        assert!(keys(&wanted, &existing).is_empty());
        existing.host_config.resources.memory_swap = "20M".into();
        assert_eq!(
            keys(&wanted, &existing),
            ["host_config.resources.memory_swap"]
        );
    }

    #[test]
    fn memory_alone_means_swap_of_the_same_size() {
        let mut wanted = container();
        wanted.host_config.resources.memory = "10M".into();
        let mut existing = wanted.clone();
        existing.host_config.resources.memory_swap = "20M".into();
        assert!(keys(&wanted, &existing.clone().with_defaults()).is_empty());
        existing = wanted.clone().with_defaults();
        existing.host_config.resources.memory_swap.clear();
        assert_eq!(
            keys(&wanted, &existing),
            ["host_config.resources.memory_swap"],
            "unlimited swap is listed as none"
        );
    }

    #[test]
    fn created_again_it_is_the_same() {
        let mut listed = container().with_defaults();
        listed.host_config.resources.memory = "10M".into();
        listed.host_config.resources.memory_swap.clear(); // unlimited
        let again = listed.to_create_again("x-2".into()).with_defaults();
        assert!(is_same_but_for_id(&listed, &again));
        assert_eq!(again.id, "x-2");
    }

    #[test]
    fn an_id_differs_but_for_a_healing_suffix() {
        let mut existing = container().with_defaults();
        existing.id = "x-2".into();
        assert!(keys(&container(), &existing).is_empty());
        existing.id = "y".into();
        assert_eq!(keys(&container(), &existing), ["id"]);
        let anonymous = Spec {
            id: String::new(),
            ..container()
        };
        assert!(keys(&anonymous, &existing).is_empty());
    }
}
