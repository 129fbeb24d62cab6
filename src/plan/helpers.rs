//! Which helpers belong to which container: by the id that they stand for, else by the name.

use std::collections::HashSet;

use crate::container::Role;
use crate::kanto_cm::Existing;

/// The helpers in a List that no container has claimed yet.
pub(super) struct Unclaimed<'a>(Vec<&'a Existing>);

/// The helpers of one container.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Pair<'a> {
    pub(super) next: Option<&'a Existing>,
    pub(super) prev: Option<&'a Existing>,
}

impl<'a> Pair<'a> {
    /// Their own ids.
    pub(super) fn ids(&self) -> Vec<String> {
        let helpers = [self.next, self.prev].into_iter().flatten();
        helpers.map(|one| one.container.id.clone()).collect()
    }

    /// The ids and names that the helpers stand for, the old container's first.
    pub(super) fn stands_for(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let helpers = [self.prev, self.next].into_iter().flatten();
        helpers.filter_map(|one| {
            let helper = one.container.helper()?;
            Some((helper.id, helper.name))
        })
    }
}

impl<'a> Unclaimed<'a> {
    pub(super) fn new(existing: &'a [Existing]) -> Unclaimed<'a> {
        let mut helpers: Vec<&Existing> = existing
            .iter()
            .filter(|one| one.container.helper().is_some())
            .collect();
        helpers.sort_unstable_by(|a, b| a.container.id.cmp(&b.container.id));
        Unclaimed(helpers)
    }

    /// The helpers for the container with this id (it may be empty) and this name. Those of the `ids` that manifests give are
    /// nobody else's, whatever their names.
    pub(super) fn claim(&mut self, id: &str, name: &str, ids: &HashSet<&str>) -> Pair<'a> {
        let mut pair = Pair {
            next: self.take(Role::Next, id, name, ids),
            prev: self.take(Role::Prev, id, name, ids),
        };
        // One of them found, its other half has the same id, or the same name at least.
        let known = pair.stands_for().next();
        if let Some((id, name)) = known {
            pair.next = pair.next.or_else(|| self.take(Role::Next, id, name, ids));
            pair.prev = pair.prev.or_else(|| self.take(Role::Prev, id, name, ids));
        }
        pair
    }

    /// The helpers of some container that nobody has claimed.
    pub(super) fn claim_any(&mut self, ids: &HashSet<&str>) -> Option<Pair<'a>> {
        let helper = self.0.first()?.container.helper()?;
        Some(self.claim(helper.id, helper.name, ids))
    }

    fn take(
        &mut self,
        role: Role,
        id: &str,
        name: &str,
        ids: &HashSet<&str>,
    ) -> Option<&'a Existing> {
        let helpers = self.0.iter().enumerate().filter_map(|(at, one)| {
            let helper = one.container.helper()?;
            (helper.role == role).then_some((at, helper))
        });
        let mut by_id = helpers.clone().filter(|(_, helper)| helper.id == id);
        let mut by_name = helpers
            .clone()
            .filter(|(_, helper)| helper.name == name && !ids.contains(helper.id));
        let (at, _) = by_id.next().or_else(|| by_name.next())?;
        Some(self.0.remove(at))
    }
}
