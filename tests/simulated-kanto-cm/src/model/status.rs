//! How the state of a container changes: which fields each transition sets, and which it leaves alone.

use std::time::Duration;

use crate::clock;
use crate::proto::types::{Container, State};

/// The process id of a container that does not run.
const NO_PID: i64 = -1;

/// The process id of one that is listed as running and is not: an id that no Linux ever gives out, one above the highest
/// limit it can be set to.
pub(crate) const VANISHED_PID: i64 = 4_194_305;

/// Now, as the daemon writes it.
pub(crate) fn now() -> String {
    humantime::format_rfc3339_nanos(clock::now()).to_string()
}

/// Sets the status and clears every flag.
fn to<'a>(container: &'a mut Container, status: &str) -> &'a mut State {
    let state = container.state.mut_or_insert_default();
    status.clone_into(&mut state.status);
    state.dead = false;
    state.paused = false;
    state.running = false;
    state.restarting = false;
    state.exited = false;
    state
}

pub(crate) fn creating(container: &mut Container) {
    *container.state.mut_or_insert_default() = State::default();
    to(container, "Creating");
}

pub(crate) fn created(container: &mut Container) {
    let state = to(container, "Created");
    state.pid = NO_PID;
    state.exit_code = 0;
    container.created = now();
}

pub(crate) fn running(container: &mut Container, pid: i64) {
    let state = to(container, "Running");
    state.running = true;
    state.started_at = now();
    state.pid = pid;
    state.exit_code = 0;
    state.error.clear();
    state.oomKilled = false;
}

/// As if it had been started an hour ago.
pub(crate) fn running_long(container: &mut Container, pid: i64) {
    running(container, pid);
    let started = clock::now() - Duration::from_secs(3600);
    let state = container.state.mut_or_insert_default();
    state.started_at = humantime::format_rfc3339_nanos(started).to_string();
}

pub(crate) fn stopped(container: &mut Container, code: i64, error: &str) {
    let state = to(container, "Stopped");
    ended(state, code, error);
}

pub(crate) fn exited(container: &mut Container, code: i64, error: &str) {
    let state = to(container, "Exited");
    state.exited = true;
    ended(state, code, error);
}

fn ended(state: &mut State, code: i64, error: &str) {
    state.finished_at = now();
    state.pid = NO_PID;
    state.exit_code = code;
    error.clone_into(&mut state.error);
}

pub(crate) fn paused(container: &mut Container) {
    to(container, "Paused").paused = true;
}

pub(crate) fn unpaused(container: &mut Container) {
    to(container, "Running").running = true;
}

pub(crate) fn dead(container: &mut Container) {
    to(container, "Dead").dead = true;
}

/// Its process is gone, and nobody has noticed: this process id is not its own.
pub(crate) fn stale(container: &mut Container, pid: i64) {
    container.state.mut_or_insert_default().pid = pid;
}

/// How long its last run lasted, by the daemon's own two times: a clock that was set in between counts.
pub(crate) fn uptime(container: &Container) -> Duration {
    let time = |text: &str| humantime::parse_rfc3339_weak(text).ok();
    let (started, finished) = (
        time(&container.state.started_at),
        time(&container.state.finished_at),
    );
    let between = finished
        .zip(started)
        .and_then(|(finished, started)| finished.duration_since(started).ok());
    between.unwrap_or_default()
}

/// Whether it runs, paused or not.
pub(crate) fn is_up(container: &Container) -> bool {
    container.state.running || container.state.paused
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_life() {
        let mut container = Container::new();
        creating(&mut container);
        created(&mut container);
        assert_eq!(
            (container.state.status.as_str(), container.state.pid),
            ("Created", -1)
        );
        running(&mut container, 1);
        assert!(is_up(&container));
        paused(&mut container);
        assert!(container.state.paused && !container.state.running && is_up(&container));
        assert_eq!(container.state.pid, 1);
        unpaused(&mut container);
        exited(&mut container, 3, "why");
        assert!(container.state.exited && !is_up(&container));
        assert_eq!(
            (container.state.exit_code, container.state.error.as_str()),
            (3, "why")
        );
        assert!(!container.state.started_at.is_empty() && !container.state.finished_at.is_empty());
        running(&mut container, 1);
        assert_eq!(
            (container.state.exit_code, container.state.error.as_str()),
            (0, "")
        );
        stopped(&mut container, 137, "");
        assert!(!container.state.exited);
        dead(&mut container);
        assert!(container.state.dead);
    }

    #[test]
    fn uptimes() {
        let up = |started: &str, finished: &str| {
            let mut container = Container::new();
            let state = container.state.mut_or_insert_default();
            started.clone_into(&mut state.started_at);
            finished.clone_into(&mut state.finished_at);
            uptime(&container).as_millis()
        };
        let noon = "2024-06-01T12:00:00Z";
        assert_eq!(up(noon, "2024-06-01T12:00:01.5Z"), 1500);
        assert_eq!(up(noon, "2024-06-01T11:00:00Z"), 0, "set back meanwhile");
        assert_eq!((up("", noon), up(noon, "")), (0, 0));
    }
}
