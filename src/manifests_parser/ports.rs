//! Host ports that two port mappings claim. Pure.
//!
//! Limit: of two ranges that overlap Kanto-CM would take free ports, as long as there are any; that is a warning all the
//! same, as it depends on who starts first.

use std::net::IpAddr;

use super::manifests::Manifest;
use super::parse::Anchors;
use crate::container::PortMapping;
use crate::text::printable;

/// A port mapping, and where it comes from.
struct Claim {
    protocol: String,
    ports: (i64, i64),
    /// None: every address of the machine.
    address: Option<IpAddr>,
    manifest: usize,
    mapping: usize,
}

impl Claim {
    fn place(&self) -> (usize, usize) {
        (self.manifest, self.mapping)
    }

    fn collides_with(&self, other: &Claim) -> bool {
        let same_address = match (self.address, other.address) {
            (Some(a), Some(b)) => a == b,
            _ => true,
        };
        same_address
            && self.protocol == other.protocol
            && self.ports.0 <= other.ports.1
            && other.ports.0 <= self.ports.1
    }
}

/// Warns the later of two manifests, once a port mapping.
pub(super) fn warn_about_collisions(manifests: &mut [Manifest]) {
    let mut claims: Vec<Claim> = Vec::new();
    for (manifest, item) in manifests.iter().enumerate() {
        let mappings = item.container.host_config.port_mappings.iter().enumerate();
        claims.extend(mappings.map(|(mapping, port)| claim(port, manifest, mapping)));
    }
    claims.sort_unstable_by_key(|claim| (claim.ports, claim.manifest, claim.mapping));
    let mut warned = vec![false; claims.len()];
    for (index, claim) in claims.iter().enumerate() {
        let others = claims.iter().enumerate().skip(index + 1);
        for (at, other) in others.take_while(|(_, other)| other.ports.0 <= claim.ports.1) {
            let in_order = claim.place() < other.place();
            let (first, second, later) = if in_order {
                (claim, other, at)
            } else {
                (other, claim, index)
            };
            if !warned[later] && claim.collides_with(other) {
                warned[later] = true;
                warn_about_port(manifests, first, second);
            }
        }
    }
    for manifest in manifests {
        manifest
            .warnings
            .sort_by_key(|warning| (warning.line, warning.column));
    }
}

fn claim(port: &PortMapping, manifest: usize, mapping: usize) -> Claim {
    let address = port
        .host_ip
        .parse::<IpAddr>()
        .ok()
        .map(|address| address.to_canonical());
    Claim {
        protocol: if port.protocol.is_empty() {
            "tcp".to_owned()
        } else {
            port.protocol.to_ascii_lowercase()
        },
        ports: (port.host_port, port.host_port_end.max(port.host_port)),
        address: address.filter(|address| !address.is_unspecified()),
        manifest,
        mapping,
    }
}

fn warn_about_port(manifests: &mut [Manifest], first: &Claim, second: &Claim) {
    let common = (
        first.ports.0.max(second.ports.0),
        first.ports.1.min(second.ports.1),
    );
    let ports = if common.0 == common.1 {
        common.0.to_string()
    } else {
        format!("{}-{}", common.0, common.1)
    };
    let owner = if first.manifest == second.manifest {
        "another port mapping of this manifest".to_owned()
    } else {
        printable(&manifests[first.manifest].file.to_string_lossy())
    };
    let message = format!(
        "host port {ports}/{} is claimed by {owner} too",
        second.protocol
    );
    let Manifest {
        anchors: Anchors { ports, .. },
        warnings,
        ..
    } = &mut manifests[second.manifest];
    let warning = ports
        .get(second.mapping)
        .cloned()
        .unwrap_or_default()
        .with_message(message);
    warnings.push(warning);
}

#[cfg(test)]
mod tests {
    use super::super::across::tests::{judged, manifest};
    use super::*;

    fn with_port(file: &str, mapping: &str) -> Manifest {
        let head = r#"{ "image": { "name": "i" }, "host_config": { "port_mappings": [ { "container_port": 1, "#;
        manifest(file, &format!("{head}{mapping} }} ] }} }}"))
    }

    fn collide(a: &str, b: &str) -> bool {
        let manifests = judged(vec![with_port("a.json", a), with_port("b.json", b)]);
        let warned = |index: usize| {
            manifests.valid[index]
                .warnings
                .iter()
                .any(|w| w.message.contains("claimed by"))
        };
        assert!(!warned(0), "the first is never at fault");
        warned(1)
    }

    #[test]
    fn ports_collide_when_they_and_their_addresses_overlap() {
        assert!(collide(r#""host_port": 80"#, r#""host_port": 80"#));
        assert!(collide(
            r#""host_port": 80, "host_ip": "127.0.0.1""#,
            r#""host_port": 80"#
        ));
        assert!(collide(
            r#""host_port": 80, "host_ip": "localhost""#,
            r#""host_port": 80, "host_ip": "10.0.0.1""#
        ));
        assert!(collide(
            r#""host_port": 70, "host_port_end": 90"#,
            r#""host_port": 80"#
        ));
        assert!(collide(
            r#""host_port": 80"#,
            r#""host_port": 70, "host_port_end": 80"#
        ));
        assert!(collide(
            r#""host_port": 80, "host_ip": "::ffff:10.0.0.1""#,
            r#""host_port": 80, "host_ip": "10.0.0.1""#
        ));
        assert!(collide(
            r#""host_port": 80, "host_ip": "0.0.0.0""#,
            r#""host_port": 80, "host_ip": "10.0.0.1""#
        ));
        assert!(!collide(r#""host_port": 80"#, r#""host_port": 81"#));
        assert!(!collide(
            r#""host_port": 80"#,
            r#""host_port": 80, "protocol": "udp""#
        ));
        assert!(!collide(
            r#""host_port": 80, "host_ip": "127.0.0.1""#,
            r#""host_port": 80, "host_ip": "10.0.0.1""#
        ));
    }
}
