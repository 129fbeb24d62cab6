//! Waiting for calls and states, woken by what the simulator reports.

use std::time::Instant;

use super::child::PATIENCE;
use super::Process;
use crate::protocol::{Call, Method, Phase, State};

impl Process {
    /// Waits until a call of this method has begun that is for the container with this id or name (`""`: any), and returns
    /// it as it is then. Calls that began earlier count, unless they were cleared away.
    pub fn wait_for_call(&self, method: Method, id_or_name: &str) -> Call {
        let is_it = |call: &Call| {
            call.method == method
                && (id_or_name.is_empty() || call.id == id_or_name || call.name == id_or_name)
        };
        let found = |calls: &[Call]| calls.iter().find(|call| is_it(call)).cloned();
        self.wait_for_calls(&format!("a {method} of {id_or_name:?}"), found)
    }

    /// Waits until the calls are up to date. Looked at again whenever a call begins or ends; `what` is for the message when
    /// that takes too long.
    pub fn wait_for_calls<T>(&self, what: &str, mut look: impl FnMut(&[Call]) -> Option<T>) -> T {
        let end = Instant::now() + PATIENCE;
        let mut reported = self.mirror.lock();
        loop {
            if let Some(found) = look(&reported.calls) {
                return found;
            }
            if !self.mirror.wait(&mut reported, end) {
                drop(reported);
                panic!(
                    "waited {PATIENCE:?} for {what}; the calls:\n{}",
                    self.journal()
                );
            }
        }
    }

    /// Waits until the state is up to date, and returns it. Looked at again whenever the simulator reports a change; it may
    /// end and start again meanwhile.
    pub fn wait_until(&self, mut wanted: impl FnMut(&State) -> bool) -> State {
        let end = Instant::now() + PATIENCE;
        let mut last = None;
        loop {
            if let Some(state) = self.state_if_running() {
                if wanted(&state) {
                    return state;
                }
                last = Some(state);
            }
            assert!(
                self.wait_for_change(end),
                "waited {PATIENCE:?}; the state: {last:#?}\nthe calls:\n{}",
                self.journal()
            );
        }
    }

    /// Waits until the container with this id or name runs.
    pub fn wait_until_running(&self, id_or_name: &str) -> State {
        self.wait_until(|state| state.runs(id_or_name))
    }

    /// Waits until the daemon's start is over.
    pub fn wait_ready(&self) -> State {
        self.wait_until(|state| state.phase == Phase::Ready)
    }

    /// `false`: the end came before a change.
    fn wait_for_change(&self, end: Instant) -> bool {
        let mut reported = self.mirror.lock();
        while !reported.changed {
            if !self.mirror.wait(&mut reported, end) {
                return false;
            }
        }
        true
    }
}
