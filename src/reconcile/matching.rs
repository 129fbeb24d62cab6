//! Which container is whose: from the manifests and what Kanto-CM lists to one workload a container.
//!
//! A manifest's container is the one with its id, else the one with its name. Stand-ins that no manifest claims, and containers
//! that are to be pruned, are workloads of their own.

mod ids;
mod look_up;
mod orphans;
mod pair;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::workload::{Desired, Workload};
use crate::container::{is_reserved, Id, Observed, Spec, Status};
use crate::state::{ContentState, Entry, State};
use crate::text::printable;
use pair::{Pair, StandIns};

/// What is to be matched.
pub struct Matching<'a> {
    /// What the manifests ask for, in the order of their files.
    pub desired: &'a [Arc<Desired>],
    /// What Kanto-CM lists.
    pub observed: &'a [Observed],
    /// What earlier runs have applied.
    pub state: &'a State,
    /// The manifests directory whose containers are pruned; `None`: nothing is.
    pub pruned: Option<&'a str>,
}

impl<'a> Matching<'a> {
    /// One workload a manifest, in their order; then those without a manifest.
    pub fn workloads(&self) -> Vec<Workload> {
        let mut finder = Finder::new(self);
        let mut workloads: Vec<Workload> = self
            .desired
            .iter()
            .map(|desired| finder.workload(desired))
            .collect();
        workloads.extend(finder.orphans());
        workloads.extend(self.pruned(&finder));
        workloads
    }

    fn names(&self) -> HashSet<&'a str> {
        let specs = self.desired.iter().map(|desired| &desired.spec);
        specs.map(|spec| spec.name.as_str()).collect()
    }

    fn pruned(&self, finder: &Finder) -> Vec<Workload> {
        let Some(directory) = self.pruned else {
            return Vec::new();
        };
        let names = self.names();
        let entries = self.state.entries().iter();
        let ours = entries.filter(|entry| {
            entry.created && entry.is_of(directory) && !names.contains(entry.name.as_str())
        });
        ours.filter_map(|entry| finder.pruned(entry)).collect()
    }
}

/// Finds containers in a List by id and by name. A dead one counts as none, and a stand-in is none.
struct Finder<'a> {
    by_id: HashMap<&'a str, &'a Observed>,
    by_name: HashMap<&'a str, Vec<&'a Observed>>,
    stand_ins: StandIns<'a>,
    claimed: HashSet<&'a str>,
    /// Ids that manifests give: their containers are nobody else's, whatever their names.
    given: HashSet<&'a str>,
    /// The names that manifests give.
    names: HashSet<&'a str>,
    /// Ids that healing gave to containers of ours.
    healed: Vec<&'a str>,
    state: &'a State,
    pruned: Option<&'a str>,
}

/// What Kanto-CM has of one container.
#[derive(Default)]
struct Found<'a> {
    container: Option<&'a Observed>,
    ruined: Vec<String>,
}

impl<'a> Finder<'a> {
    fn new(matching: &Matching<'a>) -> Finder<'a> {
        let given: HashSet<&str> = matching
            .desired
            .iter()
            .map(|desired| desired.spec.id.as_str())
            .collect();
        let noted = matching
            .state
            .entries()
            .iter()
            .map(|entry| entry.id.as_str());
        let healed = noted.filter(|id| Id::parse(id).generation() > 1 && !given.contains(id));
        let mut finder = Finder {
            by_id: HashMap::new(),
            by_name: HashMap::new(),
            stand_ins: StandIns::new(matching.observed, &given),
            claimed: HashSet::new(),
            healed: healed.collect(),
            names: matching.names(),
            given,
            state: matching.state,
            pruned: matching.pruned,
        };
        for observed in matching
            .observed
            .iter()
            .filter(|observed| is_container(observed))
        {
            finder.by_id.insert(observed.id(), observed);
            finder
                .by_name
                .entry(observed.name())
                .or_default()
                .push(observed);
        }
        finder
    }

    /// The workload of a manifest.
    fn workload(&mut self, desired: &Arc<Desired>) -> Workload {
        let Spec { id, name, .. } = &desired.spec;
        let pair = self.stand_ins.claim_pair(id, name);
        let (found, conflict) = match self.container_of(id, name, pair) {
            Ok(found) => (found, None),
            Err(reason) => (Found::default(), Some(reason)),
        };
        let observed_id = found.container.map_or("", Observed::id);
        let entry = self.state.entry(name, observed_id);
        Workload {
            name: name.clone(),
            desired: Some(desired.clone()),
            earlier_id: entry
                .and_then(|entry| self.earlier_id(entry, observed_id))
                .unwrap_or_default(),
            entry: entry.cloned(),
            conflict,
            ..of(pair, found)
        }
    }

    fn container_of(&mut self, id: &str, name: &str, pair: Pair<'a>) -> Result<Found<'a>, String> {
        let mut found = self.look_up(id, name)?;
        let has_id = |observed: &Observed| Id::of(id, observed.id()).is_some();
        if !id.is_empty() && !found.container.is_some_and(has_id) && self.is_foreign(&found, pair) {
            found = Found::default();
        }
        for stand_in in pair.stands_for() {
            // A replacement that changes id or name was interrupted: the old container may be there under its own.
            if found.container.is_none() {
                found = self.look_up(stand_in.id, stand_in.name)?;
                if self.is_foreign(&found, pair) || self.is_anothers(&found, name) {
                    found = Found::default();
                }
            }
        }
        self.claim(&found)?;
        Ok(found)
    }

    fn claim(&mut self, found: &Found<'a>) -> Result<(), String> {
        if let Some(container) = found.container {
            if !self.claimed.insert(container.id()) {
                let id = printable(container.id());
                return Err(format!(
                    "the container with the id {id} belongs to another manifest: correct the id or the name"
                ));
            }
        }
        for ruined in &found.ruined {
            if let Some((id, _)) = self.by_id.get_key_value(ruined.as_str()) {
                self.claimed.insert(id);
            }
        }
        Ok(())
    }
}

fn of(pair: Pair, found: Found) -> Workload {
    Workload {
        observed: found.container.cloned().map(Arc::new),
        staged: pair.staged.cloned().map(Arc::new),
        backup: pair.backup.cloned().map(Arc::new),
        ruined: found.ruined,
        ..Workload::default()
    }
}

fn is_container(observed: &Observed) -> bool {
    observed.state.status != Status::Dead
        && !(is_reserved(observed.id()) && is_reserved(observed.name()))
}

/// Entries of containers that were removed in an earlier boot are forgotten.
pub fn is_stale(entry: &Entry, boot: &str) -> bool {
    entry.content_state == ContentState::Removed && !entry.boots.iter().any(|ended| ended == boot)
}
