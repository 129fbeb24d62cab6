//! What shows only when manifests are looked at side by side. Pure.

use std::collections::{HashMap, HashSet};

use super::manifests::{Invalid, Manifest, Manifests};
use super::ports;
use super::problem::Problem;
use super::words::quoted;
use crate::container::Spec;
use crate::text::printable;

/// Makes every manifest whose container an earlier one asks for already an invalid one, and adds warnings about host
/// ports and host names that two of the others claim.
pub(super) fn judge(manifests: &mut Manifests) {
    let mut kept: Vec<Manifest> = Vec::new();
    let (mut by_id, mut by_name) = (HashMap::new(), HashMap::new());
    for manifest in std::mem::take(&mut manifests.valid) {
        let Spec { id, name, .. } = &manifest.container;
        let same_id = by_id.get(id).filter(|_| !id.is_empty());
        let first = same_id.into_iter().chain(by_name.get(name)).min();
        if let Some(problem) = first.map(|&first| same_container(&kept[first], &manifest)) {
            manifests.invalid.push(refuse(manifest, problem));
            continue;
        }
        by_id.insert(id.clone(), kept.len());
        by_name.insert(name.clone(), kept.len());
        kept.push(manifest);
    }
    ports::warn_about_collisions(&mut kept);
    warn_about_shared_host_names(&mut kept);
    manifests.valid = kept;
    manifests.sort_invalid();
}

/// The entries of `extra_hosts` that name a container which no manifest and, as far as `exists` knows, no existing
/// container provides: the index of the manifest, and a warning. `exists` is asked for a host name.
pub fn missing_providers(
    manifests: &[Manifest],
    exists: &dyn Fn(&str) -> bool,
) -> Vec<(usize, Problem)> {
    let provided: HashSet<String> = manifests
        .iter()
        .filter_map(|manifest| bridge_host_name(&manifest.container))
        .collect();
    let mut missing = Vec::new();
    for (index, manifest) in manifests.iter().enumerate() {
        let host = &manifest.container.host_config;
        if host.network_mode == "host" {
            continue; // Kanto-CM resolves such entries on the bridge only
        }
        for (entry, anchor) in host.extra_hosts.iter().zip(&manifest.anchors.extra_hosts) {
            let Some(wanted) = container_host_name(entry) else {
                continue;
            };
            if !provided.contains(wanted) && !exists(wanted) {
                let message = format!(
                    "no manifest and no container has the host_name {}",
                    quoted(wanted)
                );
                missing.push((index, anchor.with_message(message)));
            }
        }
    }
    missing
}

/// Warns whoever names a host name that several others have: Kanto-CM then writes no entry.
fn warn_about_shared_host_names(manifests: &mut [Manifest]) {
    let (mut places, mut providers) = (HashMap::new(), Vec::<[usize; 2]>::new());
    for (index, manifest) in manifests.iter().enumerate() {
        if let Some(name) = bridge_host_name(&manifest.container) {
            let place = ports::place_of(name, &mut places);
            match providers.get_mut(place) {
                Some([first, second]) if first == second => *second = index,
                Some(_) => {}
                None => providers.push([index; 2]),
            }
        }
    }
    for index in 0..manifests.len() {
        let host = &manifests[index].container.host_config;
        let mut warnings = Vec::new();
        for (entry, anchor) in host
            .extra_hosts
            .iter()
            .zip(&manifests[index].anchors.extra_hosts)
        {
            let wanted = container_host_name(entry).filter(|_| host.network_mode != "host");
            let Some(name) = wanted.filter(|name| places.contains_key(*name)) else {
                continue;
            };
            let [first, second] = providers[places[name]];
            if first != second {
                let file = |index: usize| printable(&manifests[index].file.to_string_lossy());
                warnings.push(anchor.with_message(format!(
                    "{} and {} have the host_name {}: Kanto-CM writes no entry while both run",
                    file(first),
                    file(second),
                    quoted(name)
                )));
            }
        }
        for warning in warnings {
            manifests[index].warnings.push(warning);
        }
    }
}

/// The host name in `name:container_<host_name>`.
pub fn container_host_name(entry: &str) -> Option<&str> {
    let (_, address) = entry.trim().split_once(':')?;
    address
        .strip_prefix("container_")
        .filter(|host_name| !host_name.is_empty())
}

/// The host name under which others can reach a container on the bridge.
pub fn bridge_host_name(container: &Spec) -> Option<String> {
    let container = container.clone().with_defaults();
    (container.host_config.network_mode == "bridge").then_some(container.host_name)
}

/// What to say of the second of two manifests that have the id or else the name in common.
fn same_container(first: &Manifest, second: &Manifest) -> Problem {
    let (a, b) = (&first.container, &second.container);
    let (what, anchor, value) = if !b.id.is_empty() && a.id == b.id {
        ("id", &second.anchors.id, &b.id)
    } else {
        ("name", &second.anchors.name, &b.name)
    };
    let file = printable(&first.file.to_string_lossy());
    anchor.with_message(format!(
        "the {what} {} is already that of {file}, which is deployed",
        quoted(value)
    ))
}

