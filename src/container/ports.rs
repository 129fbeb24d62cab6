//! Host ports that only one container can have at a time. Pure.

use std::net::IpAddr;

use super::{Listed, PortMapping};

/// A single host port on one address, or on all of them. A range is none: Kanto-CM takes any port of it that is free.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPort {
    /// The port.
    pub port: i64,
    is_udp: bool,
    /// `None`: every address of the machine.
    address: Option<IpAddr>,
}

impl HostPort {
    /// The host port that a port mapping takes.
    pub fn of(mapping: &PortMapping) -> Option<HostPort> {
        let is_range = mapping.host_port_end > mapping.host_port;
        // What is not an address is published on every interface.
        let address = mapping
            .host_ip
            .parse::<IpAddr>()
            .ok()
            .map(|address| address.to_canonical());
        (!is_range).then_some(HostPort {
            port: mapping.host_port,
            is_udp: mapping.protocol.eq_ignore_ascii_case("udp"),
            address: address.filter(|address| !address.is_unspecified()),
        })
    }

    /// Can only one container have these two?
    pub fn excludes(&self, other: &HostPort) -> bool {
        let is_same_address = match (self.address, other.address) {
            (Some(a), Some(b)) => a == b,
            _ => true,
        };
        is_same_address && self.is_udp == other.is_udp && self.port == other.port
    }
}

impl Listed {
    /// The host ports that only this container has while it runs.
    pub fn host_ports(&self) -> Vec<HostPort> {
        let host = &self.host_config;
        if host.network_mode == "host" {
            return Vec::new();
        }
        let ports = host.port_mappings.iter();
        ports.filter_map(HostPort::of).collect()
    }
}

impl std::fmt::Display for HostPort {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let protocol = if self.is_udp { "udp" } else { "tcp" };
        match self.address {
            Some(address) => write!(f, "{address}:{}/{protocol}", self.port),
            None => write!(f, "{}/{protocol}", self.port),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port(port: i64, host_ip: &str, protocol: &str) -> HostPort {
        HostPort::of(&PortMapping {
            host_port: port,
            host_ip: host_ip.to_owned(),
            protocol: protocol.to_owned(),
            ..PortMapping::default()
        })
        .unwrap()
    }

    #[test]
    fn one_port_is_for_one_container() {
        let first = port(80, "0.0.0.0", "tcp");
        for other in [
            port(80, "", ""),
            port(80, "127.0.0.1", "tcp"),
            port(80, "localhost", "tcp"),
        ] {
            assert!(first.excludes(&other) && other.excludes(&first), "{other}");
        }
        for other in [port(81, "", ""), port(80, "", "udp")] {
            assert!(!first.excludes(&other), "{other}");
        }
        assert!(!port(80, "10.0.0.1", "").excludes(&port(80, "10.0.0.2", "")));
        assert!(port(80, "::ffff:10.0.0.1", "").excludes(&port(80, "10.0.0.1", "")));
    }

    #[test]
    fn a_range_excludes_nobody() {
        let range = PortMapping {
            host_port: 80,
            host_port_end: 90,
            ..PortMapping::default()
        };
        assert_eq!(HostPort::of(&range), None);
    }
}
