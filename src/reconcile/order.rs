//! In which order workloads go on: providers named in `extra_hosts` before their dependents, and a host port from one
//! container to the next.

use std::collections::HashMap;

use super::call::{Call, Done, Next, Row, Step};
use super::workload::{Desired, Workload};
use crate::container::{HostPort, Observed, Spec};
use crate::manifests_parser::container_host_name;
use crate::text::printable;

/// What the workloads of a run have to do with each other, by their indices.
#[derive(Debug, Clone, Default)]
pub struct Relations {
    /// Those that have to run before this one starts.
    pub providers: Vec<Vec<usize>>,
    /// Those that have a host port now which this one is to have.
    holders: Vec<Vec<Holder>>,
    /// Who has to look again when this one has come further.
    pub dependents: Vec<Vec<usize>>,
    /// The circle that this one's port moves in; itself included.
    circles: Vec<Vec<usize>>,
    /// Why this one is not begun at all.
    pub refused: Vec<Option<String>>,
}

#[derive(Debug, Clone)]
struct Holder {
    index: usize,
    port: HostPort,
}

/// How far a workload has come, as the others see it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // milestones that others wait for
pub struct Progress {
    /// The image is there, and Kanto-CM has accepted the configuration.
    pub is_staged: bool,
    /// The old container is gone.
    pub is_taken_down: bool,
    /// The container was started, or needs no start.
    pub is_started: bool,
    /// It keeps running.
    pub has_settled: bool,
    /// How it ended.
    pub done: Option<Done>,
}

/// May the workload go on with its step?
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gate {
    /// Yes.
    Open,
    /// When others have come further.
    Closed,
    /// Never in this run, for this reason.
    Refused(String),
}

impl Progress {
    /// As the workload shows it before its next step.
    pub fn of(w: &Workload, step: &Step) -> Progress {
        let done = match &step.next {
            Next::Done(done) => Some(done.clone()),
            _ => None,
        };
        let has_pair = w.staged.is_some() && w.backup.is_some();
        Progress {
            is_staged: has_pair || w.observed.is_some() && w.attempt.has_created || done.is_some(),
            is_taken_down: w.observed.is_none()
                || w.is_held_by(crate::container::Role::Next)
                || done.is_some(),
            is_started: w.attempt.started.is_some()
                || w.attempt.watch.is_some()
                || w.observed.as_ref().is_some_and(Observed::is_up) && !is_to_change(step)
                || done.is_some(),
            has_settled: matches!(step.row, Row::Commit) || done.is_some(),
            done,
        }
    }
}

/// Is the container, which runs, about to be replaced?
fn is_to_change(step: &Step) -> bool {
    matches!(
        step.row,
        Row::Stage
            | Row::BackUp
            | Row::TakeDown
            | Row::WithoutBackup
            | Row::RemoveUnderWay
            | Row::RollBack
    )
}

impl Relations {
    /// What these have to do with each other. `files`: what the manifests' files are called, for messages.
    pub fn of(workloads: &[&Workload], files: &[&str]) -> Relations {
        let count = workloads.len();
        let mut relations = Relations {
            providers: providers(workloads),
            holders: vec![Vec::new(); count],
            dependents: vec![Vec::new(); count],
            circles: vec![Vec::new(); count],
            refused: vec![None; count],
        };
        relations.add_ports(workloads, files);
        relations.find_circles();
        for index in 0..count {
            let before = relations.providers[index].iter().copied();
            let holders = relations.holders[index].iter().map(|one| one.index);
            for other in before.chain(holders).collect::<Vec<usize>>() {
                relations.dependents[other].push(index);
                // A pruned holder waits for its successor's image.
                relations.dependents[index].push(other);
            }
            for other in relations.circles[index].clone() {
                relations.dependents[other].push(index);
            }
        }
        for dependents in &mut relations.dependents {
            dependents.sort_unstable();
            dependents.dedup();
        }
        relations
    }

