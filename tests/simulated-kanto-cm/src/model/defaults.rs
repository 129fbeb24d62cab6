//! What Create fills in where the request says nothing.

use std::fs;

use protobuf::MessageField;

use super::size;
use crate::proto::types::{
    Container, HostConfig, IOConfig, LogConfiguration, LogDriverConfiguration,
    LogModeConfiguration, Resources, RestartPolicy,
};

/// The runtime that containers get and that Start writes over the other two names of runc.
pub(crate) const RUNTIME: &str = "io.containerd.runc.v2";
/// The names that all mean runc.
pub(crate) const RUNC_NAMES: [&str; 3] = [
    "io.containerd.runtime.v1.linux",
    "io.containerd.runc.v1",
    RUNTIME,
];

/// Fills in what Create fills in, the swap memory included.
pub(crate) fn fill(container: &mut Container) {
    or(&mut container.id, &new_id());
    let id = container.id.clone();
    or(&mut container.name, &id);
    let name = container.name.clone();
    or(&mut container.domain_name, &format!("{name}-domain"));
    or(&mut container.host_name, &format!("{name}-host"));
    fill_host(container.host_config.mut_or_insert_default());
    if container.io_config.is_none() {
        container.io_config = MessageField::some(IOConfig::default());
    }
    for mount in &mut container.mounts {
        or(&mut mount.propagation_mode, "rprivate");
    }
}

fn or(field: &mut String, default: &str) {
    if field.is_empty() {
        default.clone_into(field);
    }
}

fn new_id() -> String {
    let uuid = fs::read_to_string("/proc/sys/kernel/random/uuid").expect("Linux makes UUIDs");
    uuid.trim_end().to_owned()
}

fn fill_host(host: &mut HostConfig) {
    or(&mut host.network_mode, "bridge");
    or(&mut host.runtime, RUNTIME);
    if host.restart_policy.is_none() {
        host.restart_policy = MessageField::some(RestartPolicy {
            type_: "unless-stopped".to_owned(),
            ..RestartPolicy::default()
        });
    }
    for device in &mut host.devices {
        let on_host = device.path_on_host.clone();
        or(&mut device.path_in_container, &on_host);
        or(&mut device.cgroup_permissions, "rwm");
    }
    for port in &mut host.port_mappings {
        or(&mut port.host_ip, "0.0.0.0");
        or(&mut port.protocol, "tcp");
        if port.host_port_end == 0 {
            port.host_port_end = port.host_port;
        }
    }
    fill_log(host.log_config.mut_or_insert_default());
    if let Some(resources) = host.resources.as_mut() {
        fill_swap(resources);
    }
}

fn fill_log(log: &mut LogConfiguration) {
    fill_log_driver(log.driver_config.mut_or_insert_default());
    fill_log_mode(log.mode_config.mut_or_insert_default());
}

fn fill_log_driver(driver: &mut LogDriverConfiguration) {
    or(&mut driver.type_, "json-file");
    if driver.type_ == "json-file" {
        or(&mut driver.max_size, "100M");
        if driver.max_files == 0 {
            driver.max_files = 2;
        }
    } else if driver.type_ == "none" {
        driver.max_size.clear();
        driver.max_files = 0;
    }
}

fn fill_log_mode(mode: &mut LogModeConfiguration) {
    or(&mut mode.mode, "blocking");
    if mode.mode == "blocking" {
        mode.max_buffer_size.clear();
    } else if mode.mode == "non-blocking" {
        or(&mut mode.max_buffer_size, "1M");
    }
}

/// Memory without swap means twice the memory; `-1` is kept as nothing. A size that is none is left to the validation.
fn fill_swap(resources: &mut Resources) {
    if !resources.memory.is_empty() && resources.memory_swap.is_empty() {
        resources.memory_swap = size::doubled(&resources.memory).unwrap_or_default();
    } else if resources.memory_swap == "-1" {
        resources.memory_swap.clear();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json, to_value, Value};

    use super::*;

    fn filled(container: Value) -> Value {
        let mut container: Container = from_value(container).unwrap();
        fill(&mut container);
        to_value(&container).unwrap()
    }

    #[test]
    fn an_empty_container() {
        let container = filled(json!({"image": {"name": "i"}}));
        let id = container["id"].as_str().unwrap();
        assert_eq!(id.len(), 36);
        assert_eq!(container["name"], id);
        assert_eq!(container["host_name"], format!("{id}-host"));
        assert_eq!(container["domain_name"], format!("{id}-domain"));
        let host = &container["host_config"];
        assert_eq!(host["network_mode"], "bridge");
        assert_eq!(host["privileged"], false);
        assert_eq!(host["runtime"], RUNTIME);
        assert_eq!(host["restart_policy"]["type"], "unless-stopped");
        let log = &host["log_config"];
        assert_eq!(log["driver_config"]["type"], "json-file");
        assert_eq!(log["driver_config"]["max_files"], 2);
        assert_eq!(log["driver_config"]["max_size"], "100M");
        assert_eq!(log["mode_config"]["mode"], "blocking");
        assert_eq!(container["io_config"]["tty"], false);
        assert!(host["resources"].is_null());
    }

    #[test]
    fn lists_are_filled_entry_by_entry() {
        let container = filled(
            json!({"mounts": [{"source": "/a", "destination": "/b"}], "host_config": {
            "devices": [{"path_on_host": "/dev/x"}],
            "port_mappings": [{"host_port": 80, "container_port": 8080}]}}),
        );
        assert_eq!(container["mounts"][0]["propagation_mode"], "rprivate");
        let host = &container["host_config"];
        assert_eq!(host["devices"][0]["path_in_container"], "/dev/x");
        assert_eq!(host["devices"][0]["cgroup_permissions"], "rwm");
        let port = &host["port_mappings"][0];
        assert_eq!(
            *port,
            json!({"protocol": "tcp", "host_ip": "0.0.0.0", "host_port": 80, "host_port_end": 80, "container_port": 8080})
        );
    }

    #[test]
    fn log_options_that_do_not_apply_are_dropped() {
        let container = filled(json!({"host_config": {"log_config": {
            "driver_config": {"type": "none", "max_files": 3, "max_size": "1M"},
            "mode_config": {"mode": "non-blocking"}}}}));
        let log = &container["host_config"]["log_config"];
        assert_eq!(log["driver_config"]["max_files"], 0);
        assert_eq!(log["driver_config"]["max_size"], "");
        assert_eq!(log["mode_config"]["max_buffer_size"], "1M");
        let container = filled(
            json!({"host_config": {"log_config": {"mode_config": {"max_buffer_size": "5M"}}}}),
        );
        assert_eq!(
            container["host_config"]["log_config"]["mode_config"]["max_buffer_size"],
            ""
        );
    }

    #[test]
    fn swap() {
        let swap = |resources: Value| {
            filled(json!({"host_config": {"resources": resources}}))["host_config"]["resources"]
                ["memory_swap"]
                .clone()
        };
        assert_eq!(swap(json!({"memory": "200M"})), "400M");
        assert_eq!(swap(json!({"memory": "200M", "memory_swap": "-1"})), "");
        assert_eq!(
            swap(json!({"memory": "200M", "memory_swap": "300M"})),
            "300M"
        );
        assert_eq!(swap(json!({})), "");
    }
}
