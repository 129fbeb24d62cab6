//! Finds a container in a List by its id or name. Healing may have given it another id, or have been interrupted in between.

use super::pair::Pair;
use super::{Finder, Found};
use crate::container::{is_containerd_id, Id, Observed};
use crate::sort::sort;
use crate::text::printable;

impl<'a> Finder<'a> {
    /// The container with this id, else the one with this name.
    pub(super) fn look_up(&self, id: &str, name: &str) -> Result<Found<'a>, String> {
        let is_own = |other: &str| other == id || Id::of(id, other).is_some();
        let is_free =
            |observed: &&&Observed| is_own(observed.id()) || !self.is_given(observed.id());
        let of_that_name = self.by_name.get(name).into_iter().flatten();
        let of_that_name: Vec<&Observed> = of_that_name.filter(is_free).copied().collect();
        let by_id = self.by_id.get(id).copied();
        let has_that_name =
            |observed: &Observed| of_that_name.iter().any(|other| other.id() == observed.id());
        if by_id.map_or(true, has_that_name) {
            if let Some(successor) = self.successor(&of_that_name) {
                let ids = of_that_name.iter().map(|observed| observed.id());
                let ruined = ids.filter(|id| *id != successor.id());
                return Ok(Found {
                    container: Some(successor),
                    ruined: ruined.map(ToOwned::to_owned).collect(),
                });
            }
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

    /// Does the container have only its name in common with what the stand-ins hold, and was it not deployed for a manifest?
    /// Names are not unique in Kanto-CM. Without a backup it makes no difference.
    pub(super) fn is_foreign(&self, found: &Found, pair: Pair) -> bool {
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
        if of_one_name.len() < 2 {
            return None;
        }
        let succeeds_all = |candidate: &Observed| {
            // Where there are two, their ids show it; else the state file has to.
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
        let mut candidates = of_one_name.iter().copied();
        candidates.find(|candidate| succeeds_all(candidate))
    }

    /// Was it deployed for a manifest, as far as one knows?
    fn is_noted(&self, observed: &Observed) -> bool {
        let entry = self.state.entry(observed.name(), "");
        entry.is_some_and(|entry| entry.id == observed.id())
    }
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
