//! Which container is whose: from the manifests and what Kanto-CM lists to one workload a container.
//!
//! A manifest's container is the one with its id, else the one with its name. Stand-ins that no manifest claims, and containers
//! that are to be pruned, are workloads of their own.

mod ids;
mod pair;

use std::collections::{HashMap, HashSet};

use super::workload::{Desired, Workload};
use crate::container::{is_containerd_id, is_reserved, Id, Observed, Spec, Status};
use crate::sort::sort;
use crate::state::{Entry, Outcome, State};
use crate::text::printable;
use pair::{Pair, StandIns};

/// What is to be matched.
pub struct Matching<'a> {
    /// What the manifests ask for, in the order of their files.
    pub desired: &'a [Desired],
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
            entry.created && entry.directory == directory && !names.contains(entry.name.as_str())
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
    fn workload(&mut self, desired: &Desired) -> Workload {
        let Spec { id, name, .. } = &desired.spec;
        let pair = self.claim_pair(id, name);
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
                    "the container with the id {id} belongs to another manifest"
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

    /// What interrupted replacements have left behind of containers that have no manifest (any more, or no valid one).
    fn orphans(&mut self) -> Vec<Workload> {
        let mut orphans = Vec::new();
        while let Some(stand_in) = self.stand_ins.first() {
            let pair = self.claim_pair(stand_in.id, stand_in.name);
            let mut found = Found::default();
            let mut conflict = None;
            for stand_in in pair.stands_for() {
                if found.container.is_none() {
                    match self.look_up(stand_in.id, stand_in.name) {
                        Ok(candidate)
                            if !self.is_foreign(&candidate, pair)
                                && !self.is_anothers(&candidate, stand_in.name) =>
                        {
                            found = candidate;
                        }
                        Ok(_) => {}
                        Err(reason) => conflict = Some(reason),
                    }
                }
            }
            if self.claim(&found).is_err() {
                // The container is a manifest's: its own workload decides, and these are not needed.
                orphans.push(unneeded(pair, stand_in.name));
                continue;
            }
            let observed_id = found.container.map_or("", Observed::id);
            let name = pair
                .stands_for()
                .next()
                .map_or("", |stand_in| stand_in.name)
                .to_owned();
            let entry = self.state.entry(&name, observed_id).cloned();
            let is_ours =
                |entry: &Entry| entry.created && self.pruned == Some(entry.directory.as_str());
            orphans.push(Workload {
                // It is removed when it is whole again.
                is_pruned: entry.as_ref().is_some_and(is_ours),
                entry,
                conflict: conflict.filter(|_| found.container.is_none()),
                name,
                ..of(pair, found)
            });
        }
        orphans
    }

    /// The container that was made for a manifest which is gone, as it was made; `None`: there is none, or somebody has changed or
    /// claimed it.
    fn pruned(&self, entry: &Entry) -> Option<Workload> {
        if self.given.contains(entry.id.as_str()) && !entry.id.is_empty() {
            return None;
        }
        let by_id = self.by_id.get(entry.id.as_str()).copied();
        let of_that_name = self
            .by_name
            .get(entry.name.as_str())
            .into_iter()
            .flatten()
            .copied();
        let is_healed = |observed: &&Observed| {
            observed.id() != entry.id && Id::are_related(&entry.id, observed.id())
        };
        let all = by_id.into_iter().chain(of_that_name.filter(is_healed));
        let is_as_made = |observed: &&Observed| {
            !self.claimed.contains(observed.id())
                && is_containerd_id(observed.id())
                && observed.listed.digest() == entry.made
        };
        let mut all = all.filter(is_as_made);
        let container = all.next()?;
        Some(Workload {
            name: entry.name.clone(),
            observed: Some(container.clone()),
            ruined: all.map(|observed| observed.id().to_owned()).collect(),
            entry: Some(entry.clone()),
            is_pruned: true,
            ..Workload::default()
        })
    }

    fn look_up(&self, id: &str, name: &str) -> Result<Found<'a>, String> {
        let is_own = |other: &str| other == id || Id::of(id, other).is_some();
        let is_free =
            |observed: &&&Observed| is_own(observed.id()) || !self.is_given(observed.id());
        let of_that_name = self.by_name.get(name).into_iter().flatten();
        let of_that_name: Vec<&Observed> = of_that_name.filter(is_free).copied().collect();
        let by_id = self.by_id.get(id).copied();
        let is_of_that_name =
            |observed: &Observed| of_that_name.iter().any(|other| other.id() == observed.id());
        let successor = self
            .successor(&of_that_name)
            .filter(|_| by_id.map_or(true, is_of_that_name));
        if let Some(successor) = successor {
            let ids = of_that_name.iter().map(|observed| observed.id());
            return Ok(Found {
                container: Some(successor),
                ruined: ids
                    .filter(|id| *id != successor.id())
                    .map(ToOwned::to_owned)
                    .collect(),
            });
        }
        let container = match (by_id.or_else(|| self.healed_of(id)), &of_that_name[..]) {
            (Some(container), _) | (None, &[container]) => Some(container),
            (None, []) => None,
            (None, several) => {
                let mut others = several
                    .iter()
                    .filter(|container| !self.is_leftover(container));
                match (others.next(), others.next()) {
                    (Some(container), None) => Some(*container),
                    _ => return Err(ambiguous(several, id)),
                }
            }
        };
        Ok(Found {
            container,
            ruined: Vec::new(),
        })
    }

    /// Is it a container that has nothing but its name in common with what the stand-ins hold, and that was not deployed for a
    /// manifest either? Names are not unique in Kanto-CM. Without a backup it makes no difference.
    fn is_foreign(&self, found: &Found, pair: Pair) -> bool {
        let (Some(found), Some(_)) = (found.container, pair.backup) else {
            return false;
        };
        if self.is_noted(found) {
            return false;
        }
        let held = [pair.staged, pair.backup].into_iter().flatten();
        let mut held = held.filter_map(|stand_in| stand_in.listed.held());
        !held.any(|held| Id::are_related(&held.id, found.id()) || held.is_same(&found.listed))
    }

    /// When healing was interrupted, the old and the new id both exist. Returns the newest; the others are left to be removed.
    fn successor(&self, of_one_name: &[&'a Observed]) -> Option<&'a Observed> {
        let mut candidates = of_one_name.iter().filter(|_| of_one_name.len() > 1);
        let succeeds_all = |candidate: &Observed| {
            // Where there are two, their ids tell; else the state file has to.
            let is_known = self.is_noted(candidate);
            of_one_name.iter().all(|other| {
                let is_step = |steps: u32| match steps {
                    0 => false,
                    1 => is_known || of_one_name.len() == 2,
                    _ => is_known,
                };
                other.id() == candidate.id()
                    || healing_steps(other.id(), candidate.id()).is_some_and(is_step)
                        && is_left_behind(other, candidate)
            })
        };
        candidates
            .find(|candidate| succeeds_all(candidate))
            .copied()
    }

    /// Was it deployed for a manifest, as far as one knows?
    fn is_noted(&self, observed: &Observed) -> bool {
        let entry = self.state.entry(observed.name(), "");
        entry.is_some_and(|entry| entry.id == observed.id())
    }
}

fn of(pair: Pair, found: Found) -> Workload {
    Workload {
        observed: found.container.cloned(),
        staged: pair.staged.cloned(),
        backup: pair.backup.cloned(),
        ruined: found.ruined,
        ..Workload::default()
    }
}

/// Stand-ins beside a container that another workload is about: they go as if they belonged to somebody else's container.
fn unneeded(pair: Pair, name: &str) -> Workload {
    Workload {
        name: name.to_owned(),
        is_unneeded: true,
        ..of(pair, Found::default())
    }
}

fn is_container(observed: &Observed) -> bool {
    observed.state.status != Status::Dead
        && !(is_reserved(observed.id()) && is_reserved(observed.name()))
}

fn ambiguous(several: &[&Observed], given_id: &str) -> String {
    let mut ids: Vec<String> = several
        .iter()
        .map(|observed| printable(observed.id()))
        .collect();
    sort(&mut ids);
    let which = if given_id.is_empty() {
        "an id"
    } else {
        "one of these ids"
    };
    format!(
        "{} containers have this name (ids {}): remove all but one, or give the manifest {which}",
        ids.len(),
        ids.join(", ")
    )
}

/// Can `observed` be removed, as it is the same as its `successor` and does not run?
fn is_left_behind(observed: &Observed, successor: &Observed) -> bool {
    // Kanto-CM takes an id of another form for a path.
    is_containerd_id(observed.id())
        && !observed.is_up()
        && observed.listed.is_same(&successor.listed)
}

/// How many steps of healing lead from one id to the other: one from `x` to `x-2` and from `x-2` to `x-3`.
fn healing_steps(from: &str, to: &str) -> Option<u32> {
    let as_base = Id::of(from, to).map(|to| to.generation() - 1);
    as_base.or_else(|| {
        let parsed = Id::parse(from);
        let to = parsed.same_base(to)?;
        to.generation().checked_sub(parsed.generation())
    })
}

/// Entries of containers that were removed in an earlier boot are forgotten.
pub fn is_stale(entry: &Entry, boot: &str) -> bool {
    entry.outcome == Outcome::Removed && !entry.boots.iter().any(|ended| ended == boot)
}
