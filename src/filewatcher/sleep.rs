//! The one place where the watcher waits, without a timeout as long as nothing is due.

use std::os::fd::AsFd;
use std::time::Instant;

use super::watch::Watch;
use super::worker::Worker;
use crate::sys::poll::{poll, Event};
use crate::sys::signals::DaemonSignals;

/// What ended a sleep. Without any of these, the time has come.
#[derive(Debug)]
pub(super) struct Woken {
    pub(super) signal: bool,
    /// Which of the workers.
    pub(super) workers: Vec<bool>,
    pub(super) event: bool,
    pub(super) mount: bool,
}

/// Sleeps until something happens, or until `due`.
pub(super) fn sleep(
    signals: &DaemonSignals,
    workers: &[Worker],
    watch: &Watch,
    due: Option<Instant>,
) -> Woken {
    let mut waited_for = vec![(signals.wake.as_fd(), Event::Readable)];
    let results = workers.iter().map(Worker::results);
    waited_for.extend(results.map(|fd| (fd, Event::Readable)));
    let (events, mounts) = (watch.events(), watch.mounts(Instant::now()));
    waited_for.extend(events.map(|fd| (fd, Event::Readable)));
    waited_for.extend(mounts.map(|fd| (fd, Event::Changed)));
    let mut happened = poll(&waited_for, due).into_iter();
    let mut next = || happened.next() == Some(true);
    Woken {
        signal: next(),
        workers: workers.iter().map(|_| next()).collect(),
        event: events.is_some() && next(),
        mount: mounts.is_some() && next(),
    }
}
