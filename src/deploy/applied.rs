//! What a run writes into the record, and when.

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use log::warn;

use super::outcome::Outcome;
use crate::container::{digest, digest_but_for_id, is_healed_either_way, Container};
use crate::kanto_cm::Existing;
use crate::manifests_parser::Manifest;
use crate::plan::{Beside, Replacement};
use crate::record::{Entry, EntryState, Record, SaveError};

/// The record, shared by the workers.
#[derive(Debug)]
pub struct Applied {
    record: Mutex<Record>,
    /// Of the manifests.
    directory: String,
    /// What earlier runs have tried does not count.
    is_reapplied: bool,
    has_warned: AtomicBool,
    /// Who writes.
    turn: Mutex<()>,
    could_be_written: Mutex<bool>,
}

impl Applied {
    /// `directory`: of the manifests. `is_reapplied`: what earlier runs have tried does not count.
    pub fn new(record: Record, directory: String, is_reapplied: bool) -> Applied {
        Applied {
            record: Mutex::new(record),
            directory,
            is_reapplied,
            has_warned: AtomicBool::new(false),
            turn: Mutex::new(()),
            could_be_written: Mutex::new(false),
        }
    }

    /// Was a replacement begun, and may not have come to its end? (A roll back is recorded before it is begun.)
    pub fn is_something_unfinished(&self) -> bool {
        let record = self.record();
        let mut states = record.entries().iter().map(|entry| entry.state);
        states.any(|state| state != EntryState::Applied)
    }

    /// Another deployer may have written it. `true`: it has.
    pub(super) fn read_anew(&self) -> bool {
        let mut record = self.record();
        let anew = record.read_anew();
        let has_changed = anew.entries() != record.entries();
        *record = anew;
        has_changed
    }

    /// The record as it is now.
    pub(super) fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Can it be written? On a full disk Kanto-CM would lose what it creates: the error says so. Once it could, that is not looked
    /// at any more.
    pub(super) fn check(&self) -> Result<(), String> {
        let could_be = self.could_be_written.lock();
        let mut could_be = could_be.unwrap_or_else(PoisonError::into_inner);
        if !*could_be {
            self.record().mark_changed();
            self.heed(self.write())?;
            *could_be = true;
        }
        Ok(())
    }

    /// What is known of the container before it is replaced.
    pub(super) fn entry(&self, replacement: &Replacement) -> Option<Entry> {
        let (new, old) = (&replacement.new, &replacement.old);
        self.record().entry(&new.name, &old.id).cloned()
    }

    /// The old container could not be removed after all: what was known before is right.
    pub(super) fn put_back(&self, replacement: &Replacement, before: Option<Entry>) {
        let mut record = self.record();
        record.remove(&replacement.new.name);
        if let Some(before) = before {
            record.put(before);
        }
        drop(record);
        self.save();
    }

    /// A replacement is about to remove the old container. An error: the disk is full.
    pub(super) fn try_first(&self, replacement: &Replacement) -> Result<(), String> {
        let mut record = self.record();
        let entry = self.entry_of(&record, replacement, EntryState::Trying);
        record.put(Entry { tries: 1, ..entry });
        drop(record);
        self.heed(self.write())
    }

    /// The new container of a replacement that was interrupted is to be watched once more. Tells how often it was tried.
    pub(super) fn try_again(&self, replacement: &Replacement) -> u32 {
        let record = self.record();
        let entry = self.entry_of(&record, replacement, EntryState::Trying);
        let before = record.entry(&entry.name, &entry.id);
        let is_same = |one: &&Entry| {
            let counts = !self.is_reapplied || record.is_of_this_run(one);
            counts && one.state == EntryState::Trying && one.digest == entry.digest
        };
        let tries = before.filter(is_same).map_or(0, |one| one.tries);
        let entry = Entry {
            tries: tries + 1,
            ..entry
        };
        self.save_with(record, entry);
        tries
    }

    /// The new container of a replacement has settled, under this id.
    pub(super) fn commit(&self, replacement: &Replacement, id: &str) {
        let record = self.record();
        let entry = self.entry_of(&record, replacement, EntryState::Applied);
        let entry = Entry {
            id: id.to_owned(),
            made: digest_but_for_id(&replacement.new.clone().with_defaults()),
            created: replacement.has_manifest || entry.created,
            ..entry
        };
        self.save_with(record, entry);
    }

    /// The new container of a replacement is not to stay, for this reason.
    pub(super) fn roll_back(&self, replacement: &Replacement, reason: &str) {
        let record = self.record();
        let entry = self.entry_of(&record, replacement, EntryState::RolledBack);
        let entry = Entry {
            reason: reason.to_owned(),
            ..entry
        };
        self.save_with(record, entry);
    }

    /// What stays the same about the entry of a container while it is replaced: the old one is what there is. One without a
    /// manifest here is none of this directory's.
    fn entry_of(&self, record: &Record, replacement: &Replacement, state: EntryState) -> Entry {
        let (old, new) = (&replacement.old, &replacement.new);
        let before = record.entry(&new.name, &old.id);
        let directory = if replacement.has_manifest {
            self.directory.clone()
        } else {
            before.map(|one| one.directory.clone()).unwrap_or_default()
        };
        Entry {
            name: new.name.clone(),
            id: old.id.clone(),
            directory,
            digest: replacement.digest.clone(),
            made: digest_but_for_id(&old.clone().with_defaults()),
            state,
            created: before.is_some_and(|one| one.created),
            tries: 0,
            reason: String::new(),
        }
    }

