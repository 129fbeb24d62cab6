//! Who writes the state file, and when. Shared by the threads that deploy.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use log::warn;

use super::{file, Entry, SaveError, State};

/// The state, and the file that it is written into.
#[derive(Debug)]
pub struct StateStore {
    state: Mutex<State>,
    has_warned: AtomicBool,
    /// One thread writes at a time.
    writing: Mutex<()>,
    was_writable: AtomicBool,
}

impl StateStore {
    /// Keeps `state`.
    pub fn new(state: State) -> StateStore {
        StateStore {
            state: Mutex::new(state),
            has_warned: AtomicBool::new(false),
            writing: Mutex::new(()),
            was_writable: AtomicBool::new(false),
        }
    }

    /// The state as it is now.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes over what another deployer has written.
    pub fn read_again(&self) {
        let mut state = self.state();
        *state = state.read_again();
    }

    /// Puts the entry of the container with this name, or removes it.
    pub fn put(&self, name: &str, entry: Option<Entry>) {
        let mut state = self.state();
        match entry {
            Some(entry) => state.put(entry),
            None => state.remove(name),
        }
    }

    /// Writes what is new, and comes back when it is on the disk. An error says that the disk is full: Kanto-CM, too, would lose
    /// what it creates now. Anything else that keeps the file from being written is a warning.
    pub fn save(&self) -> Result<(), String> {
        self.save_if(|state| state.unsaved > 0)
    }

    fn save_if(&self, is_worth_it: impl Fn(&State) -> bool) -> Result<(), String> {
        match self.write(is_worth_it) {
            Ok(()) => Ok(()),
            Err(SaveError::Full(reason)) => Err(reason),
            Err(SaveError::Other(reason)) => {
                self.warn(&reason);
                Ok(())
            }
        }
    }

    /// Writes what is new if that is a good part of the whole. A state that grows entry by entry is written some sixteen times,
    /// and not once for each entry.
    pub fn save_sometimes(&self) {
        let is_worth_it =
            |state: &State| state.unsaved > 0 && state.unsaved * 16 >= state.entries.len();
        if let Err(full) = self.save_if(is_worth_it) {
            self.warn(&full);
        }
    }

    /// Writes what is new; a full disk is a warning.
    pub fn save_at_end(&self) {
        if let Err(full) = self.save() {
            self.warn(&full);
        }
    }

    /// Can the file be written? The disk is asked until it could be, once.
    pub fn check_writable(&self) -> Result<(), String> {
        if !self.was_writable.load(Ordering::Relaxed) {
            {
                let mut state = self.state();
                state.unsaved = state.unsaved.max(1);
            }
            self.save()?;
            self.was_writable.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    /// One thread writes for all that have something new. Whoever comes meanwhile waits: what it has may be on its way.
    fn write(&self, is_worth_it: impl Fn(&State) -> bool) -> Result<(), SaveError> {
        let _turn = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let (path, entries, is_damaged) = {
            let mut state = self.state();
            let path = match &state.path {
                Some(path) if is_worth_it(&state) => path.clone(),
                _ => return Ok(()),
            };
            state.unsaved = 0;
            (path, state.entries.clone(), state.is_damaged)
        };
        let written = file::write_entries(&path, &entries, is_damaged);
        let mut state = self.state();
        match &written {
            Ok(()) => state.is_damaged = false,
            Err(_) => state.unsaved = state.unsaved.max(1),
        }
        written
    }

    fn warn(&self, reason: &str) {
        if !self.has_warned.swap(true, Ordering::Relaxed) {
            warn!("{reason}: what is applied now will not be known at the next run");
        }
    }
}