    fn add_ports(&mut self, workloads: &[&Workload], files: &[&str]) {
        let mut claims: HashMap<i64, Vec<(usize, HostPort)>> = HashMap::new();
        // The first by file name has it.
        let mut by_file: Vec<usize> = (0..workloads.len()).collect();
        by_file.sort_by_key(|&index| files[index]);
        for index in by_file {
            for port in claimed(workloads[index]) {
                let others = claims.entry(port.port).or_default();
                let first = others
                    .iter()
                    .find(|(_, other)| port.excludes(other))
                    .map(|(other, _)| *other);
                match first {
                    Some(first) if first != index => {
                        let file = printable(files[first]);
                        self.refused[index].get_or_insert(format!(
                            "host port {port} is claimed by {file}, which comes first"
                        ));
                    }
                    _ => others.push((index, port)),
                }
            }
        }
        for (index, workload) in workloads.iter().enumerate() {
            for port in held(workload) {
                for (claimant, claimed) in claims.get(&port.port).into_iter().flatten() {
                    if *claimant != index && claimed.excludes(&port) {
                        self.hold(*claimant, index, claimed, workload, files);
                    }
                }
            }
        }
    }

    /// `holder` runs with the port that `claimant` is to have.
    fn hold(
        &mut self,
        claimant: usize,
        holder: usize,
        port: &HostPort,
        workload: &Workload,
        files: &[&str],
    ) {
        let keeps = claimed(workload).iter().any(|other| other.excludes(port));
        // Nobody asks for the holder, and nobody removes it.
        let is_foreign = workload.desired.is_none() && !workload.is_pruned;
        if keeps || is_foreign {
            let name = printable(&workload.name);
            let holder = match files[holder] {
                "" => format!("the container {name}, which has no manifest"),
                file => format!("{name} ({})", printable(file)),
            };
            self.refused[claimant].get_or_insert(format!("host port {port} is held by {holder}"));
            return;
        }
        self.holders[claimant].push(Holder {
            index: holder,
            port: port.clone(),
        });
    }

