//! The program's own types as messages.

use std::time::Duration;

use protobuf::MessageField;

use super::super::proto::types as wire;
use crate::container::{
    DeviceMapping, Hook, HostConfig, Image, IoConfig, LogConfig, MountPoint, PortMapping,
    Resources, RestartPolicy, Spec, Update,
};

/// The message for a Create.
pub(in super::super) fn to_wire(container: &Spec) -> wire::Container {
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
pub(in super::super) fn update_to_wire(update: &Update) -> Option<wire::UpdateOptions> {
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

pub(in super::super) fn stop_to_wire(timeout: Duration) -> wire::StopOptions {
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
