//! Host ports: who has one, who is to have it, and where they move in a circle.

use std::collections::HashMap;

use crate::container::{HostPort, Observed};
use crate::reconcile::workload::Workload;
use crate::sort::{sort, sort_by};
use crate::text::printable;

/// A container that belongs to no workload, and has host ports.
#[derive(Debug, Clone)]
pub struct Foreign {
    id: String,
    name: String,
    ports: Vec<HostPort>,
}

/// Who waits for whose host ports, by indices.
#[derive(Debug, Clone, Default)]
pub(super) struct Ports {
    /// Those that have a host port which this one is to have, or had it before an interruption.
    holders: Vec<Vec<Holder>>,
    /// The indices of `holders`, and of those that are to have a host port of this one.
    pub(super) rivals: Vec<Vec<usize>>,
    /// The circle that this one's port moves in; itself included.
    pub(super) circles: Vec<Vec<usize>>,
}

/// Who has a host port.
#[derive(Debug, Clone)]
pub(super) struct Holder {
    pub(super) index: usize,
    pub(super) port: HostPort,
    /// What it is called in messages.
    pub(super) label: String,
}

impl Foreign {
    /// Those of the containers that belong to none of the workloads.
    pub fn of(workloads: &[&Workload], observed: &[Observed]) -> Vec<Foreign> {
        let mut foreign: Vec<Foreign> = Vec::new();
        for container in observed.iter().filter(|container| container.holds_ports()) {
            let ports = container.listed.host_ports();
            let is_known = |w: &&Workload| {
                let is_it = |other: &Observed| other.id() == container.id();
                w.observed.as_deref().is_some_and(is_it)
                    || w.ruined.iter().any(|id| id == container.id())
            };
            if !ports.is_empty() && !workloads.iter().any(is_known) {
                foreign.push(Foreign {
                    id: container.id().to_owned(),
                    name: container.name().to_owned(),
                    ports,
                });
            }
        }
        foreign
    }
}

impl Ports {
    /// Also returns why a workload cannot have its host ports at all.
    pub(super) fn of(
        workloads: &[&Workload],
        files: &[&str],
        foreign: &[Foreign],
    ) -> (Ports, Vec<Option<String>>) {
        let mut refused = vec![None; workloads.len()];
        let claims = claims(workloads, files, &mut refused);
        refuse_what_others_hold(workloads, foreign, &claims, &mut refused);
        let mut ports = Ports {
            holders: vec![Vec::new(); workloads.len()],
            rivals: vec![Vec::new(); workloads.len()],
            circles: vec![Vec::new(); workloads.len()],
        };
        for (index, workload) in workloads.iter().enumerate() {
            for port in had(workload) {
                let (claimant, port) = match claimant(&claims, &port) {
                    Some((claimant, port)) if claimant != index => (claimant, port.clone()),
                    _ => continue,
                };
                let label = label(&workload.name, files[index]);
                if workload.desired.is_none() && !workload.is_pruned {
                    // No manifest asks for the holder, and nothing removes it.
                    refuse(&mut refused[claimant], &port, &label);
                    continue;
                }
                ports.holders[claimant].push(Holder { index, port, label });
                ports.rivals[claimant].push(index);
                ports.rivals[index].push(claimant);
            }
        }
        ports.find_circles();
        (ports, refused)
    }

    /// Those whose host ports this one is to have, but for those that exchange theirs with it.
    pub(super) fn holders_outside(&self, index: usize) -> impl Iterator<Item = &Holder> {
        let circle = &self.circles[index];
        let holders = self.holders[index].iter();
        holders.filter(move |holder| !circle.contains(&holder.index))
    }

    /// A circle is what can be reached from itself.
    fn find_circles(&mut self) {
        for start in 0..self.holders.len() {
            let reachable = self.reachable(start);
            let is_way_back = |index: &usize| self.reachable(*index).contains(&start);
            let mut circle: Vec<usize> = reachable.into_iter().filter(is_way_back).collect();
            sort(&mut circle);
            self.circles[start] = circle;
        }
    }

