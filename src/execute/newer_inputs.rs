//! Newer inputs while a deployment runs: what was matched with them takes over the workloads that are under way. No two slots are
//! ever at work on one container, whatever its manifest's file is called by now.

use std::collections::{HashMap, HashSet};

use super::slot::Slot;
use crate::container::Observed;
use crate::sys::signals::StopSignal;

/// Takes over what was matched with newer inputs. What is asked for again begins again, and what is new is added. What no manifest
/// asks for any more is left alone, or brought to its end if something was begun for it.
pub(super) fn update(slots: &mut Vec<Slot>, matched: Vec<Slot>) {
    let (mut places, earlier) = (Places::of(slots), slots.len());
    for new in matched {
        if new.file.is_empty() {
            // A container without a manifest goes on as it is.
            if !places.open_by_name.contains_key(&new.workload.name) {
                slots.push(new);
            }
            continue;
        }
        match places.take(slots, &new) {
            Some(at) if !new.is_done() && slots[at].request != new.request => {
                slots[at].replace(new);
            }
            Some(_) => {}
            None => slots.push(new),
        }
    }
    for (at, slot) in slots.iter_mut().enumerate().take(earlier) {
        if !slot.file.is_empty() && !places.taken.contains(&at) {
            slot.abandon(StopSignal::default());
        }
    }
}

/// Where the slots are.
struct Places {
    open_by_name: HashMap<String, usize>,
    open_by_id: HashMap<String, usize>,
    done_by_name: HashMap<String, usize>,
    done_by_file: HashMap<String, usize>,
    taken: HashSet<usize>,
}

impl Places {
    fn of(slots: &[Slot]) -> Places {
        let mut places = Places {
            open_by_name: HashMap::new(),
            open_by_id: HashMap::new(),
            done_by_name: HashMap::new(),
            done_by_file: HashMap::new(),
            taken: HashSet::new(),
        };
        for (at, slot) in slots.iter().enumerate() {
            let name = slot.workload.name.clone();
            if slot.is_done() {
                places.done_by_name.entry(name).or_insert(at);
                places.done_by_file.entry(slot.file.clone()).or_insert(at);
                continue;
            }
            places.open_by_name.entry(name).or_insert(at);
            for id in ids(slot) {
                places.open_by_id.entry(id.to_owned()).or_insert(at);
            }
        }
        places
    }

    /// The slot that a manifest goes on in: one that is at work on its container, or else one whose work is done.
    fn take(&mut self, slots: &[Slot], new: &Slot) -> Option<usize> {
        let name = &new.workload.name;
        let by_id = ids(new).filter_map(|id| self.open_by_id.get(id));
        let open = self.open_by_name.get(name).into_iter().chain(by_id);
        let done = self.done_by_name.get(name);
        let done = done.into_iter().chain(self.done_by_file.get(&new.file));
        let is_free = |at: &usize| !self.taken.contains(at) && !slots[*at].workload.is_unneeded;
        let at = open.chain(done).copied().find(is_free)?;
        self.taken.insert(at);
        if !new.is_done() {
            self.open_by_name.entry(name.clone()).or_insert(at);
        }
        Some(at)
    }
}

/// The ids that the slot's container has or is to have.
fn ids(slot: &Slot) -> impl Iterator<Item = &str> {
    let workload = &slot.workload;
    let observed = workload.observed.as_deref().map(Observed::id);
    let desired = workload.desired.as_ref();
    let desired = desired.map(|desired| desired.spec.id.as_str());
    observed
        .into_iter()
        .chain(desired)
        .filter(|id| !id.is_empty())
}
