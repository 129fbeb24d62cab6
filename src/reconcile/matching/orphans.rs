//! Containers without a manifest: what interrupted replacements have left behind, and what is to be pruned.

use std::sync::Arc;

use super::pair::Pair;
use super::{of, Finder, Found};
use crate::container::{is_containerd_id, Id, Observed, StandIn};
use crate::reconcile::workload::Workload;
use crate::state::Entry;

impl<'a> Finder<'a> {
    /// What interrupted replacements have left behind of containers that have no manifest (any more, or no valid one).
    pub(super) fn orphans(&mut self) -> Vec<Workload> {
        let mut orphans = Vec::new();
        while let Some(stand_in) = self.stand_ins.first() {
            orphans.push(self.orphan(stand_in));
        }
        orphans
    }

    fn orphan(&mut self, stand_in: StandIn<'a>) -> Workload {
        let pair = self.stand_ins.claim_pair(stand_in.id, stand_in.name);
        let (found, conflict) = self.held_by(pair);
        if self.claim(&found).is_err() {
            return unneeded(pair, stand_in.name);
        }
        let first = pair.stands_for().next().unwrap_or(stand_in);
        let observed_id = found.container.map_or("", Observed::id);
        let entry = self.state.entry(first.name, observed_id).cloned();
        let is_ours =
            |entry: &Entry| entry.created && self.pruned.is_some_and(|of| entry.is_of(of));
        Workload {
            name: first.name.to_owned(),
            // The container is removed once it is whole again.
            is_pruned: entry.as_ref().is_some_and(is_ours),
            entry,
            conflict,
            ..of(pair, found)
        }
    }

    /// The container that the stand-ins stand for, or why it is not known.
    fn held_by(&self, pair: Pair<'a>) -> (Found<'a>, Option<String>) {
        let mut conflict = None;
        for stand_in in pair.stands_for() {
            match self.look_up(stand_in.id, stand_in.name) {
                Ok(found)
                    if found.container.is_some()
                        && !self.is_foreign(&found, pair)
                        && !self.is_anothers(&found, stand_in.name) =>
                {
                    return (found, None);
                }
                Ok(_) => {}
                Err(reason) => conflict = Some(reason),
            }
        }
        (Found::default(), conflict)
    }

    /// The container that was made for a manifest which is gone. `None`: there is none, another workload has claimed it, or
    /// another program has changed it.
    pub(super) fn pruned(&self, entry: &Entry) -> Option<Workload> {
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
            observed: Some(Arc::new(container.clone())),
            ruined: all.map(|observed| observed.id().to_owned()).collect(),
            entry: Some(entry.clone()),
            is_pruned: true,
            ..Workload::default()
        })
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
