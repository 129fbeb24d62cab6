//! What Create and Update refuse, in the daemon's order and words: the first failure is the error.

use super::{identifier, size};
use crate::proto::types::{
    Container, DeviceMapping, HostConfig, LogConfiguration, MountPoint, Resources, RestartPolicy,
};

type Checked = Result<(), String>;

fn refuse<T>(text: impl Into<String>) -> Result<T, String> {
    Err(text.into())
}

/// Checks a container whose defaults are filled in.
pub(crate) fn check(container: &Container) -> Checked {
    if container.image.name.is_empty() {
        return refuse("the containers image configuration is invalid");
    }
    check_name(&container.name)?;
    container.mounts.iter().try_for_each(check_mount)?;
    check_host(&container.host_config)?;
    for declaration in &container.config.env {
        if !identifier::is_variable(declaration) {
            return refuse(format!(
                "invalid environmental variable declaration provided : {declaration}"
            ));
        }
    }
    Ok(())
}

/// Checks a name; an empty one is none.
pub(crate) fn check_name(name: &str) -> Checked {
    if name.is_empty() || identifier::is_name(name) {
        return Ok(());
    }
    refuse(format!("invalid container name format : {name}"))
}

fn check_mount(mount: &MountPoint) -> Checked {
    if mount.source.is_empty() || mount.destination.is_empty() {
        return refuse("source and destination must be set for a mount point");
    }
    if ![
        "rprivate", "private", "rshared", "shared", "rslave", "slave",
    ]
    .contains(&&*mount.propagation_mode)
    {
        return refuse("propagation mode must be set to one of the supported modes");
    }
    Ok(())
}

fn check_host(host: &HostConfig) -> Checked {
    if host.privileged && !host.devices.is_empty() {
        return refuse("cannot create the container as privileged and with specified devices at the same time - choose one of the options");
    }
    if host.privileged && !host.extra_capabilities.is_empty() {
        return refuse("cannot create the container as privileged and with extra capabilities at the same time - choose one of the options");
    }
    check_network(host)?;
    host.devices.iter().try_for_each(check_device)?;
    check_log(&host.log_config)?;
    check_restart_policy(host.restart_policy.as_ref())?;
    check_resources(host.resources.as_ref())
}

fn check_network(host: &HostConfig) -> Checked {
    match host.network_mode.as_str() {
        "host" if !host.port_mappings.is_empty() => refuse("cannot use port mappings when in host network mode"),
        "host" if host.extra_hosts.iter().any(|entry| is_reserved(entry)) => {
            refuse("cannot use the host_ip reserved key or any of its modifications when in host network mode")
        }
        "bridge" | "host" => Ok(()),
        other => refuse(format!("unsupported network mode {other}")),
    }
}

/// Whether an entry matches `^(.+):host_ip(_(.+))?$`.
fn is_reserved(entry: &str) -> bool {
    entry.match_indices(":host_ip").any(|(at, found)| {
        let rest = &entry[at + found.len()..];
        at > 0 && (rest.is_empty() || (rest.starts_with('_') && rest.len() > 1))
    })
}

fn check_device(device: &DeviceMapping) -> Checked {
    if device.path_on_host.is_empty() || device.path_in_container.is_empty() {
        return refuse(
            "both path on the host and in the container must be specified for a device mapping",
        );
    }
    Ok(())
}

fn check_log(log: &LogConfiguration) -> Checked {
    let driver = &log.driver_config;
    match driver.type_.as_str() {
        "json-file" if driver.max_files < 1 => return refuse("max log files cannot be < 1"),
        "json-file" if size::bytes(&driver.max_size).is_none() => {
            return refuse(format!(
                "invalid format of max logs size - {}",
                driver.max_size
            ));
        }
        "json-file" | "none" => {}
        _ => return refuse("unsupported log driver configuration"),
    }
    let mode = &log.mode_config;
    match mode.mode.as_str() {
        "non-blocking" if size::bytes(&mode.max_buffer_size).is_none() => refuse(format!(
            "invalid format of max buffer size - {}",
            mode.max_buffer_size
        )),
        "blocking" | "non-blocking" => Ok(()),
        _ => refuse("unsupported log mode configuration"),
    }
}

/// Checks the directory of the log files. Create does so when all else is valid.
pub(crate) fn check_log_directory(container: &Container) -> Checked {
    let driver = &container.host_config.log_config.driver_config;
    if driver.type_ == "none" || driver.root_dir.is_empty() || driver.root_dir.starts_with('/') {
        return Ok(());
    }
    refuse(format!(
        "root dir for container log, {} should be an absolute path",
        driver.root_dir
    ))
}

/// Checks a restart policy, if there is one.
pub(crate) fn check_restart_policy(policy: Option<&RestartPolicy>) -> Checked {
    let Some(policy) = policy else { return Ok(()) };
    match policy.type_.as_str() {
        "on-failure" if policy.maximum_retry_count < 0 => {
            refuse("restart policy max retry count cannot be negative")
        }
        "on-failure" if policy.retry_timeout < 0 => {
            refuse("restart policy retry timeout cannot be negative")
        }
        "no" | "always" | "unless-stopped" if policy.maximum_retry_count != 0 => refuse(format!(
            "cannot use max retry count when the restart policy is {}",
            policy.type_
        )),
        "no" | "always" | "unless-stopped" | "on-failure" => Ok(()),
        other => refuse(format!("unsupported restart policy type {other}")),
    }
}

/// Checks resources, if there are any.
pub(crate) fn check_resources(resources: Option<&Resources>) -> Checked {
    let Some(resources) = resources else {
        return Ok(());
    };
    let Resources {
        memory,
        memory_reservation,
        memory_swap,
        ..
    } = resources;
    let limit = size_or(memory, "memory")?;
    let reservation = size_or(memory_reservation, "memory reservation")?;
    let swap = if memory_swap == "-1" {
        -1.0
    } else {
        size_or(memory_swap, "swap memory")?
    };
    if limit > 0.0 && limit < size::MINIMUM {
        return refuse("minimum memory allowed is 3M");
    }
    if swap > 0.0 && memory.is_empty() {
        return refuse(format!(
            "swap memory - {memory_swap}, memory must be set as well"
        ));
    }
    if swap > 0.0 && limit > swap {
        return refuse(format!(
            "swap memory - {memory_swap} is less than memory - {memory}"
        ));
    }
    if reservation > 0.0 && !memory.is_empty() && reservation > limit {
        return refuse(format!(
            "reservation memory - {memory_reservation} must be lower than memory - {memory}"
        ));
    }
    Ok(())
}

/// A size in bytes, 0 when it is not given.
fn size_or(size: &str, what: &str) -> Result<f64, String> {
    if size.is_empty() {
        return Ok(0.0);
    }
    size::bytes(size).ok_or_else(|| format!("invalid format of {what} - {size}"))
}

#[cfg(test)]
#[allow(clippy::needless_pass_by_value)] // values are made in place
mod tests;
