//! In which order containers start: one that names another in `extra_hosts` after that one, all else side by side.

use std::collections::HashMap;

use crate::manifests_parser::{container_host_name, Manifest};

/// For each manifest, the manifests to start before it. `starts`: whose containers are started at all.
pub(super) fn after(manifests: &[Manifest], starts: &[bool]) -> Vec<Vec<usize>> {
    let mut after = providers(manifests, starts);
    let cycle = cycle_members(&after);
    break_cycle(&mut after, &cycle);
    after
}

/// The manifests whose containers name each other in a circle, so that none can be started after the one it names. They
/// are started in the order of their files.
pub fn cyclic(manifests: &[Manifest]) -> Vec<usize> {
    cycle_members(&providers(manifests, &vec![true; manifests.len()]))
}

fn providers(manifests: &[Manifest], starts: &[bool]) -> Vec<Vec<usize>> {
    let mut by_host_name: HashMap<String, usize> = HashMap::new();
    for (i, manifest) in manifests.iter().enumerate().filter(|(i, _)| starts[*i]) {
        by_host_name
            .entry(manifest.container.clone().with_defaults().host_name)
            .or_insert(i);
    }
    let providers_of = |(i, manifest): (usize, &Manifest)| {
        let mut providers: Vec<usize> = manifest
            .container
            .host_config
            .extra_hosts
            .iter()
            .filter_map(|entry| container_host_name(entry))
            .filter_map(|host_name| by_host_name.get(host_name).copied())
            .filter(|&provider| provider != i && starts[i])
            .collect();
        providers.sort_unstable();
        providers.dedup();
        providers
    };
    manifests.iter().enumerate().map(providers_of).collect()
}

/// Members of cycles (and what lies on a way from one cycle to another), in order: what is left after taking away, again
/// and again, what waits for nothing and what nothing waits for.
fn cycle_members(after: &[Vec<usize>]) -> Vec<usize> {
    let mut before: Vec<Vec<usize>> = vec![Vec::new(); after.len()];
    for (i, providers) in after.iter().enumerate() {
        for &provider in providers {
            before[provider].push(i);
        }
    }
    let mut left: Vec<bool> = vec![true; after.len()];
    take_away(after, &before, &mut left);
    take_away(&before, after, &mut left);
    (0..after.len()).filter(|&i| left[i]).collect()
}

/// Takes away every node that has no `edges` to a node that is left, and goes on along `back`.
fn take_away(edges: &[Vec<usize>], back: &[Vec<usize>], left: &mut [bool]) {
    let mut counts: Vec<usize> = edges
        .iter()
        .map(|to| to.iter().filter(|&&t| left[t]).count())
        .collect();
    let mut free: Vec<usize> = (0..edges.len())
        .filter(|&i| left[i] && counts[i] == 0)
        .collect();
    while let Some(node) = free.pop() {
        left[node] = false;
        for &next in back[node].iter().filter(|&&next| left[next]) {
            counts[next] -= 1;
            if counts[next] == 0 {
                free.push(next);
            }
        }
    }
}

/// Each member after the one before it, and none after a member otherwise.
fn break_cycle(after: &mut [Vec<usize>], cycle: &[usize]) {
    for (position, &member) in cycle.iter().enumerate() {
        after[member].retain(|provider| cycle.binary_search(provider).is_err());
        if position > 0 {
            after[member].push(cycle[position - 1]);
        }
    }
}
