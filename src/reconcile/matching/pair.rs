//! Which stand-ins belong together.

use std::collections::{HashMap, HashSet};

use crate::container::{Observed, Role, StandIn};
use crate::sort::sort_by;

/// The stand-ins of one container.
#[derive(Clone, Copy, Default)]
pub(super) struct Pair<'a> {
    pub(super) staged: Option<&'a Observed>,
    pub(super) backup: Option<&'a Observed>,
}

impl<'a> Pair<'a> {
    /// What the stand-ins hold, the old container first.
    pub(super) fn stands_for(self) -> impl Iterator<Item = StandIn<'a>> {
        let stand_ins = [self.backup, self.staged].into_iter().flatten();
        stand_ins.filter_map(|stand_in| stand_in.listed.stand_in())
    }
}

/// Where in the List the stand-ins are that hold something, the first one last.
type Places<'a> = HashMap<&'a str, Vec<usize>>;

/// The stand-ins that nobody has taken, by their ids.
pub(super) struct StandIns<'a> {
    all: Vec<Option<&'a Observed>>,
    /// All before it are taken.
    first: usize,
    /// By what they hold, of either role.
    by_id: [Places<'a>; 2],
    by_name: [Places<'a>; 2],
}

impl<'a> StandIns<'a> {
    /// `given`: the ids that manifests give.
    pub(super) fn new(observed: &'a [Observed], given: &HashSet<&str>) -> StandIns<'a> {
        let is_stand_in = |observed: &&Observed| observed.listed.stand_in().is_some();
        let mut all: Vec<&Observed> = observed.iter().filter(is_stand_in).collect();
        sort_by(&mut all, |a, b| a.id().cmp(b.id()));
        let (mut by_id, mut by_name) = <([Places; 2], [Places; 2])>::default();
        for (at, stand_in) in all.iter().enumerate().rev() {
            let Some(held) = stand_in.listed.stand_in() else {
                continue;
            };
            let role = held.role as usize;
            by_id[role].entry(held.id).or_default().push(at);
            if !given.contains(held.id) {
                by_name[role].entry(held.name).or_default().push(at);
            }
        }
        StandIns {
            all: all.into_iter().map(Some).collect(),
            first: 0,
            by_id,
            by_name,
        }
    }

    /// What the first one holds.
    pub(super) fn first(&mut self) -> Option<StandIn<'a>> {
        while self.all.get(self.first)?.is_none() {
            self.first += 1;
        }
        self.all[self.first]?.listed.stand_in()
    }

    /// Takes the stand-ins for the container with this id (it may be empty) and this name. Those of ids that manifests give are
    /// found by these ids only.
    pub(super) fn claim_pair(&mut self, id: &str, name: &str) -> Pair<'a> {
        let mut pair = Pair {
            staged: self.take(Role::Staged, id, name),
            backup: self.take(Role::Backup, id, name),
        };
        // The other half of a pair has the same id, or at least the same name.
        if let Some(StandIn { id, name, .. }) = pair.stands_for().next() {
            pair.staged = pair.staged.or_else(|| self.take(Role::Staged, id, name));
            pair.backup = pair.backup.or_else(|| self.take(Role::Backup, id, name));
        }
        pair
    }

    fn take(&mut self, role: Role, id: &str, name: &str) -> Option<&'a Observed> {
        let role = role as usize;
        let by_id = self.by_id[role].get_mut(id);
        let by_name = self.by_name[role].get_mut(name);
        for places in [by_id, by_name].into_iter().flatten() {
            while let Some(at) = places.pop() {
                if let Some(stand_in) = self.all[at].take() {
                    return Some(stand_in);
                }
            }
        }
        None
    }
}
