//! Ids that manifests give, that healing made of them, and that a container had before.

use super::{Finder, Found};
use crate::container::{is_containerd_id, Id, Observed};
use crate::state::Entry;

impl<'a> Finder<'a> {
    /// The manifest gives the id of another manifest's container now: the one that it had is nobody's any more.
    pub(super) fn earlier_id(&mut self, entry: &Entry, observed_id: &str) -> Option<String> {
        let mut entries = self.state.entries().iter();
        let has_moved = entries.any(|other| other.id == observed_id && other.name != entry.name);
        let is_earlier = |one: &&Observed| {
            let is_as_made = has_moved && entry.created && one.listed.digest() == entry.made;
            let is_related = Id::are_related(one.id(), observed_id);
            (self.is_leftover(one) || is_as_made && one.name() == entry.name && !is_related)
                && !self.is_given(one.id())
                && !self.claimed.contains(one.id())
                && is_containerd_id(one.id())
        };
        let ids = [&entry.earlier_id, &entry.id];
        let mut earlier = ids
            .iter()
            .filter_map(|id| self.by_id.get(id.as_str()).copied());
        let id = earlier.find(is_earlier)?.id();
        self.claimed.insert(id);
        Some(id.to_owned())
    }

    /// Does the state file know it as what is to be removed when another container of its name runs?
    pub(super) fn is_leftover(&self, one: &Observed) -> bool {
        let entry = self.state.entry(one.name(), "");
        entry.is_some_and(|entry| entry.earlier_id == one.id())
    }

    /// Does a manifest give this id, or the one that healing made it of?
    pub(super) fn is_given(&self, id: &str) -> bool {
        let is_base = |given: &&str| !given.is_empty() && Id::of(given, id).is_some();
        self.given.contains(id) || self.healed.contains(&id) && self.given.iter().any(is_base)
    }

    /// The container that lives under an id which healing made of `id`. Only the state file tells it from one that somebody else
    /// has given such an id.
    pub(super) fn healed_of(&self, id: &str) -> Option<&'a Observed> {
        let is_successor =
            |other: &&&str| Id::of(id, other).is_some_and(|one| one.generation() > 1);
        let healed = self.healed.iter().find(is_successor)?;
        self.by_id.get(healed).copied()
    }

    /// Has the container, which was not found by an id that its manifest gives, the name of another manifest's?
    pub(super) fn is_anothers(&self, found: &Found, name: &str) -> bool {
        let container = found.container.filter(|one| one.name() != name);
        container.is_some_and(|one| self.names.contains(one.name()))
    }
}
