//! Which container is a manifest's? The one with its id, else the one with its name.

use std::collections::{HashMap, HashSet};

use crate::container::{healed_number, is_containerd_id, is_same_but_for_id};
use crate::kanto_cm::{Existing, Status};
use crate::manifests_parser::Manifest;
use crate::text::printable;

/// Finds containers in a List by id and by name. A dead one counts as none.
pub(super) struct Finder<'a> {
    by_id: HashMap<&'a str, &'a Existing>,
    by_name: HashMap<&'a str, Vec<&'a Existing>>,
    claimed: HashSet<&'a str>,
}

/// A manifest's container, if Kanto-CM has one.
#[derive(Default)]
pub(super) struct Found<'a> {
    pub(super) container: Option<&'a Existing>,
    /// Id of the same container under an id that was ruined.
    pub(super) leftover: Option<String>,
}

impl<'a> Finder<'a> {
    pub(super) fn new(existing: &'a [Existing]) -> Finder<'a> {
        let mut finder = Finder {
            by_id: HashMap::new(),
            by_name: HashMap::new(),
            claimed: HashSet::new(),
        };
        for one in existing
            .iter()
            .filter(|one| one.state.status != Status::Dead)
        {
            finder.by_id.insert(&one.container.id, one);
            finder
                .by_name
                .entry(&one.container.name)
                .or_default()
                .push(one);
        }
        finder
    }

    /// The manifest's container. An error says why it cannot be told, or that it belongs to an earlier manifest.
    pub(super) fn find(&mut self, manifest: &Manifest) -> Result<Found<'a>, String> {
        let found = self.look_up(manifest)?;
        if let Some(container) = found.container {
            if !self.claimed.insert(&container.container.id) {
                let id = printable(&container.container.id);
                return Err(format!(
                    "the container with the id {id} is another manifest's"
                ));
            }
        }
        Ok(found)
    }

    fn look_up(&self, manifest: &Manifest) -> Result<Found<'a>, String> {
        let wanted = &manifest.container;
        let of_that_name = self
            .by_name
            .get(wanted.name.as_str())
            .map_or(&[][..], Vec::as_slice);
        let by_id = self.by_id.get(wanted.id.as_str()).copied();
        if let Some((lower, higher)) = healed_pair(of_that_name) {
            let ids = [&lower.container.id, &higher.container.id];
            if by_id.map_or(true, |container| ids.contains(&&container.container.id)) {
                let leftover = Some(lower.container.id.clone());
                return Ok(Found {
                    container: Some(higher),
                    leftover,
                });
            }
        }
        if let Some(container) = by_id {
            return Ok(Found {
                container: Some(container),
                leftover: None,
            });
        }
        match of_that_name {
            [] => Ok(Found::default()),
            [container] => Ok(Found {
                container: Some(container),
                leftover: None,
            }),
            several => {
                let mut ids: Vec<String> = several
                    .iter()
                    .map(|one| printable(&one.container.id))
                    .collect();
                ids.sort_unstable();
                Err(format!(
                    "{} containers have this name (ids {}): remove all but one, or give the manifest an id",
                    ids.len(),
                    ids.join(", ")
                ))
            }
        }
    }
}

/// Two equal containers of one name whose ids differ only by a healing suffix, the lower not running: healing was
/// interrupted between creating the higher and removing the lower.
fn healed_pair<'a>(of_one_name: &[&'a Existing]) -> Option<(&'a Existing, &'a Existing)> {
    let &[a, b] = of_one_name else { return None };
    [(a, b), (b, a)].into_iter().find(|(lower, higher)| {
        // The lower one is removed: Kanto-CM takes an id of another form for a path.
        is_containerd_id(&lower.container.id)
            && is_next_healed(&lower.container.id, &higher.container.id)
            && !matches!(lower.state.status, Status::Running | Status::Paused)
            && is_same_but_for_id(&lower.container, &higher.container)
    })
}

/// Is `higher` the id that healing takes after `lower`: `x-2` after `x`, `x-3` after `x-2`?
fn is_next_healed(lower: &str, higher: &str) -> bool {
    let follows = |base: &str| {
        healed_number(base, higher)
            .is_some_and(|number| healed_number(base, lower).map_or(2, |n| n + 1) == number)
    };
    if follows(lower) {
        return true;
    }
    let base = lower.rsplit_once('-').map(|(base, _)| base);
    base.is_some_and(|base| healed_number(base, lower).is_some() && follows(base))
}
