//! Messages as the program's own types.

use super::super::proto::types as wire;
use crate::container::{
    DeviceMapping, Hook, HostConfig, Image, IoConfig, Listed, LogConfig, MountPoint, Observed,
    PortMapping, Process, Resources, RestartPolicy, Spec, State, Status,
};
use crate::text::shortened;

/// A container as Kanto-CM lists it. A sub-message that is absent counts as one without content.
pub(in super::super) fn from_wire(message: wire::Container) -> Observed {
    let state = message.state.unwrap_or_default();
    let config = message.config.unwrap_or_default();
    Observed {
        restart_count: message.restart_count,
        manually_stopped: message.manually_stopped,
        state: State {
            status: status_from_wire(&state.status),
            pid: state.pid,
            exit_code: state.exit_code,
            error: shortened(state.error),
            started_at: state.started_at,
        },
        listed: Listed::from_kanto_cm(Spec {
            id: message.id,
            name: message.name,
            image: image_from_wire(message.image.unwrap_or_default()),
            host_name: message.host_name,
            domain_name: message.domain_name,
            mounts: message.mounts.into_iter().map(mount_from_wire).collect(),
            hooks: message.hooks.into_iter().map(hook_from_wire).collect(),
            host_config: host_config_from_wire(message.host_config.unwrap_or_default()),
            io_config: io_config_from_wire(&message.io_config.unwrap_or_default()),
            env: config.env,
            cmd: config.cmd,
        }),
        process: Process::Unseen,
    }
}

fn status_from_wire(status: &str) -> Status {
    match status {
        "Creating" => Status::Creating,
        "Created" => Status::Created,
        "Running" => Status::Running,
        "Stopped" => Status::Stopped,
        "Paused" => Status::Paused,
        "Exited" => Status::Exited,
        "Dead" => Status::Dead,
        _ => Status::Unknown,
    }
}

fn image_from_wire(image: wire::Image) -> Image {
    let decrypt_config = image.decrypt_config.unwrap_or_default();
    Image {
        name: image.name,
        decrypt_keys: decrypt_config.keys,
        decrypt_recipients: decrypt_config.recipients,
    }
}

fn mount_from_wire(mount: wire::MountPoint) -> MountPoint {
    MountPoint {
        destination: mount.destination,
        source: mount.source,
        propagation_mode: mount.propagation_mode,
    }
}

fn hook_from_wire(hook: wire::Hook) -> Hook {
    Hook {
        path: hook.path,
        args: hook.args,
        env: hook.env,
        timeout: hook.timeout,
        kind: hook.type_,
    }
}

fn host_config_from_wire(host: wire::HostConfig) -> HostConfig {
    let policy = host.restart_policy.unwrap_or_default();
    let resources = host.resources.unwrap_or_default();
    HostConfig {
        devices: host.devices.into_iter().map(device_from_wire).collect(),
        network_mode: host.network_mode,
        privileged: host.privileged,
        restart_policy: RestartPolicy {
            maximum_retry_count: policy.maximum_retry_count,
            retry_timeout: policy.retry_timeout,
            kind: policy.type_,
        },
        runtime: host.runtime,
        extra_hosts: host.extra_hosts,
        port_mappings: host.port_mappings.into_iter().map(port_from_wire).collect(),
        log_config: log_config_from_wire(host.log_config.unwrap_or_default()),
        resources: Resources {
            memory: resources.memory,
            memory_reservation: resources.memory_reservation,
            memory_swap: resources.memory_swap,
        },
        extra_capabilities: host.extra_capabilities,
    }
}

fn device_from_wire(device: wire::DeviceMapping) -> DeviceMapping {
    DeviceMapping {
        path_on_host: device.path_on_host,
        path_in_container: device.path_in_container,
        cgroup_permissions: device.cgroup_permissions,
    }
}

fn port_from_wire(port: wire::PortMapping) -> PortMapping {
    PortMapping {
        protocol: port.protocol,
        host_ip: port.host_ip,
        host_port: port.host_port,
        host_port_end: port.host_port_end,
        container_port: port.container_port,
    }
}

fn log_config_from_wire(log: wire::LogConfiguration) -> LogConfig {
    let driver = log.driver_config.unwrap_or_default();
    let mode = log.mode_config.unwrap_or_default();
    LogConfig {
        driver: driver.type_,
        max_files: driver.max_files,
        max_size: driver.max_size,
        root_dir: driver.root_dir,
        mode: mode.mode,
        max_buffer_size: mode.max_buffer_size,
    }
}

fn io_config_from_wire(io: &wire::IOConfig) -> IoConfig {
    IoConfig {
        attach_stderr: io.attach_stderr,
        attach_stdin: io.attach_stdin,
        attach_stdout: io.attach_stdout,
        open_stdin: io.open_stdin,
        stdin_once: io.stdin_once,
        tty: io.tty,
    }
}
