//! What the rounds of a deployment, one a connection, have come to so far.

use std::collections::{HashMap, HashSet};

use super::inbox::Inputs;
use super::lock::Lock;
use super::outcome::{self, Outcome};
use super::slot::Slot;
use crate::container::{Id, Observed};
use crate::reconcile::{Done, Workload};
use crate::state::{self, Entry, StateStore};

/// What a deployment has come to so far.
#[derive(Default)]
pub(super) struct Run {
    pub(super) inputs: Inputs,
    /// As they were when the last round ended.
    pub(super) slots: Vec<Slot>,
    pub(super) lock: Option<Lock>,
    /// The containers of the last List: id and name, also of what stand-ins hold.
    pub(super) listed: Vec<(String, String)>,
}

impl Run {
    /// What became of those that were not done.
    pub(super) fn unfinished(&self) -> Vec<Outcome> {
        if self.slots.is_empty() {
            let active = self
                .inputs
                .manifests
                .iter()
                .filter(|input| input.trigger.is_some());
            return active.map(outcome::not_begun).collect();
        }
        self.slots
            .iter()
            .filter(|slot| matches!(slot.done(), None | Some(Done::Unfinished)))
            .map(outcome::of)
            .collect()
    }

    /// `text` of Kanto-CM about no container in particular, without secrets that it repeats.
    pub(super) fn hide_secrets(&self, text: &str) -> String {
        let mut hidden = text.to_owned();
        for input in &self.inputs.manifests {
            hidden = input.desired.spec.hide_secrets(&hidden);
        }
        for slot in &self.slots {
            hidden = slot.workload.hide_secrets(&hidden);
        }
        hidden
    }

    /// Workloads take over what the run has done for them over an earlier connection. Of a container without a manifest that is gone
    /// now, what became of it is still to be noted. What was done already is not done again.
    pub(super) fn resume(&self, mut slots: Vec<Slot>) -> Vec<Slot> {
        let places = slots.iter().enumerate().rev();
        let places: HashMap<String, usize> = places.map(|(at, slot)| (key(slot), at)).collect();
        for earlier in &self.slots {
            match places.get(&key(earlier)) {
                Some(&at) => slots[at].resume(earlier),
                None if earlier.file.is_empty() && !earlier.is_done() => {
                    slots.push(earlier.without_containers());
                }
                None => {}
            }
        }
        slots
    }

    /// Forgets what neither a manifest nor Kanto-CM has any more. What stand-ins hold is to come back.
    pub(super) fn forget_gone(&self, store: &StateStore, directory: &str) {
        // An empty List may be that of a Kanto-CM that is loading.
        if self.listed.is_empty() {
            return;
        }
        let names: HashSet<&str> = self
            .slots
            .iter()
            .map(|slot| slot.workload.name.as_str())
            .collect();
        let ids: HashSet<&str> = self.listed.iter().map(|(id, _)| id.as_str()).collect();
        let is_listed = |entry: &Entry| {
            let mut listed = self.listed.iter();
            // A run that was killed may have healed it and not said so.
            ids.contains(entry.id.as_str())
                || listed.any(|(id, name)| *name == entry.name && Id::are_related(&entry.id, id))
        };
        store.state().retain(&mut |entry| {
            !entry.is_of(directory)
                || entry.content_state == state::ContentState::Removed
                || names.contains(entry.name.as_str())
                || is_listed(entry)
        });
    }

    /// How much was done: a connection that brings nothing on counts as fruitless.
    pub(super) fn count_actions(&self) -> usize {
        let counts = self
            .slots
            .iter()
            .map(|slot| slot.workload.attempt.actions.len() + usize::from(slot.is_done()));
        counts.sum()
    }
}

/// The same for a workload over each connection.
fn key(slot: &Slot) -> String {
    let Workload {
        name, is_unneeded, ..
    } = &slot.workload;
    format!("{}/{name}/{is_unneeded}", slot.file)
}

/// The id and name of a container, or of what a stand-in holds.
pub(super) fn identity(observed: &Observed) -> (String, String) {
    match observed.listed.stand_in() {
        Some(stand_in) => (stand_in.id.to_owned(), stand_in.name.to_owned()),
        None => (observed.id().to_owned(), observed.name().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::execute::newer_inputs::update;
    use crate::sys::signals::StopSignal;

    /// With a search for each manifest, this would take half a minute.
    #[test]
    fn many_manifests_are_resumed_and_updated_in_a_moment() {
        let slot = |number: u32| {
            let workload = Workload {
                name: format!("name-{number}"),
                ..Workload::default()
            };
            let file = format!("file-{number}.json");
            Slot::new(workload, file, 1, true, StopSignal::default())
        };
        let slots = || (0..30_000).map(slot).collect();
        let run = Run {
            slots: slots(),
            ..Run::default()
        };
        let (mut old, new, resumed) = (slots(), slots(), slots());
        let begin = Instant::now();
        assert_eq!(run.resume(resumed).len(), 30_000);
        update(&mut old, new);
        assert_eq!(old.len(), 30_000);
        assert!(
            begin.elapsed() < Duration::from_secs(4),
            "{:?}",
            begin.elapsed()
        );
    }
}
