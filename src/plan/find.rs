//! Which container is a manifest's? The one with its id, else the one with its name. And which helpers of an interrupted
//! replacement go with it.

use std::collections::{HashMap, HashSet};

use super::helpers::{Pair, Unclaimed};
use crate::container::{
    base_id, healed_number, is_containerd_id, is_healed_either_way, is_reserved,
    is_same_but_for_id, is_same_or_healed_id, Container,
};
use crate::kanto_cm::{Existing, Status};
use crate::manifests_parser::Manifest;
use crate::record::Record;
use crate::text::printable;

/// Finds containers in a List by id and by name. A dead one counts as none, and a helper is none.
pub(super) struct Finder<'a> {
    by_id: HashMap<&'a str, &'a Existing>,
    by_name: HashMap<&'a str, Vec<&'a Existing>>,
    helpers: Unclaimed<'a>,
    claimed: HashSet<&'a str>,
    /// Ids that manifests give: their containers are nobody else's, whatever their names.
    ids: HashSet<&'a str>,
    /// Ids that healing gave to containers of ours.
    healed: Vec<&'a str>,
    record: &'a Record,
}

/// What Kanto-CM holds of one container.
#[derive(Default)]
pub(super) struct Found<'a> {
    pub(super) container: Option<&'a Existing>,
    /// Ids of the same container that were ruined, and that it still has.
    pub(super) leftovers: Vec<String>,
    pub(super) helpers: Pair<'a>,
}

impl<'a> Finder<'a> {
    pub(super) fn new(
        manifests: &[&'a Manifest],
        existing: &'a [Existing],
        record: &'a Record,
    ) -> Finder<'a> {
        let ids: HashSet<&str> = manifests
            .iter()
            .map(|manifest| manifest.container.id.as_str())
            .collect();
        let recorded = record.entries().iter().map(|entry| entry.id.as_str());
        let healed = recorded.filter(|id| base_id(id) != *id && !ids.contains(id));
        let mut finder = Finder {
            by_id: HashMap::new(),
            by_name: HashMap::new(),
            healed: healed.collect(),
            record,
            helpers: Unclaimed::new(existing),
            ids,
            claimed: HashSet::new(),
        };
        for one in existing.iter().filter(|one| counts(one)) {
            finder.by_id.insert(&one.container.id, one);
            finder
                .by_name
                .entry(&one.container.name)
                .or_default()
                .push(one);
        }
        finder
    }

