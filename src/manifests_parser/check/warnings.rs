//! Warnings about values that Kanto-CM takes, but that probably do not do what was meant.

use std::net::IpAddr;

use crate::container::{ExtraAddress, ExtraHost, HostConfig, Spec};
use crate::manifests_parser::collector::Collector;
use crate::manifests_parser::quote::quoted;

/// Adds a warning for each such value of a container as its manifest gives it.
pub(super) fn warn(container: &Spec, collector: &mut Collector<'_>) {
    let host = &container.host_config;
    for (index, mount) in container.mounts.iter().enumerate() {
        let at = |key: &str| format!("mounts[{index}].{key}");
        absolute(&at("source"), &mount.source, collector);
        absolute(&at("destination"), &mount.destination, collector);
    }
    for (index, device) in host.devices.iter().enumerate() {
        let at = |key: &str| format!("host_config.devices[{index}].{key}");
        absolute(&at("path_on_host"), &device.path_on_host, collector);
        absolute(
            &at("path_in_container"),
            &device.path_in_container,
            collector,
        );
    }
    for (index, hook) in container.hooks.iter().enumerate() {
        absolute(&format!("hooks[{index}].path"), &hook.path, collector);
    }
    if host.privileged {
        collector.warn(
            "host_config.privileged",
            "the container may do on the machine what root may".to_owned(),
        );
    }
    for (index, port) in host.port_mappings.iter().enumerate() {
        if !port.host_ip.is_empty() && port.host_ip.parse::<IpAddr>().is_err() {
            let found = quoted(&port.host_ip);
            let message = format!(
                "{found} is not an IP address: Kanto-CM publishes the port on every interface"
            );
            collector.warn(
                &format!("host_config.port_mappings[{index}].host_ip"),
                message,
            );
        }
    }
    for (index, entry) in host.extra_hosts.iter().enumerate() {
        if let Some(message) = extra_host(entry, host) {
            collector.warn(&format!("host_config.extra_hosts[{index}]"), message);
        }
    }
}

/// Nothing makes a relative path absolute: neither Kanto-CM nor containerd knows the manifest's directory, and there are
/// no named volumes.
fn absolute(at: &str, path: &str, collector: &mut Collector<'_>) {
    if !path.is_empty() && !path.starts_with('/') {
        let message = format!("expected an absolute path, found {}", quoted(path));
        collector.warn(at, message);
    }
}

/// Says why an entry of `extra_hosts` does not do what was meant.
fn extra_host(entry: &str, host: &HostConfig) -> Option<String> {
    let Some(ExtraHost { name, address }) = ExtraHost::parse(entry) else {
        return Some(format!(
            "{} is not name:address with one colon: Kanto-CM will not start the container",
            quoted(entry)
        ));
    };
    if name.is_empty() {
        let found = quoted(entry);
        return Some(format!("expected a name before the colon, found {found}"));
    }
    match address {
        ExtraAddress::Container(host_name) if host.network_mode == "host" => {
            let address = quoted(&format!("container_{host_name}"));
            Some(format!(
                "{address} is resolved with network_mode bridge only"
            ))
        }
        ExtraAddress::Ip | ExtraAddress::Host | ExtraAddress::Container(_) => None,
        ExtraAddress::Unknown(address) => {
            let expected = "an IPv4 address, host_ip, host_ip_<interface> or container_<host_name>";
            let found = quoted(address);
            Some(format!(
                "expected {expected} after the colon, found {found}"
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has_warning(entry: &str, network_mode: &str) -> bool {
        let host = HostConfig {
            network_mode: network_mode.into(),
            ..HostConfig::default()
        };
        extra_host(entry, &host).is_some()
    }

    #[test]
    fn extra_hosts_that_kanto_cm_understands() {
        for good in [
            "a:1.2.3.4",
            "a:host_ip",
            "a:host_ip_eth0",
            "a:container_b-host",
            " a:1.2.3.4 ",
        ] {
            assert!(!has_warning(good, ""), "{good}");
        }
        for bad in [
            "a",
            "a:::1",
            "a:",
            ":1.2.3.4",
            "a:host_ip_",
            "a:container_",
            "a:somewhere",
            "a: 1.2.3.4",
            "",
        ] {
            assert!(has_warning(bad, "bridge"), "{bad}");
        }
        assert!(has_warning("a:container_b-host", "host"));
    }
}