    /// This run has created it. That is saved at once, or soon where many are created: if this process is killed before, they count
    /// as somebody else's, and are not pruned.
    pub(super) fn created(&self, wanted: &Container, id: &str) {
        let mut record = self.record();
        let entry = self.entry_for(&record, wanted, id, true);
        record.put(entry);
        let is_worth_saving = record.is_worth_saving();
        drop(record);
        if is_worth_saving {
            self.save();
        }
    }

    /// This run has given up creating it. Kanto-CM may have been through with that.
    pub(super) fn gave_up(&self, wanted: &Container) {
        let record = self.record();
        let entry = self.entry_for(&record, wanted, &wanted.id, true);
        let entry = Entry {
            digest: String::new(), // what is there may be somebody else's
            ..entry
        };
        self.save_with(record, entry);
    }

    /// Was what this manifest asks for tried and rolled back?
    pub fn was_rolled_back(&self, wanted: &Container) -> bool {
        let digest = digest(&wanted.clone().with_defaults());
        let record = self.record();
        record
            .entry(&wanted.name, &wanted.id)
            .is_some_and(|one| one.state == EntryState::RolledBack && one.digest == digest)
    }

    /// The container goes on under this id, if that is one that healing gave it.
    pub(super) fn follow(&self, name: &str, id: &str) {
        let mut record = self.record();
        let entry = record.entry(name, "").cloned();
        if let Some(entry) = entry.filter(|one| is_healed_either_way(&one.id, id) && one.id != id) {
            record.put(Entry {
                id: id.to_owned(),
                ..entry
            });
        }
    }

    /// A pruned container.
    pub(super) fn forget(&self, name: &str) {
        self.record().remove(name);
    }

    /// What is as its manifest asks now.
    pub(super) fn put_all(&self, manifests: &[Manifest], outcomes: &[Outcome]) {
        let mut record = self.record();
        for (manifest, outcome) in manifests.iter().zip(outcomes) {
            if let (Some(created), Some(id)) = (outcome.configured, &outcome.id) {
                let entry = self.entry_for(&record, &manifest.container, id, created);
                let before = record.entry(&entry.name, "");
                let is_anothers = before.is_some_and(|one| {
                    let is_same = one.digest == entry.digest && one.state == EntryState::Applied;
                    is_same && one.directory != entry.directory && !created
                });
                if before != Some(&entry) && !is_anothers {
                    record.put(entry);
                }
            }
        }
    }

    fn entry_for(&self, record: &Record, wanted: &Container, id: &str, created: bool) -> Entry {
        let before = record.entry(&wanted.name, id);
        let filled = wanted.clone().with_defaults();
        Entry {
            name: wanted.name.clone(),
            id: id.to_owned(),
            directory: self.directory.clone(),
            digest: digest(&filled),
            made: digest_but_for_id(&filled),
            state: EntryState::Applied,
            created: created
                || before.is_some_and(|one| {
                    one.created
                        && one.directory == self.directory
                        && (one.id.is_empty() || is_healed_either_way(&one.id, id))
                }),
            tries: 0,
            reason: String::new(),
        }
    }

    /// Forgets what neither a manifest nor Kanto-CM has any more: `existing` and what this run has brought are what it has. What
    /// helpers stand for is to come back.
    pub(super) fn forget_gone(
        &self,
        manifests: &[Manifest],
        beside: &Beside,
        existing: &[Existing],
        outcomes: &[Outcome],
    ) {
        let helpers = || existing.iter().filter_map(|one| one.container.helper());
        let manifests = beside.all().chain(manifests);
        let names = manifests.map(|manifest| manifest.container.name.as_str());
        let names: HashSet<&str> = names
            .chain(outcomes.iter().map(|outcome| outcome.name.as_str()))
            .chain(helpers().map(|helper| helper.name))
            .collect();
        let ids = existing.iter().map(|one| one.container.id.as_str());
        let ids: HashSet<&str> = ids.chain(helpers().map(|helper| helper.id)).collect();
        let mut by_name: HashMap<&str, Vec<&Existing>> = HashMap::new();
        for one in existing {
            by_name.entry(&one.container.name).or_default().push(one);
        }
        // A run that was killed may have healed it and not said so.
        let is_healed = |entry: &Entry| {
            let mut of_that_name = by_name.get(entry.name.as_str()).into_iter().flatten();
            of_that_name.any(|one| is_healed_either_way(&entry.id, &one.container.id))
        };
        self.record().retain(&mut |entry| {
            entry.directory != self.directory
                || names.contains(entry.name.as_str())
                || ids.contains(entry.id.as_str())
                || is_healed(entry)
        });
    }

    fn save_with(&self, mut record: MutexGuard<'_, Record>, entry: Entry) {
        record.put(entry);
        drop(record);
        self.save();
    }

    /// Writes what is new.
    pub(super) fn save(&self) {
        if let Err(full) = self.heed(self.write()) {
            self.warn(&full);
        }
    }

    /// One writes for all that have something new: a file a container would be a lot of flash for a large directory.
    fn write(&self) -> Result<(), SaveError> {
        let turn = self.turn.lock();
        let _turn = turn.unwrap_or_else(PoisonError::into_inner);
        let Some(mut copy) = self.record().to_save() else {
            return Ok(()); // the one before has written it
        };
        let result = copy.save();
        if result.is_err() {
            self.record().mark_changed();
        }
        result
    }

    /// Only a full disk matters.
    fn heed(&self, result: Result<(), SaveError>) -> Result<(), String> {
        match result {
            Ok(()) => Ok(()),
            Err(SaveError::Full(reason)) => Err(reason),
            Err(SaveError::Other(reason)) => {
                self.warn(&reason);
                Ok(())
            }
        }
    }

    fn warn(&self, reason: &str) {
        if !self.has_warned.swap(true, Ordering::Relaxed) {
            warn!("{reason}: what is applied now will not be known at the next run");
        }
    }
}
