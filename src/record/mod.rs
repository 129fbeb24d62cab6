//! What was applied before (`--state FILE`): one entry a container, kept in a small JSON file (`file`).
//!
//! It is never needed to recover from a crash. Without it, a container that differs from its manifest counts as one
//! whose manifest changed, what was rolled back is tried again, and nothing is pruned.

mod file;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use log::warn;
use serde::{Deserialize, Serialize};

pub use file::SaveError;

/// What was applied before, one entry a container.
#[derive(Debug)]
pub struct Record {
    /// `None`: forgotten at the end of the process.
    path: Option<PathBuf>,
    /// By name, each name once.
    entries: Vec<Entry>,
    /// The ids (but for empty ones) with the names of their entries, by id, each id once.
    ids: Vec<(String, String)>,
    /// So many changes since it was read or saved.
    unsaved: usize,
    /// Names of the entries that were put since it was read, in order.
    put: Vec<String>,
}

/// What was applied to one container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The container's name.
    pub name: String,
    /// Under which Kanto-CM holds it; empty where that is not known.
    pub id: String,
    /// The manifest's directory.
    pub directory: String,
    /// Of the manifest's content.
    pub digest: String,
    /// Digest of the container that is there, as it was made: a change by somebody else shows.
    pub made: String,
    /// What became of it.
    pub state: EntryState,
    /// By this program, not by somebody else.
    pub created: bool,
    /// How often a [`EntryState::Trying`] one was begun.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub tries: u32,
    /// Why a [`EntryState::RolledBack`] one was rolled back.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// What became of a manifest's content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EntryState {
    /// It was applied.
    Applied,
    /// It was begun, and there was no end to it yet.
    Trying,
    /// It failed, and the container before it is back.
    RolledBack,
}

impl Record {
    /// No file: forgets at the end of the process.
    pub fn none() -> Record {
        Record {
            path: None,
            entries: Vec::new(),
            ids: Vec::new(),
            unsaved: 0,
            put: Vec::new(),
        }
    }

    /// Reads the file at `path`; where there is none, the record is empty. It is empty, too, after a warning, where the
    /// file cannot be read or understood: it is damaged, of a newer version of this program, larger than 4 MiB or no
    /// regular file. The first [`Record::save`] of something new then overwrites it and keeps no copy: with the entries
    /// that the run makes, the record is right again.
    pub fn read(path: &Path) -> Record {
        let (record, warning) = Record::read_quietly(path);
        if let Some(warning) = warning {
            warn!("{warning}");
        }
        record
    }

    /// As the file is now. What is wrong with it was told when it was read first.
    #[must_use]
    pub fn read_anew(&self) -> Record {
        match &self.path {
            Some(path) => Record::read_quietly(path).0,
            None => Record::of(self.entries.clone()),
        }
    }

    /// The record, and the warning.
    fn read_quietly(path: &Path) -> (Record, Option<String>) {
        let (entries, warning) = match file::read_entries(path) {
            Ok(entries) => (entries, None),
            Err(error) => {
                let warning = format!("{error}: going on as if there were none");
                (Vec::new(), Some(warning))
            }
        };
        let record = Record {
            path: Some(path.to_owned()),
            ..Record::of(entries)
        };
        (record, warning)
    }

    /// Of entries with the same name or id, which only a human hand can have made, the last one has it.
    fn of(entries: Vec<Entry>) -> Record {
        let mut record = Record::none();
        for entry in entries {
            record.put(entry);
        }
        Record {
            unsaved: 0,
            put: Vec::new(),
            ..record
        }
    }

    /// Is there no entry?
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// All of them, by name.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The container's entry: the one with its name, else the one with its `id` (if that is not empty).
    pub fn entry(&self, name: &str, id: &str) -> Option<&Entry> {
        let of_that_id = || self.position(self.name_of(id)?).ok();
        let index = self.position(name).ok().or_else(of_that_id)?;
        self.entries.get(index)
    }

    /// Was the entry put by this process?
    pub fn is_of_this_run(&self, entry: &Entry) -> bool {
        self.put.binary_search(&entry.name).is_ok()
    }

