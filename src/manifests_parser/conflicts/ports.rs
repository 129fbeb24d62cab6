//! Host ports that two port mappings claim. Pure.
//!
//! Limit: of two ranges that overlap Kanto-CM would take free ports, as long as there are any; that is a warning all the
//! same, as it depends on who starts first.

use std::collections::{BinaryHeap, HashMap};
use std::net::IpAddr;

use crate::container::PortMapping;
use crate::manifests_parser::diagnostics::Location;
use crate::manifests_parser::manifest::Manifest;
use crate::sort::sort_by;

/// A port mapping, and where it comes from.
struct Claim {
    protocol: String,
    ports: (i64, i64),
    /// `None`: every address of the machine.
    address: Option<IpAddr>,
    manifest: usize,
    mapping: usize,
}

/// Warns about each port mapping that collides with an earlier one.
pub(super) fn warn_about_collisions(manifests: &mut [Manifest]) {
    let mut claims: Vec<Claim> = Vec::new();
    for (manifest, item) in manifests.iter().enumerate() {
        let mappings = item.container.host_config.port_mappings.iter().enumerate();
        claims.extend(mappings.map(|(mapping, port)| claim(port, manifest, mapping)));
    }
    for (second, first) in collisions(&claims).into_iter().enumerate() {
        if let Some(first) = first {
            warn_about_port(manifests, &claims[first], &claims[second]);
        }
    }
    for manifest in manifests {
        sort_by(&mut manifest.warnings, |a, b| {
            let (a, b) = (&a.location, &b.location);
            (&a.file, a.span).cmp(&(&b.file, b.span))
        });
    }
}

/// Claims that reach the port which the sweep has come to. All pairs in the heaps begin with 0.
#[derive(Default)]
struct Reaching {
    /// All of them, as `!index`: the first claim comes out first.
    first: BinaryHeap<(i64, usize)>,
    /// Claims without a collision with an earlier one so far: the last claim comes out first.
    unwarned: BinaryHeap<(i64, usize)>,
}

impl Reaching {
    /// Finds out whether `index`, or a claim that reaches its port, collides with an earlier claim.
    fn meet(&mut self, index: usize, claims: &[Claim], found: &mut [Option<usize>]) {
        let reaches = |other: usize| claims[other].ports.1 >= claims[index].ports.0;
        while let Some(other) = self.first.peek().map(|(_, other)| !other) {
            if reaches(other) {
                if other < index {
                    found[index].get_or_insert(other);
                }
                break;
            }
            self.first.pop();
        }
        while let Some(&(_, other)) = self.unwarned.peek().filter(|(_, other)| *other > index) {
            self.unwarned.pop();
            if reaches(other) {
                found[other].get_or_insert(index);
            }
        }
    }
}

/// Finds for each claim an earlier one that collides with it. Sweeps over the ports once: tens of thousands of claims to
/// one port on different addresses take no time.
fn collisions(claims: &[Claim]) -> Vec<Option<usize>> {
    let mut found = vec![None; claims.len()];
    // The greatest comes out first: the lowest port, and of one port the first claim.
    let ports = claims.iter().enumerate();
    let mut order: BinaryHeap<_> = ports.map(|(i, claim)| (-claim.ports.0, !i)).collect();
    let (mut places, mut reaching) = (HashMap::new(), Vec::<Reaching>::new());
    while let Some((_, index)) = order.pop() {
        let index = !index;
        let Claim {
            protocol, address, ..
        } = &claims[index];
        // All claims; those to every address, which collide with any; those to the same address.
        let all = place_of(protocol.clone(), &mut places);
        let every = place_of(format!("{protocol} *"), &mut places);
        let same = address.map(|address| place_of(format!("{protocol} {address}"), &mut places));
        reaching.resize_with(places.len(), Reaching::default);
        let met = same.map_or([all, all], |same| [same, every]);
        for place in met {
            reaching[place].meet(index, claims, &mut found);
        }
        for place in [all, same.unwrap_or(every)] {
            reaching[place].first.push((0, !index));
            if found[index].is_none() {
                reaching[place].unwarned.push((0, index));
            }
        }
    }
    found
}