    fn reachable(&self, start: usize) -> Vec<usize> {
        let mut found: Vec<usize> = Vec::new();
        let mut open = vec![start];
        while let Some(at) = open.pop() {
            for holder in &self.holders[at] {
                if !found.contains(&holder.index) {
                    found.push(holder.index);
                    open.push(holder.index);
                }
            }
        }
        found
    }
}

/// The workloads that are to have a host port, by the port's number.
type Claims = HashMap<i64, Vec<(usize, HostPort)>>;

fn claimant<'a>(claims: &'a Claims, port: &HostPort) -> Option<(usize, &'a HostPort)> {
    let mut of_that_number = claims.get(&port.port)?.iter();
    let (index, port) = of_that_number.find(|(_, claimed)| claimed.excludes(port))?;
    Some((*index, port))
}

/// A claimant cannot have a port that a container of no workload holds, unless it is its own earlier container.
fn refuse_what_others_hold(
    workloads: &[&Workload],
    foreign: &[Foreign],
    claims: &Claims,
    refused: &mut [Option<String>],
) {
    for container in foreign {
        for port in &container.ports {
            match claimant(claims, port) {
                Some((claimant, port)) if workloads[claimant].earlier_id != container.id => {
                    refuse(&mut refused[claimant], port, &label(&container.name, ""));
                }
                _ => {}
            }
        }
    }
}

fn refuse(refused: &mut Option<String>, port: &HostPort, holder: &str) {
    refused.get_or_insert(format!("host port {port} is held by {holder}"));
}

/// Who is to have which port, by its number. Where several ask for one, the one that has it keeps it; else the first by file name
/// gets it, and the others are refused.
fn claims(workloads: &[&Workload], files: &[&str], refused: &mut [Option<String>]) -> Claims {
    let mut all: Vec<(bool, &str, usize, HostPort)> = Vec::new();
    for (index, workload) in workloads.iter().enumerate() {
        let Some(desired) = &workload.desired else {
            continue;
        };
        let had = had(workload);
        for port in desired.listed.host_ports() {
            let is_new = !had.iter().any(|held| held.excludes(&port));
            all.push((is_new, files[index], index, port));
        }
    }
    sort_by(&mut all, |a, b| (a.0, a.1, a.2).cmp(&(b.0, b.1, b.2)));
    let mut claims = Claims::new();
    for (_, _, index, port) in all {
        let claimed = claims.entry(port.port).or_default();
        match claimed.iter().find(|(_, other)| port.excludes(other)) {
            Some((first, _)) if *first != index => {
                let label = label(&workloads[*first].name, files[*first]);
                refused[index].get_or_insert(format!(
                    "host port {port} is also claimed by {label}, which gets it"
                ));
            }
            _ => claimed.push((index, port)),
        }
    }
    claims
}

/// Only containers with a host port that a manifest claims are pruned. What has stand-ins is made whole all the same.
pub fn prune_only_claimed(workloads: &mut Vec<Workload>) {
    let desired = workloads.iter().filter_map(|w| w.desired.as_ref());
    let claimed: Vec<HostPort> = desired
        .flat_map(|desired| desired.listed.host_ports())
        .collect();
    let is_claimed = |w: &Workload| {
        let ports = w
            .observed
            .as_ref()
            .map(|observed| observed.listed.host_ports());
        let mut ports = ports.into_iter().flatten();
        ports.any(|port| claimed.iter().any(|claimed| claimed.excludes(&port)))
    };
    for workload in workloads
        .iter_mut()
        .filter(|w| w.is_pruned && !is_claimed(w))
    {
        workload.is_pruned = false;
    }
    workloads
        .retain(|w| w.is_pruned || w.desired.is_some() || w.staged.is_some() || w.backup.is_some());
}

/// The host ports that its container has, and those that the old one had before a replacement was interrupted.
fn had(workload: &Workload) -> Vec<HostPort> {
    let observed = workload
        .observed
        .as_ref()
        .filter(|observed| observed.holds_ports());
    let mut ports = observed.map_or_else(Vec::new, |observed| observed.listed.host_ports());
    if let Some(old) = workload.old_configuration() {
        ports.extend(old.host_ports());
    }
    ports
}

fn label(name: &str, file: &str) -> String {
    match (printable(name), file) {
        (name, "") => format!("the container {name}, which has no manifest"),
        (name, file) => format!("{name} ({})", printable(file)),
    }
}
