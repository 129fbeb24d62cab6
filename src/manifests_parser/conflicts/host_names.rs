//! Containers that others name in `extra_hosts`: nobody, or several, may have the host name. Pure.

use std::collections::HashMap;

use super::ports::place_of;
use crate::container::{container_host_name, Spec};
use crate::manifests_parser::diagnostics::{Diagnostic, Location};
use crate::manifests_parser::manifest::Manifest;
use crate::manifests_parser::quote::quoted;
use crate::text::printable;

/// Finds the entries of `extra_hosts` that name a container which no manifest provides, and no container either as far as
/// `exists` knows. Returns the index of the manifest, and a warning. `exists` is asked for a host name.
pub fn missing_providers(
    manifests: &[Manifest],
    exists: &dyn Fn(&str) -> bool,
) -> Vec<(usize, Diagnostic)> {
    let mut providers = HashMap::new();
    for manifest in manifests {
        let (host_name, is_on_bridge) = host_name(&manifest.container);
        let provider = providers.entry(host_name).or_insert((manifest, false));
        provider.1 |= is_on_bridge;
    }
    let mut missing = Vec::new();
    for (index, manifest) in manifests.iter().enumerate() {
        for (host_name, location) in named_containers(manifest) {
            let provider = providers.get(host_name);
            if provider.is_some_and(|(_, is_on_bridge)| *is_on_bridge) || exists(host_name) {
                continue;
            }
            let host_name = quoted(host_name);
            let message = match provider {
                Some((provider, _)) => {
                    let file = provider.shown_file();
                    format!("{file} has the host_name {host_name} with network_mode host: Kanto-CM finds containers with network_mode bridge only")
                }
                None => format!("no manifest and no container has the host_name {host_name}"),
            };
            missing.push((index, location.diagnostic(message)));
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
    let (places, providers) = providers(manifests);
    let mut shared = Vec::new();
    for (index, manifest) in manifests.iter().enumerate() {
        for (name, location) in named_containers(manifest) {
            let others = others.iter().filter(|(host_name, _)| *host_name == name);
            let mut others = others.map(|(_, name)| format!("the container {}", printable(name)));
            let Some(other) = others.next() else {
                continue;
            };
            let first = places.get(name).map(|&place| providers[place][0]);
            let message = match (first, others.next()) {
                (Some(first), _) => shared_by(&manifests[first].shown_file(), &other, name),
                (None, Some(second)) => shared_by(&other, &second, name),
                (None, None) => continue,
            };
            shared.push((index, location.diagnostic(message)));
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
    let (places, providers) = providers(manifests);
    for index in 0..manifests.len() {
        let mut warnings = Vec::new();
        for (host_name, location) in named_containers(&manifests[index]) {
            let Some(&place) = places.get(host_name) else {
                continue;
            };
            let [first, second] = providers[place];
            if first != second {
                let (first, second) = (
                    manifests[first].shown_file(),
                    manifests[second].shown_file(),
                );
                let message = shared_by(&first, &second, host_name);
                warnings.push(location.diagnostic(message));
            }
        }
        for warning in warnings {
            manifests[index].warnings.push(warning);
        }
    }
}

/// Finds the manifests whose containers can be reached by a host name: its place in the list, and there the first two of them,
/// or the only one twice.
fn providers(manifests: &[Manifest]) -> (HashMap<String, usize>, Vec<[usize; 2]>) {
    let (mut places, mut providers) = (HashMap::new(), Vec::<[usize; 2]>::new());
    for (index, manifest) in manifests.iter().enumerate() {
        let (host_name, is_on_bridge) = host_name(&manifest.container);
        if !is_on_bridge {
            continue;
        }
        let place = place_of(host_name, &mut places);
        match providers.get_mut(place) {
            Some([first, second]) if first == second => *second = index,
            Some(_) => {}
            None => providers.push([index; 2]),
        }
    }
    (places, providers)
}

/// Lists the host names of containers that a manifest names in `extra_hosts`. Kanto-CM resolves them on the bridge only.
fn named_containers(manifest: &Manifest) -> impl Iterator<Item = (&str, &Location)> {
    let host = &manifest.container.host_config;
    let is_on_bridge = host.network_mode != "host";
    let entries = if is_on_bridge {
        &host.extra_hosts[..]
    } else {
        &[]
    };
    let located = entries.iter().zip(&manifest.locations.extra_hosts);
    located.filter_map(|(entry, location)| Some((container_host_name(entry)?, location)))
}

/// Returns a container's host name, and whether others can reach it by that name: only on the bridge.
fn host_name(container: &Spec) -> (String, bool) {
    let container = container.clone().with_defaults();
    let is_on_bridge = container.host_config.network_mode == "bridge";
    (container.host_name, is_on_bridge)
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
                .all(|manifest| manifest.warnings.is_empty()));
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
            let manifests = [manifest("a.json", user), manifest("b.json", second)];
            let missing = missing_providers(&manifests, &|_| exists);
            let mut messages = missing.into_iter().map(|(_, warning)| warning.message);
            messages.next().unwrap_or_default()
        };
        assert_eq!(missing(provider, false), "");
        assert_eq!(
            missing(on_host, false),
            r#"b.json has the host_name "b-host" with network_mode host: Kanto-CM finds containers with network_mode bridge only"#
        );
        assert_eq!(missing(on_host, true), "");
        let other = r#"{ "image": { "name": "i" }, "host_name": "c" }"#;
        assert_eq!(
            missing(other, false),
            r#"no manifest and no container has the host_name "b-host""#
        );
    }
}
