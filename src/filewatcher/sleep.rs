//! The one place where the watcher waits: poll(2), without a timeout as long as nothing is due.

use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use nix::poll::{poll, PollFd, PollFlags, PollTimeout};

use super::watch::Watch;
use super::worker::Worker;
use crate::sys::signals::DaemonSignals;

/// What has ended a sleep; nothing: it is time.
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
    let mut polled = vec![PollFd::new(signals.wake.as_fd(), PollFlags::POLLIN)];
    let results = workers.iter().map(Worker::results);
    polled.extend(results.map(|fd| PollFd::new(fd, PollFlags::POLLIN)));
    let (events, mounts) = (watch.events(), watch.mounts(Instant::now()));
    polled.extend(events.map(|fd| PollFd::new(fd, PollFlags::POLLIN)));
    polled.extend(mounts.map(|fd| PollFd::new(fd, PollFlags::POLLPRI | PollFlags::POLLERR)));
    // It fails when a signal comes, which is in the pipe then.
    let _ = poll(&mut polled, timeout(due));
    let mut happened = polled.iter().map(|fd| fd.any() == Some(true));
    let mut next = || happened.next() == Some(true);
    Woken {
        signal: next(),
        workers: workers.iter().map(|_| next()).collect(),
        event: events.is_some() && next(),
        mount: mounts.is_some() && next(),
    }
}

fn timeout(due: Option<Instant>) -> PollTimeout {
    let Some(due) = due else {
        return PollTimeout::NONE;
    };
    // Rounded up: not to come too early, and find that nothing is due.
    let left = due.saturating_duration_since(Instant::now()) + Duration::from_micros(999);
    PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX)
}
