//! Ids that manifests give, that healing made of them, and that a container had before.

use super::{Finder, Found};
use crate::container::{is_containerd_id, Id, Observed};
use crate::state::Entry;

impl<'a> Finder<'a> {
    /// The manifest gives the id of another manifest's container now: the one that it had is nobody's any more.
    pub(super) fn earlier_id(&mut self, entry: &Entry, observed_id: &str) -> Option<String> {
        let is_anothers = |other: &Entry| other.id == observed_id && other.name != entry.name;
        let has_moved = || self.state.entries().iter().any(is_anothers);
        let is_earlier = |observed: &&Observed| {
            let is_as_made = || entry.created && observed.listed.digest() == entry.made;
            let is_related = Id::are_related(observed.id(), observed_id);
            // The last one looks at every entry.
            (self.is_leftover(observed)
                || observed.name() == entry.name && !is_related && is_as_made() && has_moved())
                && !self.is_given(observed.id())
                && !self.claimed.contains(observed.id())
                && is_containerd_id(observed.id())
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
    pub(super) fn is_leftover(&self, observed: &Observed) -> bool {
        let entry = self.state.entry(observed.name(), "");
        entry.is_some_and(|entry| entry.earlier_id == observed.id())
    }

    /// Does a manifest give this id, or the one that healing made it of?
    pub(super) fn is_given(&self, id: &str) -> bool {
        let is_base = |given: &&str| !given.is_empty() && Id::of(given, id).is_some();
        self.given.contains(id) || self.healed.contains(&id) && self.given.iter().any(is_base)
    }

    /// The container that lives under an id which healing made of `id`. Only the state file distinguishes it from a container to
    /// which somebody gave such an id.
    pub(super) fn healed_of(&self, id: &str) -> Option<&'a Observed> {
        let is_successor =
            |other: &&&str| Id::of(id, other).is_some_and(|successor| successor.generation() > 1);
        let healed = self.healed.iter().find(is_successor)?;
        self.by_id.get(healed).copied()
    }

    /// Has the container, which was not found by an id that its manifest gives, the name of another manifest's?
    pub(super) fn is_anothers(&self, found: &Found, name: &str) -> bool {
        let container = found.container.filter(|container| container.name() != name);
        container.is_some_and(|container| self.names.contains(container.name()))
    }
}
