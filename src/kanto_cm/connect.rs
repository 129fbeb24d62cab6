//! Waits until Kanto-CM's socket takes connections and its first List is answered, and finds out whose process that is.

use std::fs;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;
use std::time::{Duration, Instant};

use log::{debug, info};

use super::{CallError, Client, Peer};
use crate::container::Observed;
use crate::sys::signals::StopSignal;
use crate::sys::{errno, limits, Errno};
use crate::text::{at_most, printable_path};

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// Kanto-CM answers a List at once, but for one that is deadlocked.
const LONGEST_LIST: Duration = Duration::from_secs(10);
const SHORTEST_LIST: Duration = Duration::from_secs(1);

/// How to reach Kanto-CM, and how long to wait for it.
#[derive(Clone)]
pub struct Waiting<'a> {
    /// Kanto-CM's socket.
    pub socket: &'a Path,
    /// How long to try; 0: once, [`Duration::MAX`]: for ever.
    pub connect_timeout: Duration,
    /// How many calls are made at a time.
    pub jobs: usize,
    /// Deadline of one Create.
    pub create_timeout: Duration,
    /// This signal ends the waiting.
    pub stop: &'a StopSignal,
    /// This signal limits the waiting to this time.
    pub end_soon: Option<(&'a StopSignal, Duration)>,
    /// Is the Kanto-CM of this process ready, so that its List is complete? Called right before a List.
    pub is_ready: &'a dyn Fn(Option<Peer>) -> bool,
}

/// Why there is no connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConnectError {
    /// There was none in time; the reason of the last failure.
    TimedOut(String),
    /// A signal ended the waiting.
    Stopped,
}

/// Connects with growing pauses between the tries. Returns the first List that was answered, and whether Kanto-CM was ready
/// before it. Something else than a socket, or one that this user may not open, ends the waiting at once, unless the time is
/// unlimited.
pub fn connect(waiting: &Waiting) -> Result<(Client, Vec<Observed>, bool), ConnectError> {
    let begin = Instant::now();
    let mut pause = FIRST_PAUSE;
    let mut has_logged = false;
    let (mut timeout, mut end_soon) = (waiting.connect_timeout, waiting.end_soon);
    loop {
        let remaining = timeout.saturating_sub(begin.elapsed());
        let (reason, is_lasting) = match try_once(waiting, remaining) {
            Ok(connected) => return Ok(connected),
            Err(failed) => failed,
        };
        if waiting.stop.received().is_some() {
            return Err(ConnectError::Stopped);
        }
        if let Some((_, rest)) = end_soon.filter(|(signal, _)| signal.received().is_some()) {
            end_soon = None;
            timeout = timeout.min(begin.elapsed().saturating_add(rest));
        }
        let remaining = timeout.saturating_sub(begin.elapsed());
        if is_lasting {
            return Err(ConnectError::TimedOut(reason));
        }
        if remaining.is_zero() {
            let reason = format!("{reason}: see systemctl status container-management");
            return Err(ConnectError::TimedOut(reason));
        }
        if has_logged {
            debug!("still waiting for Kanto-CM: {reason}");
        } else {
            let is_limited = waiting.connect_timeout < Duration::MAX;
            let limit = at_most(if is_limited { remaining } else { Duration::MAX });
            info!("waiting for Kanto-CM{limit}: {reason}");
            has_logged = true;
        }
        if waiting.stop.sleep(pause.min(remaining)) {
            return Err(ConnectError::Stopped);
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Tries to connect. An error is the reason, and whether more tries are pointless.
fn try_once(
    waiting: &Waiting,
    remaining: Duration,
) -> Result<(Client, Vec<Observed>, bool), (String, bool)> {
    // gRPC would back off by its own, coarser rules from a socket that is not there yet: ask the socket itself first.
    let peer = Peer::at(waiting.socket).map_err(|error| {
        let socket = printable_path(waiting.socket);
        // In the end somebody may put one there, or change its mode.
        let is_limited = waiting.connect_timeout < Duration::MAX;
        if errno(&error) == Some(Errno::EACCES) {
            let reason = format!("cannot connect to {socket}: {error}: run this program as root");
            return (reason, is_limited);
        }
        if is_no_socket(waiting.socket) {
            let reason = format!("{socket} is no socket, see --socket-cm");
            return (reason, is_limited);
        }
        if errno(&error) == Some(Errno::EPERM) {
            let reason = format!(
                "the process that listens at {socket} runs as neither root nor this user, and gets no manifests"
            );
            return (reason, false);
        }
        (format!("cannot connect to {socket}: {error}"), false)
    })?;
    limits::check_core(waiting.jobs).map_err(|missing| (missing, true))?;
    let client = Client::new(
        waiting.socket,
        peer,
        waiting.create_timeout,
        waiting.stop.clone(),
    );
    let is_ready = (waiting.is_ready)(peer);
    let deadline = remaining.clamp(SHORTEST_LIST, LONGEST_LIST);
    match client.list_within(deadline) {
        Ok(existing) => Ok((client, existing, is_ready)),
        Err(CallError::NoAnswer) => {
            let reason = format!("a List was not answered within {} s", deadline.as_secs());
            Err((reason, false))
        }
        Err(error) => Err((error.to_string(), false)),
    }
}

/// Is something else than a socket at that path?
fn is_no_socket(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| !metadata.file_type().is_socket())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Waits for a socket that never comes.
    fn wait_in_vain(connect_timeout: Duration, end_soon: Option<(&StopSignal, Duration)>) -> bool {
        let waiting = Waiting {
            socket: Path::new("/nonexistent/cm.sock"),
            connect_timeout,
            jobs: 1,
            create_timeout: Duration::ZERO,
            stop: &StopSignal::default(),
            end_soon,
            is_ready: &|_| true,
        };
        matches!(connect(&waiting), Err(ConnectError::TimedOut(_)))
    }

    #[test]
    fn a_signal_can_leave_it_some_time() {
        let signal = StopSignal::default();
        signal.raise();
        let rest = Duration::from_millis(100);
        let begin = Instant::now();
        assert!(wait_in_vain(Duration::MAX, Some((&signal, rest))));
        assert!(begin.elapsed() >= rest);
        // But never more than it had.
        assert!(wait_in_vain(Duration::ZERO, Some((&signal, Duration::MAX))));
    }
}
