//! Everything that happens, in one order: what the soak does, what the daemon logs and prints, the simulator's calls.

use std::fmt::Write;
use std::sync::{Mutex, PoisonError};

use simulated_kanto_cm::{now_ms, Process};

/// The lines of a phase, each with its time.
#[derive(Default)]
pub(crate) struct Log(Mutex<Vec<(u64, String)>>);

impl Log {
    pub(crate) fn add(&self, line: String) {
        self.lines().push((now_ms(), line));
    }

    /// How many lines there are.
    pub(crate) fn length(&self) -> usize {
        self.lines().len()
    }

    /// What came behind so many lines.
    pub(crate) fn since(&self, length: usize) -> Vec<String> {
        let lines = self.lines();
        let new = lines.iter().skip(length);
        new.map(|(_, line)| line.clone()).collect()
    }

    /// A phase begins.
    pub(crate) fn clear(&self) {
        self.lines().clear();
    }

    /// All lines with the simulator's calls among them.
    pub(crate) fn shown(&self, cm: &Process) -> String {
        let mut lines = self.lines().clone();
        for call in cm.calls() {
            lines.push((call.begin_ms, format!("call  {call}")));
        }
        lines.sort_by_key(|(at, _)| *at);
        let begin = lines.first().map_or(0, |(at, _)| *at);
        let mut shown = String::new();
        for (at, line) in lines {
            let ms = at - begin;
            let _ = writeln!(shown, "{:4}.{:03} {line}", ms / 1000, ms % 1000);
        }
        shown
    }

    fn lines(&self) -> std::sync::MutexGuard<'_, Vec<(u64, String)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