    /// Puts `entry` in place of the one with its name. Another one with its `id` (if that is not empty) is not held under it any
    /// more.
    pub fn put(&mut self, entry: Entry) {
        if let Err(at) = self.put.binary_search(&entry.name) {
            self.put.insert(at, entry.name.clone());
        }
        let place = self.position(&entry.name);
        if place.is_ok_and(|at| self.entries[at] == entry) {
            return;
        }
        if let Ok(at) = place {
            let id = std::mem::take(&mut self.entries[at].id);
            self.release(&id);
        }
        self.hold(&entry);
        match place {
            Ok(at) => self.entries[at] = entry,
            Err(at) => self.entries.insert(at, entry),
        }
        self.unsaved += 1;
    }

    /// Removes the entry of that name, if there is one.
    pub fn remove(&mut self, name: &str) {
        if let Ok(at) = self.position(name) {
            let entry = self.entries.remove(at);
            self.release(&entry.id);
            self.unsaved += 1;
        }
    }

    /// Keeps the entries for which `keep` says so.
    pub fn retain(&mut self, keep: &mut dyn FnMut(&Entry) -> bool) {
        let mut gone = Vec::new();
        self.entries.retain(|entry| {
            let is_kept = keep(entry);
            if !is_kept {
                gone.push(entry.id.clone());
            }
            is_kept
        });
        gone.sort_unstable();
        self.ids.retain(|(id, _)| gone.binary_search(id).is_err());
        self.unsaved += gone.len();
    }

    /// Is there something to save, and a file to save it in?
    pub fn is_changed(&self) -> bool {
        self.unsaved > 0 && self.path.is_some()
    }

    /// Writes what changed since it was read or saved; the disk is not touched when nothing did. After an error the old
    /// file is as it was, and the next `save` tries again.
    pub fn save(&mut self) -> Result<(), SaveError> {
        if let Some(path) = self.path.as_ref().filter(|_| self.unsaved > 0) {
            file::write_entries(path, &self.entries)?;
        }
        self.unsaved = 0;
        Ok(())
    }

    /// Is what is not saved yet a good part of it? Saved whenever this says so, a record that grows one by one is written some
    /// sixteen times over, and not once for each entry.
    pub fn is_worth_saving(&self) -> bool {
        self.unsaved * 16 >= self.entries.len()
    }

    /// It is to be written whether or not it changed.
    pub fn mark_changed(&mut self) {
        self.unsaved = self.unsaved.max(1);
    }

    /// A copy to be saved, which then counts as done for this one; `None`: nothing is to be saved.
    pub fn to_save(&mut self) -> Option<Record> {
        let copy = self.is_changed().then(|| Record {
            path: self.path.clone(),
            entries: self.entries.clone(),
            unsaved: 1,
            ..Record::none()
        });
        self.unsaved = 0;
        copy
    }

    /// The name of the entry with that id.
    fn name_of(&self, id: &str) -> Option<&str> {
        self.holder(id).ok().map(|at| self.ids[at].1.as_str())
    }

    /// Its id, if it has one, is this entry's and nobody else's.
    fn hold(&mut self, entry: &Entry) {
        match self.holder(&entry.id) {
            Ok(at) => {
                let other = std::mem::replace(&mut self.ids[at].1, entry.name.clone());
                if let Ok(other) = self.position(&other) {
                    self.entries[other].id.clear();
                }
            }
            Err(_) if entry.id.is_empty() => {}
            Err(at) => self.ids.insert(at, (entry.id.clone(), entry.name.clone())),
        }
    }

    /// Nobody has that id any more.
    fn release(&mut self, id: &str) {
        if let Ok(at) = self.holder(id) {
            self.ids.remove(at);
        }
    }

    /// Where that id is, or else would be.
    fn holder(&self, id: &str) -> Result<usize, usize> {
        self.ids.binary_search_by(|(one, _)| one.as_str().cmp(id))
    }

    /// Where the entry of that name is, or else would be.
    fn position(&self, name: &str) -> Result<usize, usize> {
        self.entries
            .binary_search_by(|entry| entry.name.as_str().cmp(name))
    }
}

#[allow(clippy::trivially_copy_pass_by_ref)] // what serde passes
fn is_zero(number: &u32) -> bool {
    *number == 0
}
