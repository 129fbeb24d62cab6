//! The fields of a container, as both formats have them.

use super::format::{hook_kind, seconds, Format};
use super::object::Object;
use crate::container::{
    DeviceMapping, Hook, HostConfig, Image, IoConfig, LogConfig, MountPoint, PortMapping,
    Resources, RestartPolicy, Spec,
};

/// Reads everything but the runtime state.
pub(super) fn container(object: &mut Object<'_, '_>) -> Spec {
    let mut container = Spec {
        id: object.text("id"),
        name: object.text("name"),
        image: object.object("image", image),
        host_name: object.text("host_name"),
        domain_name: object.text("domain_name"),
        mounts: object.objects("mounts", mount),
        hooks: object.objects("hooks", hook),
        host_config: object.object("host_config", host_config),
        io_config: object.object("io_config", io_config),
        ..Spec::default()
    };
    (container.env, container.cmd) = object.object("config", |config| {
        (config.texts("env"), config.texts("cmd"))
    });
    container
}

/// Skips the state that Kanto-CM writes by itself: a file copied from Kanto-CM's store has it, and it is not deployed.
pub(super) fn skip_cm_state(object: &mut Object<'_, '_>) {
    object.ignore(&[
        "resolv_conf_path",
        "hosts_path",
        "hostname_path",
        "network_settings",
        "state",
        "created",
        "restart_count",
        "manually_stopped",
        "started_successfully_before",
    ]);
}

/// Skips the runtime state: the internal format must have it, and it is not deployed.
pub(super) fn skip_internal_state(object: &mut Object<'_, '_>) {
    object.ignore(&[
        "resolv_conf_path",
        "hosts_path",
        "hostname_path",
        "created",
        "manually_stopped",
        "restart_count",
    ]);
    object.object_or_ignore("network_settings", |settings| {
        settings.ignore(&[
            "networks",
            "sandbox_id",
            "sandbox_key",
            "network_controller_id",
        ]);
    });
    object.object_or_ignore("state", |state| {
        state.ignore(&[
            "pid",
            "started_at",
            "error",
            "exit_code",
            "finished_at",
            "exited",
            "dead",
            "restarting",
        ]);
        state.ignore(&["paused", "running", "status"]);
        // The API says oomKilled, the documented example oom_killed.
        state.ignore(&[if state.has("oomKilled") {
            "oomKilled"
        } else {
            "oom_killed"
        }]);
    });
}

fn image(object: &mut Object<'_, '_>) -> Image {
    let name = object.text("name");
    let (decrypt_keys, decrypt_recipients) = object.object("decrypt_config", |decrypt| {
        (decrypt.texts("keys"), decrypt.texts("recipients"))
    });
    Image {
        name,
        decrypt_keys,
        decrypt_recipients,
    }
}

fn mount(object: &mut Object<'_, '_>) -> MountPoint {
    MountPoint {
        destination: object.text("destination"),
        source: object.text("source"),
        propagation_mode: object.text("propagation_mode"),
    }
}

fn hook(object: &mut Object<'_, '_>) -> Hook {
    let kind = match object.format() {
        Format::ContainerManagement => hook_kind(object.integer("type")),
        Format::Internal => object.text("type"),
    };
    Hook {
        path: object.text("path"),
        args: object.texts("args"),
        env: object.texts("env"),
        timeout: object.integer("timeout"),
        kind,
    }
}

fn host_config(object: &mut Object<'_, '_>) -> HostConfig {
    HostConfig {
        devices: object.objects("devices", device),
        network_mode: object.text("network_mode"),
        privileged: object.flag("privileged"),
        restart_policy: object.object("restart_policy", restart_policy),
        runtime: object.text("runtime"),
        extra_hosts: object.texts("extra_hosts"),
        port_mappings: object.objects("port_mappings", port_mapping),
        log_config: object.object("log_config", log_config),
        resources: object.object("resources", resources),
        extra_capabilities: object.optional_texts("extra_capabilities"),
    }
}

fn device(object: &mut Object<'_, '_>) -> DeviceMapping {
    DeviceMapping {
        path_on_host: object.text("path_on_host"),
        path_in_container: object.text("path_in_container"),
        cgroup_permissions: object.text("cgroup_permissions"),
    }
}

fn restart_policy(object: &mut Object<'_, '_>) -> RestartPolicy {
    let maximum_retry_count = object.integer("maximum_retry_count");
    let mut retry_timeout = object.integer("retry_timeout");
    if object.format() == Format::ContainerManagement {
        let (seconds, is_rounded) = seconds(retry_timeout);
        if is_rounded {
            let message = format!("{retry_timeout} is taken for nanoseconds and becomes {seconds} s: write whole seconds");
            object.warn("retry_timeout", message);
        }
        retry_timeout = seconds;
    }
    let mut kind = object.text("type");
    // Kanto-CM fills in a policy that is absent, but refuses one without a type.
    if kind.is_empty() && retry_timeout != 0 {
        "unless-stopped".clone_into(&mut kind);
    }
    RestartPolicy {
        maximum_retry_count,
        retry_timeout,
        kind,
    }
}

fn port_mapping(object: &mut Object<'_, '_>) -> PortMapping {
    let protocol = match object.format() {
        // Many manifests in the field use the API's word, which Kanto-CM itself ignores in this format. `spelling`
        // makes the first one `proto`.
        Format::ContainerManagement => object.text_or_alias("protocol", "protocol"),
        Format::Internal => object.text("protocol"),
    };
    PortMapping {
        protocol,
        host_ip: object.text("host_ip"),
        host_port: object.integer("host_port"),
        host_port_end: object.integer("host_port_end"),
        container_port: object.integer("container_port"),
    }
}

fn log_config(object: &mut Object<'_, '_>) -> LogConfig {
    let mut log = object.object("driver_config", |driver| LogConfig {
        driver: driver.text("type"),
        max_files: driver.integer("max_files"),
        max_size: driver.text("max_size"),
        root_dir: driver.text("root_dir"),
        ..LogConfig::default()
    });
    (log.mode, log.max_buffer_size) = object.object("mode_config", |mode| {
        (mode.text("mode"), mode.text("max_buffer_size"))
    });
    log
}

fn resources(object: &mut Object<'_, '_>) -> Resources {
    Resources {
        memory: object.text("memory"),
        memory_reservation: object.text("memory_reservation"),
        memory_swap: object.text("memory_swap"),
    }
}

fn io_config(object: &mut Object<'_, '_>) -> IoConfig {
    IoConfig {
        attach_stderr: object.flag("attach_stderr"),
        attach_stdin: object.flag("attach_stdin"),
        attach_stdout: object.flag("attach_stdout"),
        open_stdin: object.flag("open_stdin"),
        stdin_once: object.flag("stdin_once"),
        tty: object.flag("tty"),
    }
}
