//! The rules about `host_config`.

use super::patterns::names_host_address;
use crate::container::{HostConfig, LogConfig, PortMapping, Resources, RestartPolicy};
use crate::manifests_parser::collector::Collector;

const PORTS: (i64, i64) = (1, 65_535);
const SIZE: &str = "a size such as 100M, 1.5G or 64k";

/// Kanto-CM keeps the timeout in 64 bits of nanoseconds.
const MAX_TIMEOUT: i64 = i64::MAX / 1_000_000_000;

/// Less memory than this, in bytes, and not even the smallest container starts.
const MIN_MEMORY: u64 = 3 * 1024 * 1024;

pub(super) fn check_host_config(host: &HostConfig, collector: &mut Collector<'_>) {
    check_privileged(host, collector);
    check_network(host, collector);
    for (index, device) in host.devices.iter().enumerate() {
        let path = format!("host_config.devices[{index}].path_on_host");
        collector.check_filled(
            &path,
            "the path of a device on the machine",
            &device.path_on_host,
        );
    }
    for (index, port) in host.port_mappings.iter().enumerate() {
        check_port(
            port,
            &format!("host_config.port_mappings[{index}]"),
            collector,
        );
    }
    check_log(&host.log_config, collector);
    check_restart_policy(&host.restart_policy, collector);
    check_resources(&host.resources, collector);
}

fn check_privileged(host: &HostConfig, collector: &mut Collector<'_>) {
    let excluded = [
        ("devices", host.devices.is_empty()),
        ("extra_capabilities", host.extra_capabilities.is_empty()),
    ];
    for (key, _) in excluded
        .iter()
        .filter(|(_, empty)| host.privileged && !empty)
    {
        collector.error(
            &format!("host_config.{key}"),
            "cannot be given for a privileged container, which has them all".into(),
        );
    }
}

fn check_network(host: &HostConfig, collector: &mut Collector<'_>) {
    collector.check_one_of(
        "host_config.network_mode",
        &["bridge", "host"],
        &host.network_mode,
    );
    if host.network_mode != "host" {
        return;
    }
    if !host.port_mappings.is_empty() {
        let message = "cannot be given with network_mode host, where every port is the machine's";
        collector.error("host_config.port_mappings", message.into());
    }
    for (index, entry) in host.extra_hosts.iter().enumerate() {
        if names_host_address(entry) {
            let message = "host_ip cannot be used with network_mode host";
            collector.error(&format!("host_config.extra_hosts[{index}]"), message.into());
        }
    }
}

fn check_port(port: &PortMapping, at: &str, collector: &mut Collector<'_>) {
    let what = "a port from 1 to 65535";
    let (first_at, last_at) = (format!("{at}.host_port"), format!("{at}.host_port_end"));
    collector.check_range(
        &format!("{at}.container_port"),
        what,
        PORTS,
        port.container_port,
    );
    collector.check_range(&first_at, what, PORTS, port.host_port);
    // A range that was left out (0) has become its first port here, and that one was checked.
    if port.host_port_end != port.host_port {
        collector.check_range(&last_at, what, PORTS, port.host_port_end);
        let both_are_ports = [port.host_port, port.host_port_end]
            .iter()
            .all(|port| (PORTS.0..=PORTS.1).contains(port));
        if both_are_ports && port.host_port_end < port.host_port {
            let message = format!(
                "the range ends at {} before it begins at {}",
                port.host_port_end, port.host_port
            );
            collector.error(&last_at, message);
        }
    }
    // Kanto-CM does not mind upper case.
    collector.check_one_of(
        &format!("{at}.protocol"),
        &["tcp", "udp", "sctp"],
        &port.protocol.to_ascii_lowercase(),
    );
}

fn check_log(log: &LogConfig, collector: &mut Collector<'_>) {
    let (driver, mode) = (
        "host_config.log_config.driver_config",
        "host_config.log_config.mode_config",
    );
    collector.check_one_of(
        &format!("{driver}.type"),
        &["json-file", "none"],
        &log.driver,
    );
    if log.driver == "json-file" {
        collector.check_range(
            &format!("{driver}.max_files"),
            "at least 1",
            (1, i64::MAX),
            log.max_files,
        );
        check_size(&format!("{driver}.max_size"), &log.max_size, collector);
        if !log.root_dir.is_empty() && !log.root_dir.starts_with('/') {
            let path = format!("{driver}.root_dir");
            collector.error_expected(&path, "an absolute path", &log.root_dir);
        }
    }
    collector.check_one_of(
        &format!("{mode}.mode"),
        &["blocking", "non-blocking"],
        &log.mode,
    );
    if log.mode == "non-blocking" {
        check_size(
            &format!("{mode}.max_buffer_size"),
            &log.max_buffer_size,
            collector,
        );
    }
}

fn check_restart_policy(policy: &RestartPolicy, collector: &mut Collector<'_>) {
    let (kind, count) = (
        "host_config.restart_policy.type",
        "host_config.restart_policy.maximum_retry_count",
    );
    collector.check_one_of(
        kind,
        &["no", "always", "unless-stopped", "on-failure"],
        &policy.kind,
    );
    if policy.kind == "on-failure" {
        collector.check_range(
            count,
            "0 or more",
            (0, i64::MAX),
            policy.maximum_retry_count,
        );
    } else if policy.maximum_retry_count != 0 && !collector.has_error(kind) {
        let found = policy.maximum_retry_count;
        collector.error(
            count,
            format!("expected 0, as the restart policy is not on-failure, found {found}"),
        );
    }
    let timeout = "host_config.restart_policy.retry_timeout";
    collector.check_range(
        timeout,
        &format!("0 to {MAX_TIMEOUT} seconds"),
        (0, MAX_TIMEOUT),
        policy.retry_timeout,
    );
}

fn check_resources(resources: &Resources, collector: &mut Collector<'_>) {
    let at = |key: &str| format!("host_config.resources.{key}");
    let memory = check_size(&at("memory"), &resources.memory, collector);
    let reservation = check_size(
        &at("memory_reservation"),
        &resources.memory_reservation,
        collector,
    );
    // "-1" has become empty here; a swap that was left out is twice the memory, and as good or bad as that.
    let given = collector.is_given(&at("memory_swap"));
    let swap = if given {
        check_size(&at("memory_swap"), &resources.memory_swap, collector)
    } else {
        None
    };
    if memory.is_some_and(|memory| memory > 0 && memory < MIN_MEMORY) {
        collector.error_expected(&at("memory"), "at least 3M", &resources.memory);
    }
    if collector.has_error(&at("memory")) {
        return;
    }
    if swap.is_some_and(|swap| swap > 0) {
        if resources.memory.is_empty() {
            collector.error(&at("memory_swap"), "cannot be given without memory".into());
        } else if memory > swap {
            let message = format!(
                "expected at least the memory ({}), of which it is the sum with swap",
                resources.memory
            );
            collector.error(&at("memory_swap"), message);
        }
    }
    if memory.is_some() && reservation > memory {
        collector.error(
            &at("memory_reservation"),
            format!("expected at most the memory ({})", resources.memory),
        );
    }
}

/// Returns the bytes of a size, if one is given; adds an error if it is no size.
fn check_size(path: &str, size: &str, collector: &mut Collector<'_>) -> Option<u64> {
    let bytes = Resources::bytes(size);
    if bytes.is_none() && !size.is_empty() {
        collector.error_expected(path, SIZE, size);
    }
    bytes
}
