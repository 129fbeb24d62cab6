//! Waits for file descriptors, by poll(2).

use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout};

/// What to wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    /// Something can be read.
    Readable,
    /// The kernel reports a change, as it does for /proc/self/mountinfo.
    Changed,
}

/// Waits until one of the events comes, or until `due`; without it, for as long as it takes. Returns which of them have come.
pub(crate) fn poll(waited_for: &[(BorrowedFd<'_>, Event)], due: Option<Instant>) -> Vec<bool> {
    let mut polled: Vec<PollFd> = Vec::with_capacity(waited_for.len());
    polled.extend(waited_for.iter().map(|(fd, event)| {
        let flags = match event {
            Event::Readable => PollFlags::POLLIN,
            Event::Changed => PollFlags::POLLPRI | PollFlags::POLLERR,
        };
        PollFd::new(*fd, flags)
    }));
    // A signal makes it fail. Its pipe can be read from then.
    let _ = nix::poll::poll(&mut polled, timeout(due));
    polled.iter().map(|fd| fd.any() == Some(true)).collect()
}

fn timeout(due: Option<Instant>) -> PollTimeout {
    let Some(due) = due else {
        return PollTimeout::NONE;
    };
    // Rounded up: an earlier end would find nothing due.
    let remaining = due.saturating_duration_since(Instant::now()) + Duration::from_micros(999);
    PollTimeout::try_from(remaining).unwrap_or(PollTimeout::MAX)
}
