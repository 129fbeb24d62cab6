//! What the entries of `extra_hosts` lead to.

use crate::proto::types::Container;
use crate::protocol::Host;

/// The bridge's own address.
pub(crate) const GATEWAY: &str = "172.17.0.1";
/// The machine's interfaces that have an address.
const INTERFACES: [(&str, &str); 2] = [("kanto-cm0", GATEWAY), ("eth0", "10.0.2.15")];

/// A container that is connected to the bridge.
#[derive(Clone, Debug)]
pub(crate) struct Connected {
    pub(crate) host_name: String,
    pub(crate) address: String,
}

/// Resolves all entries of a container. An entry that is not `name:something` is an error, one that leads nowhere is
/// left out of the container's /etc/hosts.
pub(crate) fn resolve(container: &Container, bridge: &[Connected]) -> Result<Vec<Host>, String> {
    let resolve_one = |entry: &String| {
        let parts: Vec<&str> = entry.trim().split(':').collect();
        let [name, to] = parts[..] else {
            return Err(format!("host [{}] is incorrectly defined", parts.join(" ")));
        };
        let address = address(to, container.host_config.network_mode == "bridge", bridge);
        Ok(Host {
            name: name.to_owned(),
            address,
        })
    };
    container
        .host_config
        .extra_hosts
        .iter()
        .map(resolve_one)
        .collect()
}

fn address(to: &str, on_bridge: bool, bridge: &[Connected]) -> Option<String> {
    if to == "host_ip" {
        return on_bridge.then(|| GATEWAY.to_owned());
    }
    if let Some(interface) = to.strip_prefix("host_ip_") {
        let found = INTERFACES.iter().find(|(name, _)| *name == interface);
        return found.map(|(_, address)| (*address).to_owned());
    }
    match to.strip_prefix("container_") {
        Some(host_name) if on_bridge && !host_name.is_empty() => {
            container_address(host_name, bridge)
        }
        _ => Some(to.to_owned()),
    }
}

/// The one container of that host name; two of them are none.
fn container_address(host_name: &str, bridge: &[Connected]) -> Option<String> {
    let mut found = bridge
        .iter()
        .filter(|connected| connected.host_name == host_name);
    let first = found.next()?;
    found.next().is_none().then(|| first.address.clone())
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};

    use super::*;

    fn resolved(mode: &str, entry: &str, bridge: &[&str]) -> Option<String> {
        let container: Container =
            from_value(json!({"host_config": {"network_mode": mode, "extra_hosts": [entry]}}))
                .unwrap();
        let connected = |(at, name): (usize, &&str)| Connected {
            host_name: (*name).to_owned(),
            address: format!("172.17.0.{}", at + 2),
        };
        let bridge: Vec<Connected> = bridge.iter().enumerate().map(connected).collect();
        resolve(&container, &bridge).unwrap()[0].address.clone()
    }

    #[test]
    fn all_kinds() {
        assert_eq!(
            resolved("bridge", "a:1.2.3.4", &[]).as_deref(),
            Some("1.2.3.4")
        );
        assert_eq!(
            resolved("bridge", "a:host_ip", &[]).as_deref(),
            Some(GATEWAY)
        );
        assert_eq!(
            resolved("bridge", "a:host_ip_eth0", &[]).as_deref(),
            Some("10.0.2.15")
        );
        assert_eq!(resolved("bridge", "a:host_ip_none", &[]), None);
        assert_eq!(
            resolved("bridge", "a:container_p-host", &["q", "p-host"]).as_deref(),
            Some("172.17.0.3")
        );
        assert_eq!(resolved("bridge", "a:container_p-host", &["q"]), None);
        assert_eq!(
            resolved("bridge", "a:container_p-host", &["p-host", "p-host"]),
            None
        );
        assert_eq!(
            resolved("host", "a:container_p-host", &["p-host"]).as_deref(),
            Some("container_p-host")
        );
    }

    #[test]
    fn more_than_one_colon_is_an_error() {
        let container: Container =
            from_value(json!({"host_config": {"extra_hosts": ["a:::1"]}})).unwrap();
        assert!(resolve(&container, &[])
            .unwrap_err()
            .contains("incorrectly defined"));
    }
}
