//! What was stored, and what ran, from one moment to the next. The simulator reports each change once it is on the disk; the
//! test's side puts them together, over the lives of the simulator.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A container as it was stored at a moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredContainer {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The name of its image.
    pub image: String,
    /// `Created`, `Running`, `Stopped`…
    pub status: String,
    /// Whether its process was there and not paused: not so for one that is merely listed as running.
    pub alive: bool,
    /// Everything, by the API's field names.
    pub whole: Value,
}

/// All stored containers from this moment until the next one.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment {
    /// When it began, on the scale of [`Call::begin_ms`](crate::Call::begin_ms).
    pub at_ms: u64,
    /// The containers, by id.
    pub containers: Vec<Arc<StoredContainer>>,
}

impl Moment {
    /// The container with this id, else the one with this name.
    pub fn container(&self, id_or_name: &str) -> Option<&StoredContainer> {
        let by = |same: fn(&StoredContainer) -> &str| {
            let mut all = self.containers.iter();
            all.find(|container| same(container) == id_or_name)
        };
        by(|container| &container.id)
            .or_else(|| by(|container| &container.name))
            .map(|container| &**container)
    }

    /// Whether the container with this id or name was stored and its process was there.
    pub fn runs(&self, id_or_name: &str) -> bool {
        self.container(id_or_name)
            .is_some_and(|container| container.alive)
    }
}

/// What has changed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Change {
    pub(crate) at_ms: u64,
    /// The stored containers of this change are all that there are.
    pub(crate) is_complete: bool,
    pub(crate) stored: Vec<StoredContainer>,
    /// The ids of those that are gone.
    pub(crate) gone: Vec<String>,
}

/// All moments so far.
#[derive(Debug, Default)]
pub(crate) struct History {
    moments: Vec<Moment>,
}

impl History {
    pub(crate) fn moments(&self) -> Vec<Moment> {
        self.moments.clone()
    }

    /// Forgets all but the last one.
    pub(crate) fn clear(&mut self) {
        self.moments.drain(..self.moments.len().saturating_sub(1));
    }

    /// Adds a moment, unless nothing differs from the last one.
    pub(crate) fn take_in(&mut self, change: Change) {
        let last = self.moments.last().map(|moment| &moment.containers);
        let mut now: BTreeMap<String, Arc<StoredContainer>> = last
            .into_iter()
            .flatten()
            .filter(|old| !change.is_complete && !change.gone.contains(&old.id))
            .map(|old| (old.id.clone(), old.clone()))
            .collect();
        for container in change.stored {
            now.insert(container.id.clone(), Arc::new(container));
        }
        let containers: Vec<_> = now.into_values().collect();
        if last != Some(&containers) {
            self.moments.push(Moment {
                at_ms: change.at_ms,
                containers,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(is_complete: bool, stored: &[&str], gone: &[&str]) -> Change {
        let container = |id: &&str| StoredContainer {
            id: (*id).to_owned(),
            name: format!("{id}-name"),
            image: String::new(),
            status: String::new(),
            alive: *id == "a",
            whole: Value::Null,
        };
        Change {
            at_ms: 0,
            is_complete,
            stored: stored.iter().map(container).collect(),
            gone: gone.iter().map(|id| (*id).to_owned()).collect(),
        }
    }

    #[test]
    fn moments_are_what_differs() {
        let mut history = History::default();
        history.take_in(change(true, &[], &[]));
        history.take_in(change(false, &["b"], &[]));
        history.take_in(change(false, &["a"], &[]));
        history.take_in(change(true, &["b", "a"], &[]));
        history.take_in(change(false, &[], &["b"]));
        history.take_in(change(true, &["c"], &[]));
        let moments = history.moments();
        let ids = |moment: &Moment| moment.containers.iter().map(|c| c.id.clone()).collect();
        let all: Vec<String> = moments.iter().map(ids).collect();
        assert_eq!(all, ["", "b", "ab", "a", "c"]);
        assert!(moments[2].runs("a-name") && !moments[2].runs("b") && !moments[4].runs("a"));
    }
}
