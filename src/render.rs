//! Writes a container as a manifest, in either format (`--render`). Pure.
//!
//! What is written is read as the same container again, and then written as the same text.

mod members;

use crate::container::{
    defaults, DeviceMapping, Hook, HostConfig, Image, IoConfig, LogConfig, MountPoint, PortMapping,
    Resources, RestartPolicy, Spec, HOOK_KINDS, NANOSECONDS_FROM,
};
use members::{quoted, Members};

/// Writes a manifest of the CM format, which says only what differs from Kanto-CM's defaults, or of the internal format, which
/// says everything.
pub fn manifest(container: &Spec, is_internal: bool) -> String {
    // With Kanto-CM's defaults, and in the words that its Create takes.
    let container = container.listed().to_spec(container.id.clone());
    let mut members = Members::new(is_internal);
    write_members(&container, &mut members);
    members.into_text()
}

fn write_members(container: &Spec, members: &mut Members) {
    let name = &container.name;
    let [id_key, name_key, mounts_key] = if members.is_complete() {
        ["id", "name", "mounts"]
    } else {
        ["container_id", "container_name", "mount_points"]
    };
    members.text(id_key, &container.id, "");
    members.text(name_key, name, "");
    let object = members.open_object("image");
    image(&container.image, members);
    members.close_object(&object);
    // On the machine's network Kanto-CM replaces the host name by the machine's.
    if members.is_complete() || container.host_config.network_mode != "host" {
        members.text(
            "host_name",
            &container.host_name,
            &defaults::host_name(name),
        );
    }
    let default = defaults::domain_name(name);
    members.text("domain_name", &container.domain_name, &default);
    members.list(mounts_key, &container.mounts, mount);
    members.list("hooks", &container.hooks, hook);
    let object = members.open_object("host_config");
    host_config(&container.host_config, members);
    members.close_object(&object);
    let object = members.open_object("io_config");
    io_config(container.io_config, members);
    members.close_object(&object);
    let object = members.open_object("config");
    members.texts("env", &container.env);
    members.texts("cmd", &container.cmd);
    members.close_object(&object);
    if members.is_complete() {
        runtime_state(members);
    }
}

/// That of a container which was never started.
fn runtime_state(members: &mut Members) {
    for key in ["resolv_conf_path", "hosts_path", "hostname_path", "created"] {
        members.text(key, "", "");
    }
    members.add("network_settings", "null");
    members.add("state", "null");
    members.flag("manually_stopped", false);
    members.number("restart_count", 0, 0);
}

fn image(image: &Image, members: &mut Members) {
    members.text("name", &image.name, "");
    let object = members.open_object("decrypt_config");
    members.texts("keys", &image.decrypt_keys);
    members.texts("recipients", &image.decrypt_recipients);
    members.close_object(&object);
}

fn mount(mount: &MountPoint, members: &mut Members) {
    members.text("source", &mount.source, "");
    members.text("destination", &mount.destination, "");
    members.text(
        "propagation_mode",
        &mount.propagation_mode,
        defaults::PROPAGATION_MODE,
    );
}

fn hook(hook: &Hook, members: &mut Members) {
    members.text("path", &hook.path, "");
    members.texts("args", &hook.args);
    members.texts("env", &hook.env);
    members.number("timeout", hook.timeout.into(), 0);
    match HOOK_KINDS.iter().position(|kind| *kind == hook.kind) {
        Some(number) if !members.is_complete() => members.add("type", &number.to_string()),
        _ => members.add("type", &quoted(&hook.kind)),
    }
}

fn host_config(host: &HostConfig, members: &mut Members) {
    members.list("devices", &host.devices, device);
    members.text("network_mode", &host.network_mode, defaults::NETWORK_MODE);
    members.flag("privileged", host.privileged);
    let object = members.open_object("restart_policy");
    restart_policy(&host.restart_policy, members);
    members.close_object(&object);
    members.text("runtime", &host.runtime, defaults::RUNTIME);
    members.texts("extra_hosts", &host.extra_hosts);
    members.texts("extra_capabilities", &host.extra_capabilities);
    members.list("port_mappings", &host.port_mappings, port);
    let object = members.open_object("log_config");
    log_config(&host.log_config, members);
    members.close_object(&object);
    let object = members.open_object("resources");
    resources(&host.resources, members);
    members.close_object(&object);
}

fn device(device: &DeviceMapping, members: &mut Members) {
    let on_host = &device.path_on_host;
    members.text("path_on_host", on_host, "");
    members.text("path_in_container", &device.path_in_container, on_host);
    members.text(
        "cgroup_permissions",
        &device.cgroup_permissions,
        defaults::CGROUP_PERMISSIONS,
    );
}

fn restart_policy(policy: &RestartPolicy, members: &mut Members) {
    let mut timeout = policy.retry_timeout;
    if timeout >= NANOSECONDS_FROM && !members.is_complete() {
        timeout = timeout.saturating_mul(1_000_000_000);
    }
    members.number("maximum_retry_count", policy.maximum_retry_count, 0);
    members.number("retry_timeout", timeout, 0);
    members.leading("type", &policy.kind, defaults::RESTART_POLICY);
}

fn port(port: &PortMapping, members: &mut Members) {
    let key = if members.is_complete() {
        "protocol"
    } else {
        "proto"
    };
    members.text(key, &port.protocol, defaults::PROTOCOL);
    members.text("host_ip", &port.host_ip, defaults::HOST_IP);
    members.number("host_port", port.host_port, 0);
    members.number("host_port_end", port.host_port_end, port.host_port);
    members.number("container_port", port.container_port, 0);
}

fn log_config(log: &LogConfig, members: &mut Members) {
    let (max_files, max_size) = if log.driver == defaults::LOG_DRIVER {
        (defaults::MAX_FILES, defaults::MAX_SIZE)
    } else {
        (0, "")
    };
    let object = members.open_object("driver_config");
    members.number("max_files", log.max_files, max_files);
    members.text("max_size", &log.max_size, max_size);
    members.text("root_dir", &log.root_dir, "");
    members.leading("type", &log.driver, defaults::LOG_DRIVER);
    members.close_object(&object);
    let buffer = if log.mode == "non-blocking" {
        defaults::MAX_BUFFER_SIZE
    } else {
        ""
    };
    let object = members.open_object("mode_config");
    members.text("max_buffer_size", &log.max_buffer_size, buffer);
    members.leading("mode", &log.mode, defaults::LOG_MODE);
    members.close_object(&object);
}

fn resources(resources: &Resources, members: &mut Members) {
    let memory = Resources {
        memory: resources.memory.clone(),
        ..Resources::default()
    };
    members.text("memory", &resources.memory, "");
    members.text("memory_reservation", &resources.memory_reservation, "");
    let doubled = memory.with_defaults().memory_swap;
    members.text("memory_swap", &resources.memory_swap, &doubled);
}

fn io_config(io: IoConfig, members: &mut Members) {
    members.flag("attach_stderr", io.attach_stderr);
    members.flag("attach_stdin", io.attach_stdin);
    members.flag("attach_stdout", io.attach_stdout);
    members.flag("open_stdin", io.open_stdin);
    members.flag("stdin_once", io.stdin_once);
    members.flag("tty", io.tty);
}

#[cfg(test)]
mod tests;