    /// What there is of the manifest's container. An error says why it cannot be told, or that it belongs to an earlier
    /// manifest.
    pub(super) fn find(&mut self, wanted: &Container) -> Result<Found<'a>, String> {
        let helpers = self.helpers.claim(&wanted.id, &wanted.name, &self.ids);
        let mut found = self.look_up(&wanted.id, &wanted.name)?;
        let has_id = |one: &Existing| is_same_or_healed_id(&wanted.id, &one.container.id);
        if !wanted.id.is_empty()
            && !found.container.is_some_and(has_id)
            && self.is_foreign(&found, &helpers)
        {
            found = Found::default();
        }
        for (id, name) in helpers.stands_for() {
            // A replacement that changes id or name was interrupted: the old one may be there under its own.
            if found.container.is_none() {
                found = self.look_up(id, name)?;
                if self.is_foreign(&found, &helpers) {
                    found = Found::default();
                }
            }
        }
        if let Some(container) = found.container {
            if !self.claimed.insert(&container.container.id) {
                let id = printable(&container.container.id);
                return Err(format!(
                    "the container with the id {id} is another manifest's"
                ));
            }
        }
        self.claim_leftover(&found);
        Ok(Found { helpers, ..found })
    }

    /// Nothing else is to be done to what healing left behind.
    fn claim_leftover(&mut self, found: &Found) {
        for leftover in &found.leftovers {
            if let Some((id, _)) = self.by_id.get_key_value(leftover.as_str()) {
                self.claimed.insert(id);
            }
        }
    }

    /// Helpers that no manifest has claimed, with the container that they are about. `true`: a manifest has claimed that one. An
    /// error says why it cannot be told.
    #[allow(clippy::type_complexity)]
    pub(super) fn next_orphan(&mut self) -> Option<(Found<'a>, Result<bool, String>)> {
        let helpers = self.helpers.claim_any(&self.ids)?;
        let mut found = Found::default();
        let mut is_elsewhere = Ok(false);
        for (id, name) in helpers.stands_for() {
            if found.container.is_none() {
                match self.look_up(id, name) {
                    Ok(one) if !self.is_foreign(&one, &helpers) => found = one,
                    Ok(_) => {}
                    Err(reason) => is_elsewhere = Err(reason),
                }
            }
        }
        if let Some(container) = found.container {
            is_elsewhere = Ok(!self.claimed.insert(&container.container.id));
        }
        self.claim_leftover(&found);
        Some((Found { helpers, ..found }, is_elsewhere))
    }

    /// The container with this id, then those with this name under ids that healing has made of it; but none that a manifest
    /// has claimed.
    pub(super) fn unclaimed<'b>(
        &'b self,
        id: &'b str,
        name: &str,
    ) -> impl Iterator<Item = &'a Existing> + 'b {
        let by_id = self.by_id.get(id).copied();
        let of_that_name = self.by_name.get(name).into_iter().flatten().copied();
        let is_healed = move |one: &&Existing| {
            one.container.id != id && is_healed_either_way(id, &one.container.id)
        };
        let all = by_id.into_iter().chain(of_that_name.filter(is_healed));
        all.filter(|one| !self.claimed.contains(one.container.id.as_str()))
    }

    /// The container that lives under an id which healing made of `id`. Only the record tells it from one that somebody else
    /// has given such an id.
    fn healed_of(&self, id: &str) -> Option<&'a Existing> {
        let mut ids = self.healed.iter();
        let healed = ids.find(|&&other| healed_number(id, other).is_some() && !id.is_empty())?;
        self.by_id.get(healed).copied()
    }

    fn look_up(&self, id: &str, name: &str) -> Result<Found<'a>, String> {
        let is_free = |one: &&&Existing| {
            one.container.id == id || !self.ids.contains(one.container.id.as_str())
        };
        let of_that_name = self.by_name.get(name).into_iter().flatten();
        let of_that_name: Vec<&Existing> = of_that_name.filter(is_free).copied().collect();
        let by_id = self.by_id.get(id).copied();
        let is_one = |container: &Existing| {
            let mut ids = of_that_name.iter().map(|one| &one.container.id);
            ids.any(|id| *id == container.container.id)
        };
        if let Some(healed) = self
            .healed_one(&of_that_name)
            .filter(|_| by_id.map_or(true, is_one))
        {
            let ids = of_that_name.iter().map(|one| &one.container.id);
            return Ok(Found {
                container: Some(healed),
                leftovers: ids
                    .filter(|id| **id != healed.container.id)
                    .cloned()
                    .collect(),
                ..Found::default()
            });
        }
        let container = match (by_id.or_else(|| self.healed_of(id)), &of_that_name[..]) {
            (Some(one), _) | (None, &[one]) => Some(one),
            (None, []) => None,
            (None, several) => return Err(ambiguous(several, id)),
        };
        Ok(Found {
            container,
            ..Found::default()
        })
    }

    /// Is it a container that has nothing but its name in common with what the helpers stand for, and that was not deployed
    /// for a manifest either? Names are not unique in Kanto-CM. Where there is no way back it makes no difference.
    fn is_foreign(&self, found: &Found, helpers: &Pair) -> bool {
        let (Some(found), Some(_)) = (found.container, helpers.prev) else {
            return false;
        };
        if self.is_recorded(found) {
            return false;
        }
        let found = &found.container;
        let held = [helpers.next, helpers.prev].into_iter().flatten();
        let is_related = |held: Container| {
            is_healed_either_way(&held.id, &found.id) || is_same_but_for_id(&held, found)
        };
        !held.filter_map(|one| one.container.held()).any(is_related)
    }

    /// Of several containers of one name, the one that the others became when healing was interrupted between creating it and
    /// removing them, or they could not be removed.
    fn healed_one(&self, of_one_name: &[&'a Existing]) -> Option<&'a Existing> {
        let mut ones = of_one_name.iter().filter(|_| of_one_name.len() > 1);
        let became = |healed: &Existing| {
            // Where there are two, their ids tell; else the record has to.
            let is_known = self.is_recorded(healed);
            of_one_name.iter().all(|one| {
                let (id, other) = (&one.container.id, &healed.container.id);
                let is_step = |steps: u32| match steps {
                    0 => false,
                    1 => is_known || of_one_name.len() == 2,
                    _ => is_known,
                };
                id == other
                    || healing_steps(id, other).is_some_and(is_step) && is_left_behind(one, healed)
            })
        };
        ones.find(|one| became(one)).copied()
    }

    /// Was it deployed for a manifest, as far as one knows?
    fn is_recorded(&self, one: &Existing) -> bool {
        let entry = self.record.entry(&one.container.name, "");
        entry.is_some_and(|entry| entry.id == one.container.id)
    }
}

fn counts(one: &Existing) -> bool {
    one.state.status != Status::Dead
        && !(is_reserved(&one.container.id) && is_reserved(&one.container.name))
}

fn ambiguous(several: &[&Existing], wanted_id: &str) -> String {
    let mut ids: Vec<String> = several
        .iter()
        .map(|one| printable(&one.container.id))
        .collect();
    ids.sort_unstable();
    let which = if wanted_id.is_empty() {
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

/// Can `one` be removed, for it is the same as `healed`, and does not run?
fn is_left_behind(one: &Existing, healed: &Existing) -> bool {
    // Kanto-CM takes an id of another form for a path.
    is_containerd_id(&one.container.id)
        && !matches!(one.state.status, Status::Running | Status::Paused)
        && is_same_but_for_id(&one.container, &healed.container)
}

/// How many steps of healing lead from one id to the other: one from `x` to `x-2` and from `x-2` to `x-3`.
fn healing_steps(from: &str, to: &str) -> Option<u32> {
    [from, base_id(from)].into_iter().find_map(|base| {
        let before = healed_number(base, from).unwrap_or(1);
        healed_number(base, to)?.checked_sub(before)
    })
}