    /// A circle is what can be reached from itself.
    fn find_circles(&mut self) {
        for start in 0..self.holders.len() {
            if self.holders[start].is_empty() {
                continue;
            }
            let forward = self.reachable(start);
            let circle = forward
                .iter()
                .copied()
                .filter(|&one| self.reachable(one).contains(&start));
            let mut circle: Vec<usize> = circle.collect();
            circle.sort_unstable();
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

    /// May the workload at `index` go on with `step`?
    pub fn gate(&self, index: usize, step: &Step, progress: &dyn Fn(usize) -> Progress) -> Gate {
        let Next::Call(call) = &step.next else {
            return self.gate_of_note(index, step, progress);
        };
        match (step.row, call) {
            (Row::TakeDown | Row::WithoutBackup, _) => self.take_down(index, progress),
            (Row::Prune, _) => all(&self.dependents[index], progress, |one| one.is_staged),
            // What a circle had comes back when all of its new ones are gone, and the other way round.
            (Row::TakenDown | Row::Restore, Call::Create { .. }) => {
                all(&self.circles[index], progress, |one| one.is_taken_down)
            }
            // What was there before, or has its way free already.
            (Row::Settle | Row::KeepOld | Row::TriedBefore, _) => Gate::Open,
            (_, Call::Start { .. } | Call::Unpause { .. }) => self.start(index, progress),
            // A Create pulls the image, and takes no port yet.
            (_, _) => Gate::Open,
        }
    }

    /// In a circle nobody is committed before all have settled.
    fn gate_of_note(
        &self,
        index: usize,
        step: &Step,
        progress: &dyn Fn(usize) -> Progress,
    ) -> Gate {
        match (&step.next, step.row) {
            (Next::Note(note), Row::Commit) if note.action.is_some() => {
                all(&self.circles[index], progress, |one| one.has_settled)
            }
            (Next::Note(_), Row::TakeDown) => self.take_down(index, progress),
            _ => Gate::Open,
        }
    }

    fn take_down(&self, index: usize, progress: &dyn Fn(usize) -> Progress) -> Gate {
        if !self.circles[index].is_empty() {
            let staged = all(&self.circles[index], progress, |one| one.is_staged);
            return Self::unless_failed(&self.circles[index], progress, index, staged);
        }
        self.start(index, progress)
    }

    /// Its providers run (or have failed), and its ports are free.
    fn start(&self, index: usize, progress: &dyn Fn(usize) -> Progress) -> Gate {
        for holder in self.holders[index]
            .iter()
            .filter(|one| !self.circles[index].contains(&one.index))
        {
            match progress(holder.index).done {
                None => return Gate::Closed,
                Some(Done::UpToDate { .. }) => {}
                Some(Done::Failed { .. } | Done::Unfinished) => {
                    let port = &holder.port;
                    return Gate::Refused(format!(
                        "host port {port} is still held by the container that was to give it up, which failed"
                    ));
                }
            }
        }
        all(&self.providers[index], progress, |one| one.is_started)
    }

    fn unless_failed(
        others: &[usize],
        progress: &dyn Fn(usize) -> Progress,
        index: usize,
        gate: Gate,
    ) -> Gate {
        let has_failed = |&&other: &&usize| {
            other != index && matches!(progress(other).done, Some(Done::Failed { .. }))
        };
        match others.iter().find(has_failed) {
            Some(_) => Gate::Refused(
                "a container that exchanges its host ports with this one failed".to_owned(),
            ),
            None => gate,
        }
    }

    /// The others that are rolled back with this one, as their ports move in a circle.
    pub fn circle(&self, index: usize) -> &[usize] {
        &self.circles[index]
    }
}

/// Are they all as far as that? What is at its end is as far as anything.
fn all(
    others: &[usize],
    progress: &dyn Fn(usize) -> Progress,
    is_so: fn(&Progress) -> bool,
) -> Gate {
    if others.iter().all(|&other| is_so(&progress(other))) {
        Gate::Open
    } else {
        Gate::Closed
    }
}

/// The ports that a workload is to have.
fn claimed(workload: &Workload) -> Vec<HostPort> {
    let Some(desired) = &workload.desired else {
        return Vec::new();
    };
    let host = &desired.listed.host_config;
    if host.network_mode == "host" {
        return Vec::new();
    }
    host.port_mappings.iter().filter_map(HostPort::of).collect()
}

/// The ports that its container has now.
fn held(workload: &Workload) -> Vec<HostPort> {
    let observed = workload.observed.as_ref().filter(|one| one.is_up());
    let mappings = observed.map(|one| &one.listed.host_config.port_mappings);
    mappings
        .into_iter()
        .flatten()
        .filter_map(HostPort::of)
        .collect()
}

/// The manifests whose containers name each other in a circle, so that none can be started after the one it names.
pub fn cyclic(specs: &[&Spec]) -> Vec<usize> {
    let workload = |spec: &&Spec| Workload {
        desired: Some(Desired::new((*spec).clone())),
        ..Workload::default()
    };
    let workloads: Vec<Workload> = specs.iter().map(workload).collect();
    let workloads: Vec<&Workload> = workloads.iter().collect();
    super::cycles::members(&named_providers(&workloads))
}

/// For each workload, those whose containers it names in `extra_hosts`. Where they name each other in a circle, they are started in
/// the order of their files.
fn providers(workloads: &[&Workload]) -> Vec<Vec<usize>> {
    let mut providers = named_providers(workloads);
    super::cycles::break_cycles(&mut providers);
    providers
}

fn named_providers(workloads: &[&Workload]) -> Vec<Vec<usize>> {
    let mut by_host_name: HashMap<&str, usize> = HashMap::new();
    for (index, workload) in workloads.iter().enumerate() {
        if let Some(desired) = &workload.desired {
            by_host_name
                .entry(&desired.listed.host_name)
                .or_insert(index);
        }
    }
    let of = |(index, workload): (usize, &&Workload)| {
        let hosts = workload
            .desired
            .as_ref()
            .map(|one| &one.spec.host_config.extra_hosts);
        let names = hosts
            .into_iter()
            .flatten()
            .filter_map(|entry| container_host_name(entry));
        let mut providers: Vec<usize> = names
            .filter_map(|name| by_host_name.get(name).copied())
            .filter(|&provider| provider != index)
            .collect();
        providers.sort_unstable();
        providers.dedup();
        providers
    };
    workloads.iter().enumerate().map(of).collect()
}
