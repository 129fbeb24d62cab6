//! Which ports a container publishes while it runs, and what they collide with.

use std::collections::hash_map::DefaultHasher;
use std::fmt;
use std::hash::{Hash as _, Hasher as _};
use std::net::IpAddr;

use crate::proto::types::PortMapping;

/// A published port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Published {
    protocol: String,
    /// `None`: every interface.
    address: Option<IpAddr>,
    port: i64,
}

impl Published {
    /// What one of the mapping's host ports becomes. An address that is none means every interface.
    fn new(mapping: &PortMapping, port: i64) -> Self {
        let address = mapping
            .host_ip
            .parse()
            .ok()
            .filter(|address: &IpAddr| !address.is_unspecified());
        Self {
            protocol: mapping.protocol.clone(),
            address,
            port,
        }
    }

    fn collides(&self, other: &Self) -> bool {
        let same_address =
            self.address.is_none() || other.address.is_none() || self.address == other.address;
        self.protocol == other.protocol && self.port == other.port && same_address
    }
}

impl fmt::Display for Published {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = self
            .address
            .map_or_else(|| "0.0.0.0".to_owned(), |address| address.to_string());
        write!(to, "{address}:{}/{}", self.port, self.protocol)
    }
}

/// Finds a free host port for each mapping, the first of its range, beside what is published and what other programs
/// hold. The error is the daemon's.
pub(crate) fn publish(
    container: &str,
    mappings: &[PortMapping],
    published: &[Published],
    held: &[u16],
) -> Result<Vec<Published>, String> {
    let mut mine: Vec<Published> = Vec::new();
    for mapping in mappings {
        let mut range =
            (mapping.host_port..=mapping.host_port_end).map(|port| Published::new(mapping, port));
        let is_held = |port: &Published| held.iter().any(|held| i64::from(*held) == port.port);
        let is_taken = |port: &Published| {
            published
                .iter()
                .chain(&mine)
                .any(|other| port.collides(other))
        };
        let Some(free) = range.find(|port| !is_held(port) && !is_taken(port)) else {
            return Err(refused(
                container,
                &Published::new(mapping, mapping.host_port),
                held,
            ));
        };
        mine.push(free);
    }
    Ok(mine)
}

/// The endpoint's name and its number, which differs from one Start to the next on a real machine.
fn endpoint(container: &str) -> String {
    let mut hasher = DefaultHasher::new();
    container.hash(&mut hasher);
    let number = format!("{:016x}", hasher.finish()).repeat(4);
    format!("{container}-ep ({number})")
}

fn refused(container: &str, port: &Published, held: &[u16]) -> String {
    let address = port
        .address
        .map_or_else(|| "0.0.0.0".to_owned(), |address| address.to_string());
    let number = port.port;
    let endpoint = endpoint(container);
    if held.iter().any(|held| i64::from(*held) == number) {
        return format!(
            "driver failed programming external connectivity on endpoint {endpoint}: failed to bind port \
             {address}:{number}/{}: listen {} {address}:{number}: bind: address already in use",
            port.protocol, port.protocol
        );
    }
    format!(
        "driver failed programming external connectivity on endpoint {endpoint}: Bind for {address}:{number} \
         failed: port is already allocated"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapping(host_ip: &str, host_port: i64, host_port_end: i64) -> PortMapping {
        PortMapping {
            protocol: "tcp".into(),
            host_ip: host_ip.into(),
            host_port,
            host_port_end,
            ..PortMapping::default()
        }
    }

    fn one(host_ip: &str, host_port: i64, beside: &[Published]) -> Result<String, String> {
        publish(
            "c",
            &[mapping(host_ip, host_port, host_port)],
            beside,
            &[22],
        )
        .map(|ports| ports[0].to_string())
    }

    #[test]
    fn a_word_means_every_interface() {
        assert_eq!(one("localhost", 80, &[]).unwrap(), "0.0.0.0:80/tcp");
        assert_eq!(one("127.0.0.1", 80, &[]).unwrap(), "127.0.0.1:80/tcp");
    }

    #[test]
    fn collisions() {
        let beside = publish("o", &[mapping("127.0.0.1", 80, 80)], &[], &[]).unwrap();
        assert!(one("127.0.0.2", 80, &beside).is_ok());
        assert!(one("127.0.0.1", 81, &beside).is_ok());
        assert!(one("127.0.0.1", 80, &beside)
            .unwrap_err()
            .contains("port is already allocated"));
        assert!(one("0.0.0.0", 80, &beside).is_err());
        assert!(one("0.0.0.0", 22, &[])
            .unwrap_err()
            .contains("address already in use"));
        assert!(publish("c", &[mapping("", 80, 80), mapping("", 80, 80)], &[], &[]).is_err());
    }

    #[test]
    fn a_range_takes_the_first_free_one() {
        let beside = publish("o", &[mapping("", 80, 80)], &[], &[]).unwrap();
        let mine = publish("c", &[mapping("", 80, 82)], &beside, &[81]).unwrap();
        assert_eq!(mine[0].to_string(), "0.0.0.0:82/tcp");
    }
}
