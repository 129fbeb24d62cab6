//! The fields of a container, as both formats have them.

use super::cm_format;
use super::parse::Format;
use super::reader::Reader;
use crate::container::{
    DeviceMapping, Hook, HostConfig, Image, IoConfig, LogConfig, MountPoint, PortMapping,
    Resources, RestartPolicy, Spec,
};

/// Everything but the runtime state.
pub(super) fn container(reader: &mut Reader<'_, '_>) -> Spec {
    let mut container = Spec {
        id: reader.text("id"),
        name: reader.text("name"),
        image: reader.object("image", image),
        host_name: reader.text("host_name"),
        domain_name: reader.text("domain_name"),
        mounts: reader.objects("mounts", mount),
        hooks: reader.objects("hooks", hook),
        host_config: reader.object("host_config", host_config),
        io_config: reader.object("io_config", io_config),
        ..Spec::default()
    };
    (container.env, container.cmd) = reader.object("config", |config| {
        (config.texts("env"), config.texts("cmd"))
    });
    container
}

fn image(reader: &mut Reader<'_, '_>) -> Image {
    let name = reader.text("name");
    let (decrypt_keys, decrypt_recipients) = reader.object("decrypt_config", |decrypt| {
        (decrypt.texts("keys"), decrypt.texts("recipients"))
    });
    Image {
        name,
        decrypt_keys,
        decrypt_recipients,
    }
}

fn mount(reader: &mut Reader<'_, '_>) -> MountPoint {
    MountPoint {
        destination: reader.text("destination"),
        source: reader.text("source"),
        propagation_mode: reader.text("propagation_mode"),
    }
}

fn hook(reader: &mut Reader<'_, '_>) -> Hook {
    let kind = match reader.format() {
        Format::ContainerManagement => cm_format::hook_kind(reader.integer("type")),
        Format::Internal => reader.text("type"),
    };
    Hook {
        path: reader.text("path"),
        args: reader.texts("args"),
        env: reader.texts("env"),
        timeout: reader.small_integer("timeout"),
        kind,
    }
}

fn host_config(reader: &mut Reader<'_, '_>) -> HostConfig {
    HostConfig {
        devices: reader.objects("devices", device),
        network_mode: reader.text("network_mode"),
        privileged: reader.flag("privileged"),
        restart_policy: reader.object("restart_policy", restart_policy),
        runtime: reader.text("runtime"),
        extra_hosts: reader.texts("extra_hosts"),
        port_mappings: reader.objects("port_mappings", port_mapping),
        log_config: reader.object("log_config", log_config),
        resources: reader.object("resources", resources),
        extra_capabilities: reader.optional_texts("extra_capabilities"),
    }
}

fn device(reader: &mut Reader<'_, '_>) -> DeviceMapping {
    DeviceMapping {
        path_on_host: reader.text("path_on_host"),
        path_in_container: reader.text("path_in_container"),
        cgroup_permissions: reader.text("cgroup_permissions"),
    }
}

fn restart_policy(reader: &mut Reader<'_, '_>) -> RestartPolicy {
    let maximum_retry_count = reader.integer("maximum_retry_count");
    let mut retry_timeout = reader.integer("retry_timeout");
    if reader.format() == Format::ContainerManagement {
        let (seconds, is_rounded) = cm_format::seconds(retry_timeout);
        if is_rounded {
            let message = format!("{retry_timeout} is taken for nanoseconds and becomes {seconds} s: write whole seconds");
            reader.warn("retry_timeout", message);
        }
        retry_timeout = seconds;
    }
    let mut kind = reader.text("type");
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

fn port_mapping(reader: &mut Reader<'_, '_>) -> PortMapping {
    let protocol = match reader.format() {
        // Many manifests in the field use the API's word, which Kanto-CM itself ignores in this format.
        Format::ContainerManagement => reader.text_or_alias("protocol", "protocol"),
        Format::Internal => reader.text("protocol"),
    };
    PortMapping {
        protocol,
        host_ip: reader.text("host_ip"),
        host_port: reader.integer("host_port"),
        host_port_end: reader.integer("host_port_end"),
        container_port: reader.integer("container_port"),
    }
}

fn log_config(reader: &mut Reader<'_, '_>) -> LogConfig {
    let mut log = reader.object("driver_config", |driver| LogConfig {
        driver: driver.text("type"),
        max_files: driver.integer("max_files"),
        max_size: driver.text("max_size"),
        root_dir: driver.text("root_dir"),
        ..LogConfig::default()
    });
    (log.mode, log.max_buffer_size) = reader.object("mode_config", |mode| {
        (mode.text("mode"), mode.text("max_buffer_size"))
    });
    log
}

fn resources(reader: &mut Reader<'_, '_>) -> Resources {
    Resources {
        memory: reader.text("memory"),
        memory_reservation: reader.text("memory_reservation"),
        memory_swap: reader.text("memory_swap"),
    }
}

fn io_config(reader: &mut Reader<'_, '_>) -> IoConfig {
    IoConfig {
        attach_stderr: reader.flag("attach_stderr"),
        attach_stdin: reader.flag("attach_stdin"),
        attach_stdout: reader.flag("attach_stdout"),
        open_stdin: reader.flag("open_stdin"),
        stdin_once: reader.flag("stdin_once"),
        tty: reader.flag("tty"),
    }
}
