//! A container as named values. What Kanto-CM rewrites by itself has one form. What has no order, such as ports and devices, is a
//! sorted set. Mounts and the environment have some order: see [`forms`].

use std::fmt;

use super::{forms, HostConfig, LogConfig, Spec};
use crate::sort::sort;

/// A flattened value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A text, number or truth value.
    Scalar(String),
    /// A list, or a set in sorted order.
    List(Vec<String>),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Scalar(text) => write!(f, "{text:?}"),
            Value::List(items) => write!(f, "{items:?}"),
        }
    }
}

type Field = (&'static str, Value);

/// Every value but the id, which a manifest need not give. The same keys in the same order for every container.
pub(super) fn flatten(container: &Spec) -> Vec<Field> {
    let io = &container.io_config;
    let mut fields = vec![
        ("name", scalar(&container.name)),
        ("image.name", scalar(&container.image.name)),
        (
            "image.decrypt_config.keys",
            set(&container.image.decrypt_keys),
        ),
        (
            "image.decrypt_config.recipients",
            set(&container.image.decrypt_recipients),
        ),
        ("host_name", scalar(host_name(container))),
        ("domain_name", scalar(&container.domain_name)),
        ("mounts", Value::List(forms::mounts(&container.mounts))),
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
        ("io_config.attach_stderr", scalar(&io.attach_stderr)),
        ("io_config.attach_stdin", scalar(&io.attach_stdin)),
        ("io_config.attach_stdout", scalar(&io.attach_stdout)),
        ("io_config.open_stdin", scalar(&io.open_stdin)),
        ("io_config.stdin_once", scalar(&io.stdin_once)),
        ("io_config.tty", scalar(&io.tty)),
        ("config.env", Value::List(forms::env(&container.env))),
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
        ("host_config.network_mode", scalar(&host.network_mode)),
        ("host_config.privileged", scalar(&host.privileged)),
        ("host_config.restart_policy.type", scalar(&policy.kind)),
        (
            "host_config.restart_policy.maximum_retry_count",
            scalar(&policy.maximum_retry_count),
        ),
        (
            "host_config.restart_policy.retry_timeout",
            scalar(&policy.retry_timeout),
        ),
        ("host_config.runtime", scalar(runtime(&host.runtime))),
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
        ("host_config.resources.memory", scalar(&resources.memory)),
        (
            "host_config.resources.memory_reservation",
            scalar(&resources.memory_reservation),
        ),
        (
            "host_config.resources.memory_swap",
            scalar(swap(&resources.memory_swap)),
        ),
    ]);
    flatten_log_config(&host.log_config, fields);
}

fn flatten_log_config(log: &LogConfig, fields: &mut Vec<Field>) {
    fields.extend([
        (
            "host_config.log_config.driver_config.type",
            scalar(&log.driver),
        ),
        (
            "host_config.log_config.driver_config.max_files",
            scalar(&log.max_files),
        ),
        (
            "host_config.log_config.driver_config.max_size",
            scalar(&log.max_size),
        ),
        (
            "host_config.log_config.driver_config.root_dir",
            scalar(&log.root_dir),
        ),
        ("host_config.log_config.mode_config.mode", scalar(&log.mode)),
        (
            "host_config.log_config.mode_config.max_buffer_size",
            scalar(&log.max_buffer_size),
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

pub(super) fn scalar<T: ToString + ?Sized>(value: &T) -> Value {
    Value::Scalar(value.to_string())
}

fn set(items: &[String]) -> Value {
    set_of(items, Clone::clone)
}

fn set_of<T>(items: &[T], text: impl Fn(&T) -> String) -> Value {
    let mut texts: Vec<String> = items.iter().map(text).collect();
    sort(&mut texts);
    texts.dedup();
    Value::List(texts)
}

fn list_of<T>(items: &[T], text: impl Fn(&T) -> String) -> Value {
    Value::List(items.iter().map(text).collect())
}
