//! Warnings: what Kanto-CM takes, and what probably does not do what was meant.

use std::net::{IpAddr, Ipv4Addr};

use super::findings::Findings;
use super::words::quoted;
use crate::container::{HostConfig, Spec};

/// Adds a warning for each oddity of a container as its manifest gives it.
pub(super) fn warn(container: &Spec, findings: &mut Findings<'_>) {
    let host = &container.host_config;
    for (index, mount) in container.mounts.iter().enumerate() {
        let at = |key: &str| format!("mounts[{index}].{key}");
        absolute(&at("source"), &mount.source, findings);
        absolute(&at("destination"), &mount.destination, findings);
    }
    for (index, device) in host.devices.iter().enumerate() {
        let at = |key: &str| format!("host_config.devices[{index}].{key}");
        absolute(&at("path_on_host"), &device.path_on_host, findings);
        absolute(
            &at("path_in_container"),
            &device.path_in_container,
            findings,
        );
    }
    for (index, hook) in container.hooks.iter().enumerate() {
        absolute(&format!("hooks[{index}].path"), &hook.path, findings);
    }
    if host.privileged {
        findings.warning(
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
            findings.warning(
                &format!("host_config.port_mappings[{index}].host_ip"),
                message,
            );
        }
    }
    for (index, entry) in host.extra_hosts.iter().enumerate() {
        if let Some(message) = extra_host(entry, host) {
            findings.warning(&format!("host_config.extra_hosts[{index}]"), message);
        }
    }
}

/// Nothing makes a relative path absolute: neither Kanto-CM nor containerd knows the manifest's directory, and there are
/// no named volumes.
fn absolute(at: &str, path: &str, findings: &mut Findings<'_>) {
    if !path.is_empty() && !path.starts_with('/') {
        let message = format!("expected an absolute path, found {}", quoted(path));
        findings.warning(at, message);
    }
}

/// What is odd about an entry of `extra_hosts`.
fn extra_host(entry: &str, host: &HostConfig) -> Option<String> {
    let bridge = host.network_mode != "host";
    let mut parts = entry.trim().split(':');
    let (Some(name), Some(address), None) = (parts.next(), parts.next(), parts.next()) else {
        return Some(format!(
            "{} is not name:address with one colon: Kanto-CM will not start the container",
            quoted(entry)
        ));
    };
    let reserved = address == "host_ip"
        || has_more(address, "host_ip_")
        || (bridge && has_more(address, "container_"));
    if name.is_empty() {
        Some(format!(
            "expected a name before the colon, found {}",
            quoted(entry)
        ))
    } else if reserved || address.parse::<Ipv4Addr>().is_ok() {
        None
    } else if address.starts_with("container_") && !bridge {
        Some(format!(
            "{} is resolved with network_mode bridge only",
            quoted(address)
        ))
    } else {
        let words = "an IPv4 address, host_ip, host_ip_<interface> or container_<host_name>";
        Some(format!(
            "expected {words} after the colon, found {}",
            quoted(address)
        ))
    }
}

fn has_more(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix)
        .is_some_and(|rest| !rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_odd(entry: &str, network_mode: &str) -> bool {
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
            assert!(!is_odd(good, ""), "{good}");
        }
        for odd in [
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
            assert!(is_odd(odd, "bridge"), "{odd}");
        }
        assert!(is_odd("a:container_b-host", "host"));
    }
}