/// Returns the number of this key among `places`, and adds the key if it is new.
pub(super) fn place_of(key: String, places: &mut HashMap<String, usize>) -> usize {
    let next = places.len();
    *places.entry(key).or_insert(next)
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
        let other = &manifests[first.manifest];
        let location = other.locations.ports.get(first.mapping);
        other.file_of(location.unwrap_or(&Location::default()))
    };
    let message = format!(
        "host port {ports}/{} is claimed by {owner} too",
        second.protocol
    );
    let manifest = &mut manifests[second.manifest];
    if let Some(location) = manifest.locations.ports.get(second.mapping) {
        manifest.warnings.push(location.diagnostic(message));
    }
}

#[cfg(test)]
#[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap)] // small numbers
mod tests {
    use super::super::tests::{checked, manifest};
    use super::*;
    use crate::random::Random;
    use std::time::Instant;

    fn with_port(file: &str, mapping: &str) -> Manifest {
        let head = r#"{ "image": { "name": "i" }, "host_config": { "port_mappings": [ { "container_port": 1, "#;
        manifest(file, &format!("{head}{mapping} }} ] }} }}"))
    }

    fn collide(a: &str, b: &str) -> bool {
        let manifests = checked(vec![with_port("a.json", a), with_port("b.json", b)]);
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
    fn warnings_about_the_manifests_own_file_come_before_those_about_its_drop_in() {
        let mappings = |lines: &str| {
            format!(r#""host_port": 80 }},{lines} {{ "container_port": 2, "host_port": 81"#)
        };
        let mut second = with_port("b.json", &mappings("\n\n"));
        // The drop-in's value stands further up than the other one in the manifest.
        second.locations.ports[0].file = "b.json.d/1.json".to_owned();
        let manifests = checked(vec![with_port("a.json", &mappings("")), second]);
        let warnings = manifests.valid[1].warnings.iter();
        let collisions = warnings.filter(|warning| warning.message.contains("claimed by"));
        let files: Vec<&str> = collisions.map(|warning| &*warning.location.file).collect();
        assert_eq!(files, ["", "b.json.d/1.json"]);
    }

    /// Whether a claim collides with an earlier one, found by comparing each with each.
    #[test]
    fn the_sweep_finds_what_comparing_all_pairs_finds() {
        let mut random = Random::new(7);
        for _ in 0..2_000 {
            let mut claim = |mapping| {
                let first = random.below(12) as i64;
                Claim {
                    protocol: random.pick(&["tcp", "udp"]).to_owned(),
                    ports: (first, first + random.below(4) as i64),
                    address: random.pick(&[
                        None,
                        Some([10, 0, 0, 1].into()),
                        Some([10, 0, 0, 2].into()),
                    ]),
                    manifest: 0,
                    mapping,
                }
            };
            let claims: Vec<Claim> = (0..10).map(&mut claim).collect();
            let collide = |a: &Claim, b: &Claim| {
                let is_same_address = a.address == b.address || a.address.is_none();
                (is_same_address || b.address.is_none())
                    && a.protocol == b.protocol
                    && a.ports.0 <= b.ports.1
                    && b.ports.0 <= a.ports.1
            };
            for (second, first) in collisions(&claims).into_iter().enumerate() {
                let is_found = first.is_some_and(|first| first < second);
                let collides = |other: &Claim| collide(other, &claims[second]);
                assert_eq!(is_found, claims[..second].iter().any(collides));
                assert!(first.map_or(true, |first| collides(&claims[first])));
            }
        }
    }

    #[test]
    fn many_claims_to_one_port_take_no_time() {
        let started = Instant::now();
        let claim = |mapping: usize| Claim {
            protocol: "tcp".to_owned(),
            ports: (1, if mapping % 2 == 0 { 1 } else { 65_535 }),
            address: Some(IpAddr::from((mapping as u32 + 1).to_be_bytes())),
            manifest: 0,
            mapping,
        };
        let mut claims: Vec<Claim> = (0..200_000).map(claim).collect();
        assert!(collisions(&claims).iter().all(Option::is_none));
        for claim in &mut claims {
            claim.address = None;
        }
        assert!(collisions(&claims)[1..].iter().all(Option::is_some));
        assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
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
