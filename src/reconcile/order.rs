//! In which order workloads go on: providers named in `extra_hosts` before their dependents, and a host port from one
//! container to the next.

mod ports;

use std::collections::HashMap;

use super::call::{Call, Next, Row, Step};
use super::workload::{Desired, Workload};
use crate::container::{container_host_name, HostPort, Observed, Spec};
use crate::sort::sort;
pub use ports::{prune_only_claimed, Foreign};
use ports::{Holder, Ports};

/// What the workloads of a run have to do with each other, by their indices.
#[derive(Debug, Clone, Default)]
pub struct Relations {
    /// Those that have to run before this one starts.
    pub providers: Vec<Vec<usize>>,
    /// Who has to look again when this one has come further.
    pub dependents: Vec<Vec<usize>>,
    /// Why this one is not begun at all.
    pub refused: Vec<Option<String>>,
    ports: Ports,
}

/// How far a workload has come, as the others see it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // milestones that others wait for
pub struct Progress {
    /// The image is there, and Kanto-CM has accepted the configuration.
    pub is_staged: bool,
    /// The container was started, or needs no start.
    pub is_started: bool,
    /// It keeps running.
    pub has_settled: bool,
    /// The host ports that its container has, or would have if it ran.
    ports: Vec<HostPort>,
    holds_ports: bool,
    /// There is nothing left to do.
    pub is_done: bool,
}

/// Looks up how far the workload at an index has come.
type ProgressOf<'a> = &'a dyn Fn(usize) -> &'a Progress;

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
        let is_done = matches!(step.next, Next::Done(_));
        let has_pair = w.staged.is_some() && w.backup.is_some();
        Progress {
            is_staged: has_pair || w.observed.is_some() && w.attempt.has_created || is_done,
            is_started: w.attempt.started.is_some()
                || w.attempt.watch.is_some()
                || w.observed.as_deref().is_some_and(Observed::is_up) && !is_to_change(step)
                || is_done,
            has_settled: step.row == Row::Commit || is_done,
            ports: w
                .observed
                .as_ref()
                .map_or_else(Vec::new, |observed| observed.listed.host_ports()),
            holds_ports: w.observed.as_deref().is_some_and(Observed::holds_ports),
            is_done,
        }
    }

    /// Does its container keep this port from others?
    fn has(&self, port: &HostPort) -> bool {
        self.holds_ports && self.ports.iter().any(|held| held.excludes(port))
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
    /// What these have to do with each other, and with containers that belong to none of them. `files`: what the manifests' files are
    /// called, for messages.
    pub fn of(workloads: &[&Workload], files: &[&str], foreign: &[Foreign]) -> Relations {
        let (ports, refused) = Ports::of(workloads, files, foreign);
        let providers = providers(workloads);
        let mut dependents = vec![Vec::new(); workloads.len()];
        for (index, before) in providers.iter().enumerate() {
            for &provider in before {
                dependents[provider].push(index);
            }
            for &other in ports.rivals[index].iter().chain(&ports.circles[index]) {
                dependents[other].push(index);
            }
        }
        for dependents in &mut dependents {
            sort(dependents);
            dependents.dedup();
        }
        Relations {
            providers,
            dependents,
            refused,
            ports,
        }
    }

    /// May the workload at `index` go on with `step`?
    pub fn gate(&self, index: usize, step: &Step, progress: ProgressOf) -> Gate {
        match (step.row, &step.next) {
            (Row::TakeDown | Row::WithoutBackup, _) => self
                .take_turn(index, progress)
                .and_then(|| all(self.circle(index), progress, |other| other.is_staged)),
            // In a circle nobody is committed before all have settled.
            (Row::Commit, Next::Note(note)) if note.action.is_some() => {
                all(self.circle(index), progress, |other| other.has_settled)
            }
            // It goes on to be removed.
            (Row::RollBack | Row::Recreate, _) => Gate::Open,
            (row, Next::Call(Call::Start { .. } | Call::Unpause { .. })) => match row {
                Row::UpToDate => self.take_turn(index, progress),
                // What was there before, or has its way free already.
                Row::Settle | Row::KeepOld | Row::TriedBefore | Row::Failed => {
                    self.await_ports(index, progress)
                }
                _ => self
                    .await_ports(index, progress)
                    .and_then(|| self.await_providers(index, progress)),
            },
            // A Create pulls the image, and takes no port yet.
            _ => Gate::Open,
        }
    }

    /// Those that have, or are to have, a host port of this one. For a container without a manifest these are its claimants.
    pub fn rivals(&self, index: usize) -> &[usize] {
        &self.ports.rivals[index]
    }

    /// Those among which host ports move in a circle, this one included: they are committed or rolled back together.
    pub fn circle(&self, index: usize) -> &[usize] {
        &self.ports.circles[index]
    }

    /// Its host ports were given up by those who had them, for good; and its providers run.
    fn take_turn(&self, index: usize, progress: ProgressOf) -> Gate {
        for Holder { index, port, label } in self.ports.holders_outside(index) {
            let holder = progress(*index);
            if !holder.is_done {
                return Gate::Closed;
            }
            if holder.has(port) {
                return Gate::Refused(format!(
                    "host port {port} is still held by {label}, which has not released it"
                ));
            }
        }
        self.await_providers(index, progress)
    }

    /// Nobody who is still at work has a container with a host port that this one takes when it starts. One that does not run counts,
    /// too: Kanto-CM gives the ports of one whose Remove was interrupted free only when it is gone.
    fn await_ports(&self, index: usize, progress: ProgressOf) -> Gate {
        let needed = &progress(index).ports;
        let blocks = |rival: &Progress| {
            let mut held = rival.ports.iter();
            held.any(|held| needed.iter().any(|port| held.excludes(port)))
        };
        let rivals = &self.ports.rivals[index];
        all(rivals, progress, |rival| rival.is_done || !blocks(rival))
    }

    /// Its providers run, or have failed.
    fn await_providers(&self, index: usize, progress: ProgressOf) -> Gate {
        let circle = self.circle(index);
        let outside = self.providers[index]
            .iter()
            .filter(|provider| !circle.contains(provider));
        all(outside, progress, |provider| provider.is_started)
    }
}

impl Gate {
    fn and_then(self, next: impl FnOnce() -> Gate) -> Gate {
        match self {
            Gate::Open => next(),
            closed => closed,
        }
    }
}

/// Are they all as far as that? What is at its end is as far as anything.
fn all<'a>(
    others: impl IntoIterator<Item = &'a usize>,
    progress: ProgressOf,
    is_so: impl Fn(&Progress) -> bool,
) -> Gate {
    if others.into_iter().all(|&other| is_so(progress(other))) {
        Gate::Open
    } else {
        Gate::Closed
    }
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
            .map(|desired| &desired.spec.host_config.extra_hosts);
        let names = hosts
            .into_iter()
            .flatten()
            .filter_map(|entry| container_host_name(entry));
        let mut providers: Vec<usize> = names
            .filter_map(|name| by_host_name.get(name).copied())
            .filter(|&provider| provider != index)
            .collect();
        sort(&mut providers);
        providers.dedup();
        providers
    };
    workloads.iter().enumerate().map(of).collect()
}
