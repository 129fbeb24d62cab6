//! The entries of the state file, one a container.

use std::path::{Path, PathBuf};

use super::file::{self, ReadError};
use super::Entry;

/// The entries of the state file, by name.
#[derive(Debug, Clone, Default)]
pub struct State {
    /// `None`: it is forgotten at the end of the process.
    pub(super) path: Option<PathBuf>,
    /// Sorted by name, each name once.
    pub(super) entries: Vec<Entry>,
    /// So many changes since it was read or saved.
    pub(super) unsaved: usize,
    /// The file is one of ours that cannot be understood: it is kept aside when this one is saved.
    pub(super) is_damaged: bool,
    /// Nothing but a state file can be at `path`.
    is_ours: bool,
}

impl State {
    /// Reads the file at `path`; where there is none, the state is empty. It is empty, too, with a warning to print, where the file
    /// is damaged or cannot be read. `is_ours`: nothing but a state file can be at that path. An error: something else is there,
    /// which is to stay.
    pub fn read(path: &Path, is_ours: bool) -> Result<(State, Option<String>), String> {
        let mut state = State::default();
        let mut warning = None;
        match file::read_entries(path, is_ours) {
            Ok(entries) => state = State::of(entries),
            Err(ReadError::NotOurs(reason)) => return Err(reason),
            Err(ReadError::Damaged(reason)) => {
                state.is_damaged = true;
                warning = Some(format!("{reason}: going on as if there were none"));
            }
            Err(ReadError::Unreadable(reason)) => {
                warning = Some(format!(
                    "{reason}: what is applied now will not be known at the next run"
                ));
                return Ok((state, warning));
            }
        }
        state.path = Some(path.to_owned());
        state.is_ours = is_ours;
        Ok((state, warning))
    }

    /// As the file is now. Without a file where that is no state file any more.
    #[must_use]
    pub fn read_again(&self) -> State {
        match &self.path {
            Some(path) => State::read(path, self.is_ours).map_or_else(
                |_| State {
                    path: None,
                    ..self.clone()
                },
                |(state, _)| state,
            ),
            None => self.clone(),
        }
    }

    fn of(entries: Vec<Entry>) -> State {
        let mut state = State::default();
        for entry in entries {
            state.put(entry);
        }
        state.unsaved = 0;
        state
    }

    /// All of them, by name.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The container's entry: the one with its name, else the one with its `id` (if that is not empty).
    pub fn entry(&self, name: &str, id: &str) -> Option<&Entry> {
        if let Ok(at) = self.position(name) {
            return self.entries.get(at);
        }
        let mut entries = self.entries.iter();
        entries.find(|entry| !id.is_empty() && entry.id == id)
    }

    /// Puts `entry` in place of the one with its name. Another one with its id does not have that any more.
    pub fn put(&mut self, entry: Entry) {
        let place = self.position(&entry.name);
        if place.is_ok_and(|at| self.entries[at] == entry) {
            return;
        }
        let is_same_id = |other: &&mut Entry| other.id == entry.id && other.name != entry.name;
        if !entry.id.is_empty() {
            if let Some(other) = self.entries.iter_mut().find(is_same_id) {
                other.id.clear();
            }
        }
        match place {
            Ok(at) => self.entries[at] = entry,
            Err(at) => self.entries.insert(at, entry),
        }
        self.unsaved += 1;
    }

    /// Removes the entry of that name, if there is one.
    pub fn remove(&mut self, name: &str) {
        if let Ok(at) = self.position(name) {
            self.entries.remove(at);
            self.unsaved += 1;
        }
    }

    /// Keeps the entries for which `keep` says so.
    pub fn retain(&mut self, keep: &mut dyn FnMut(&Entry) -> bool) {
        let before = self.entries.len();
        self.entries.retain(|entry| keep(entry));
        self.unsaved += before - self.entries.len();
    }

    fn position(&self, name: &str) -> Result<usize, usize> {
        self.entries
            .binary_search_by(|entry| entry.name.as_str().cmp(name))
    }
}