fn refuse(manifest: Manifest, problem: Problem) -> Invalid {
    let Manifest {
        file,
        path,
        warnings,
        version,
        ..
    } = manifest;
    Invalid {
        file,
        path,
        problems: problem.into(),
        warnings,
        version,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(super) mod tests {
    use super::super::manifests::Version;
    use super::super::parse::parse_manifest;
    use super::*;

    pub(in super::super) fn manifest(file: &str, json: &str) -> Manifest {
        let parsed = parse_manifest(file.trim_end_matches(".json"), json.as_bytes());
        Manifest {
            file: file.into(),
            path: file.into(),
            container: parsed.container.unwrap(),
            warnings: parsed.warnings,
            format: parsed.format,
            version: Version::default(),
            anchors: parsed.anchors,
        }
    }

    pub(in super::super) fn judged(valid: Vec<Manifest>) -> Manifests {
        let mut manifests = Manifests {
            valid,
            ..Manifests::default()
        };
        judge(&mut manifests);
        manifests
    }

    #[test]
    fn the_first_of_two_with_one_name_is_kept() {
        let named = r#"{ "container_name": "x", "image": { "name": "i" } }"#;
        let other = r#"{ "container_id": "x", "image": { "name": "i" } }"#;
        let manifests = judged(vec![
            manifest("a.json", named),
            manifest("b.json", other),
            manifest("c.json", named),
        ]);
        assert_eq!(manifests.valid.len(), 1);
        assert_eq!(manifests.invalid.len(), 2);
        let text = manifests.invalid[1].problems[0]
            .in_file(&manifests.invalid[1].file)
            .to_string();
        assert_eq!(
            text,
            r#"c.json:1:21: container_name: the name "x" is already that of a.json, which is deployed"#
        );
    }

    #[test]
    fn the_first_of_two_with_one_id_is_kept() {
        let json = |name| {
            format!(
                r#"{{ "container_id": "x", "container_name": "{name}", "image": {{ "name": "i" }} }}"#
            )
        };
        let manifests = judged(vec![
            manifest("a.json", &json("a")),
            manifest("b.json", &json("b")),
        ]);
        assert_eq!(manifests.invalid[0].problems[0].key, "container_id");
    }

    #[test]
    fn two_without_an_id_are_two() {
        let json = r#"{ "image": { "name": "i" } }"#;
        assert_eq!(
            judged(vec![manifest("a.json", json), manifest("b.json", json)])
                .valid
                .len(),
            2
        );
    }

    #[test]
    fn a_host_name_that_two_have_is_a_warning_for_whoever_names_it() {
        let user = r#"{ "image": { "name": "r.io/i:1" }, "host_config": { "extra_hosts": [ "x:1.1.1.1", "b:container_b" ] } }"#;
        let with = |host_name: &str, mode: &str| {
            format!(
                r#"{{ "image": {{ "name": "r.io/i:1" }}, "host_name": "{host_name}", "host_config": {{ "network_mode": "{mode}" }} }}"#
            )
        };
        let warnings = |second: &str| {
            let manifests = judged(vec![
                manifest("a.json", user),
                manifest("b.json", &with("b", "bridge")),
                manifest("c.json", second),
            ]);
            let text = |problem: &Problem| problem.in_file("a.json".as_ref()).to_string();
            assert!(manifests.valid[1..]
                .iter()
                .all(|one| one.warnings.is_empty()));
            manifests.valid[0]
                .warnings
                .iter()
                .map(text)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            warnings(&with("b", "bridge")),
            [
                r#"a.json:1:83: host_config.extra_hosts[1]: b.json and c.json have the host_name "b": Kanto-CM writes no entry while both run"#
            ]
        );
        assert_eq!(warnings(&with("c", "bridge")), [""; 0]);
        assert_eq!(warnings(&with("b", "host")), [""; 0], "not on the bridge");
    }

    #[test]
    fn a_provider_is_a_manifest_or_a_container_on_the_bridge() {
        let user = r#"{ "image": { "name": "i" }, "host_config": { "extra_hosts": [ "b:container_b-host" ] } }"#;
        let provider = r#"{ "image": { "name": "i" } }"#;
        let on_host = r#"{ "image": { "name": "i" }, "host_config": { "network_mode": "host" } }"#;
        let missing = |second: &str, exists: bool| {
            missing_providers(
                &[manifest("a.json", user), manifest("b.json", second)],
                &|_| exists,
            )
            .len()
        };
        assert_eq!(missing(provider, false), 0);
        assert_eq!(missing(on_host, false), 1);
        assert_eq!(missing(on_host, true), 0);
    }
}
