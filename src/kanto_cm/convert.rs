//! Between the generated messages and the program's own types.
//!
//! Going out, every sub-message is present: a Create without an `image` message crashes Kanto-CM.

use std::time::Duration;

use protobuf::MessageField;

use super::proto::types as wire;
use super::{Existing, State, Status, Update};
use crate::container::{
    Container, DeviceMapping, Hook, HostConfig, Image, IoConfig, LogConfig, MountPoint,
    PortMapping, Resources, RestartPolicy,
};

/// The message for a Create.
pub(super) fn to_wire(container: &Container) -> wire::Container {
    wire::Container {
        id: container.id.clone(),
        name: container.name.clone(),
        image: MessageField::some(image_to_wire(&container.image)),
        host_name: container.host_name.clone(),
        domain_name: container.domain_name.clone(),
        mounts: container.mounts.iter().map(mount_to_wire).collect(),
        hooks: container.hooks.iter().map(hook_to_wire).collect(),
        host_config: MessageField::some(host_config_to_wire(&container.host_config)),
        io_config: MessageField::some(io_config_to_wire(container.io_config)),
        config: MessageField::some(wire::ContainerConfiguration {
            env: container.env.clone(),
            cmd: container.cmd.clone(),
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn image_to_wire(image: &Image) -> wire::Image {
    let encrypted = !image.decrypt_keys.is_empty() || !image.decrypt_recipients.is_empty();
    let decrypt_config = encrypted.then(|| wire::DecryptConfig {
        keys: image.decrypt_keys.clone(),
        recipients: image.decrypt_recipients.clone(),
        ..Default::default()
    });
    wire::Image {
        name: image.name.clone(),
        decrypt_config: decrypt_config.into(),
        ..Default::default()
    }
}

fn mount_to_wire(mount: &MountPoint) -> wire::MountPoint {
    wire::MountPoint {
        destination: mount.destination.clone(),
        source: mount.source.clone(),
        propagation_mode: mount.propagation_mode.clone(),
        ..Default::default()
    }
}

fn hook_to_wire(hook: &Hook) -> wire::Hook {
    wire::Hook {
        path: hook.path.clone(),
        args: hook.args.clone(),
        env: hook.env.clone(),
        timeout: hook.timeout,
        type_: hook.kind.clone(),
        ..Default::default()
    }
}

fn host_config_to_wire(host: &HostConfig) -> wire::HostConfig {
    wire::HostConfig {
        devices: host.devices.iter().map(device_to_wire).collect(),
        network_mode: host.network_mode.clone(),
        privileged: host.privileged,
        restart_policy: restart_policy_to_wire(&host.restart_policy).into(),
        runtime: host.runtime.clone(),
        extra_hosts: host.extra_hosts.clone(),
        port_mappings: host.port_mappings.iter().map(port_to_wire).collect(),
        log_config: MessageField::some(log_config_to_wire(&host.log_config)),
        resources: resources_to_wire(&host.resources).into(),
        extra_capabilities: host.extra_capabilities.clone(),
        ..Default::default()
    }
}

fn device_to_wire(device: &DeviceMapping) -> wire::DeviceMapping {
    wire::DeviceMapping {
        path_on_host: device.path_on_host.clone(),
        path_in_container: device.path_in_container.clone(),
        cgroup_permissions: device.cgroup_permissions.clone(),
        ..Default::default()
    }
}

/// Kanto-CM fills in a policy that is absent, and refuses one whose type is empty.
fn restart_policy_to_wire(policy: &RestartPolicy) -> Option<wire::RestartPolicy> {
    (!policy.kind.is_empty()).then(|| wire::RestartPolicy {
        maximum_retry_count: policy.maximum_retry_count,
        retry_timeout: policy.retry_timeout,
        type_: policy.kind.clone(),
        ..Default::default()
    })
}

fn port_to_wire(port: &PortMapping) -> wire::PortMapping {
    wire::PortMapping {
        protocol: port.protocol.clone(),
        host_ip: port.host_ip.clone(),
        host_port: port.host_port,
        host_port_end: port.host_port_end,
        container_port: port.container_port,
        ..Default::default()
    }
}

fn log_config_to_wire(log: &LogConfig) -> wire::LogConfiguration {
    wire::LogConfiguration {
        driver_config: MessageField::some(wire::LogDriverConfiguration {
            type_: log.driver.clone(),
            max_files: log.max_files,
            max_size: log.max_size.clone(),
            root_dir: log.root_dir.clone(),
            ..Default::default()
        }),
        mode_config: MessageField::some(wire::LogModeConfiguration {
            mode: log.mode.clone(),
            max_buffer_size: log.max_buffer_size.clone(),
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn resources_to_wire(resources: &Resources) -> Option<wire::Resources> {
    (*resources != Resources::default()).then(|| limits_to_wire(resources))
}

fn limits_to_wire(resources: &Resources) -> wire::Resources {
    wire::Resources {
        memory: resources.memory.clone(),
        memory_reservation: resources.memory_reservation.clone(),
        memory_swap: resources.memory_swap.clone(),
        ..Default::default()
    }
}

/// Nothing to change is no message at all.
pub(super) fn update_to_wire(update: &Update) -> Option<wire::UpdateOptions> {
    (*update != Update::default()).then(|| wire::UpdateOptions {
        restart_policy: update
            .restart_policy
            .as_ref()
            .and_then(restart_policy_to_wire)
            .into(),
        // Empty ones are sent too: they lift all limits.
        resources: update.resources.as_ref().map(limits_to_wire).into(),
        ..Default::default()
    })
}

pub(super) fn stop_to_wire(timeout: Duration) -> wire::StopOptions {
    wire::StopOptions {
        timeout: i64::try_from(timeout.as_secs()).unwrap_or(i64::MAX),
        force: true,
        ..Default::default()
    }
}

fn io_config_to_wire(io: IoConfig) -> wire::IOConfig {
    wire::IOConfig {
        attach_stderr: io.attach_stderr,
        attach_stdin: io.attach_stdin,
        attach_stdout: io.attach_stdout,
        open_stdin: io.open_stdin,
        stdin_once: io.stdin_once,
        tty: io.tty,
        ..Default::default()
    }
}

/// A container as it was listed. A sub-message that is absent counts as one without content.
pub(super) fn from_wire(message: wire::Container) -> Existing {
    let state = message.state.unwrap_or_default();
    let config = message.config.unwrap_or_default();
    Existing {
        restart_count: message.restart_count,
        manually_stopped: message.manually_stopped,
        state: State {
            status: status_from_wire(&state.status),
            pid: state.pid,
            exit_code: state.exit_code,
            error: state.error,
            started_at: state.started_at,
        },
        container: Container {
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
        },
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

#[cfg(test)]
mod tests {
    use super::*;

    fn host_config() -> HostConfig {
        HostConfig {
            devices: vec![DeviceMapping {
                path_on_host: "/dev/a".into(),
                path_in_container: "/dev/b".into(),
                cgroup_permissions: "rw".into(),
            }],
            network_mode: "bridge".into(),
            privileged: true,
            restart_policy: RestartPolicy {
                maximum_retry_count: 1,
                retry_timeout: 2,
                kind: "always".into(),
            },
            runtime: "rt".into(),
            extra_hosts: vec!["x:1.2.3.4".into()],
            port_mappings: vec![PortMapping {
                protocol: "udp".into(),
                host_ip: "1.1.1.1".into(),
                host_port: 1,
                host_port_end: 2,
                container_port: 3,
            }],
            log_config: LogConfig {
                driver: "json-file".into(),
                max_files: 3,
                max_size: "1M".into(),
                root_dir: "/l".into(),
                mode: "non-blocking".into(),
                max_buffer_size: "2M".into(),
            },
            resources: Resources {
                memory: "10M".into(),
                memory_reservation: "5M".into(),
                memory_swap: "20M".into(),
            },
            extra_capabilities: vec!["CAP_X".into()],
        }
    }

    #[test]
    fn what_goes_out_comes_back() {
        let container = Container {
            id: "i".into(),
            name: "n".into(),
            image: Image {
                name: "img".into(),
                decrypt_keys: vec!["k".into()],
                decrypt_recipients: vec!["r".into()],
            },
            host_name: "h".into(),
            domain_name: "d".into(),
            mounts: vec![MountPoint {
                destination: "/d".into(),
                source: "/s".into(),
                propagation_mode: "shared".into(),
            }],
            hooks: vec![Hook {
                path: "/p".into(),
                args: vec!["a".into()],
                env: vec!["E=1".into()],
                timeout: 7,
                kind: "Prestart".into(),
            }],
            host_config: host_config(),
            io_config: IoConfig {
                attach_stderr: true,
                attach_stdin: false,
                attach_stdout: true,
                open_stdin: false,
                stdin_once: true,
                tty: false,
            },
            env: vec!["A=1".into()],
            cmd: vec!["c".into()],
        };
        assert_eq!(from_wire(to_wire(&container)).container, container);
    }

    #[test]
    fn an_update_without_content_is_no_message_and_empty_limits_are_one() {
        assert_eq!(update_to_wire(&Update::default()), None);
        let lift = Update {
            resources: Some(Resources::default()),
            ..Update::default()
        };
        let message = update_to_wire(&lift).unwrap();
        assert!(message.resources.is_some() && message.restart_policy.is_none());
    }

    #[test]
    fn an_image_message_is_always_sent_and_an_empty_restart_policy_never() {
        let message = to_wire(&Container::default());
        assert!(message.image.is_some());
        assert!(message.host_config.restart_policy.is_none());
    }
}
