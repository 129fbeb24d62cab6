//! Containers that others name in `extra_hosts`: nobody, or several, may have the host name. Pure.

use std::collections::{HashMap, HashSet};

use super::ports::place_of;
use crate::container::{container_host_name, Spec};
use crate::manifests_parser::diagnostics::Diagnostic;
use crate::manifests_parser::manifest::Manifest;
use crate::manifests_parser::quote::quoted;
use crate::text::printable;

/// The entries of `extra_hosts` that name a container which no manifest and, as far as `exists` knows, no existing
/// container provides: the index of the manifest, and a warning. `exists` is asked for a host name.
pub fn missing_providers(
    manifests: &[Manifest],
    exists: &dyn Fn(&str) -> bool,
) -> Vec<(usize, Diagnostic)> {
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
        for (entry, location) in host.extra_hosts.iter().zip(&manifest.locations.extra_hosts) {
            let Some(wanted) = container_host_name(entry) else {
                continue;
            };
            if !provided.contains(wanted) && !exists(wanted) {
                let message = format!(
                    "no manifest and no container has the host_name {}",
                    quoted(wanted)
                );
                missing.push((index, location.diagnostic(message)));
            }
        }
    }
    missing
}

/// The entries of `extra_hosts` that name a host name which a container without a manifest shares with a manifest, or with
/// another such container: the index of the manifest, and a warning. `others`: their host names and names.
pub fn shared_with_others(
    manifests: &[Manifest],
    others: &[(&str, &str)],
) -> Vec<(usize, Diagnostic)> {
    let providers = |name: &str| {
        let of_manifest = |manifest: &&Manifest| {
            bridge_host_name(&manifest.container).is_some_and(|provided| provided == name)
        };
        let first = manifests.iter().find(of_manifest);
        let first = first.map(|manifest| printable(&manifest.file.to_string_lossy()));
        let others = others.iter().filter(|(host_name, _)| *host_name == name);
        let others = others.map(|(_, name)| format!("the container {}", printable(name)));
        first.into_iter().chain(others).collect::<Vec<_>>()
    };
    let mut shared = Vec::new();
    for (index, manifest) in manifests.iter().enumerate() {
        let host = &manifest.container.host_config;
        for (entry, location) in host.extra_hosts.iter().zip(&manifest.locations.extra_hosts) {
            let name = container_host_name(entry).filter(|_| host.network_mode != "host");
            let has_name = |name: &&str| others.iter().any(|(host_name, _)| host_name == name);
            let Some(name) = name.filter(has_name) else {
                continue;
            };
            if let [first, second, ..] = &providers(name)[..] {
                shared.push((index, location.diagnostic(shared_by(first, second, name))));
            }
        }
    }
    shared
}

fn shared_by(first: &str, second: &str, name: &str) -> String {
    let name = quoted(name);
    format!(
        "{first} and {second} have the host_name {name}: Kanto-CM writes no entry while both run"
    )
}

/// Warns whoever names a host name that several others have: Kanto-CM then writes no entry.
pub(super) fn warn_about_shared(manifests: &mut [Manifest]) {
    let (mut places, mut providers) = (HashMap::new(), Vec::<[usize; 2]>::new());
    for (index, manifest) in manifests.iter().enumerate() {
        if let Some(name) = bridge_host_name(&manifest.container) {
            let place = place_of(name, &mut places);
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
        for (entry, location) in host
            .extra_hosts
            .iter()
            .zip(&manifests[index].locations.extra_hosts)
        {
            let wanted = container_host_name(entry).filter(|_| host.network_mode != "host");
            let Some(name) = wanted.filter(|name| places.contains_key(*name)) else {
                continue;
            };
            let [first, second] = providers[places[name]];
            if first != second {
                let file = |index: usize| printable(&manifests[index].file.to_string_lossy());
                let message = shared_by(&file(first), &file(second), name);
                warnings.push(location.diagnostic(message));
            }
        }
        for warning in warnings {
            manifests[index].warnings.push(warning);
        }
    }
}

/// The host name under which others can reach a container on the bridge.
fn bridge_host_name(container: &Spec) -> Option<String> {
    let container = container.clone().with_defaults();
    (container.host_config.network_mode == "bridge").then_some(container.host_name)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{checked, manifest};
    use super::*;

    #[test]
    fn a_host_name_that_two_have_is_a_warning_for_whoever_names_it() {
        let user = r#"{ "image": { "name": "r.io/i:1" }, "host_config": { "extra_hosts": [ "x:1.1.1.1", "b:container_b" ] } }"#;
        let with = |host_name: &str, mode: &str| {
            format!(
                r#"{{ "image": {{ "name": "r.io/i:1" }}, "host_name": "{host_name}", "host_config": {{ "network_mode": "{mode}" }} }}"#
            )
        };
        let warnings = |second: &str| {
            let manifests = checked(vec![
                manifest("a.json", user),
                manifest("b.json", &with("b", "bridge")),
                manifest("c.json", second),
            ]);
            let text = |diagnostic: &Diagnostic| diagnostic.in_file("a.json".as_ref()).to_string();
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
