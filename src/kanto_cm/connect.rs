//! Waits until Kanto-CM's socket takes connections and its first List is answered, and tells whose process that is.

use std::io;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use log::{debug, warn};
use nix::sys::socket::{getsockopt, sockopt::PeerCredentials};

use super::{CallError, Client, Existing, KantoCm};
use crate::signals::StopSignal;

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// How to reach Kanto-CM, and how long to wait for it.
#[derive(Debug, Clone)]
pub struct Waiting<'a> {
    /// Kanto-CM's socket.
    pub socket: &'a Path,
    /// How long to try; 0: once.
    pub connect_timeout: Duration,
    /// Deadline of one Create of the client that comes out.
    pub create_timeout: Duration,
    /// Ends the waiting.
    pub stop: &'a StopSignal,
}

/// Why there is no connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConnectError {
    /// Not within the time; what the last try brought.
    TimedOut(String),
    /// A signal said to end.
    Stopped,
}

/// Connects with growing pauses between the tries. Comes back with the first List that was answered.
pub fn connect(waiting: &Waiting) -> Result<(Client, Vec<Existing>), ConnectError> {
    let begin = Instant::now();
    let mut pause = FIRST_PAUSE;
    let mut told = false;
    loop {
        let reason = match try_once(waiting) {
            Ok(connected) => return Ok(connected),
            Err(reason) => reason,
        };
        let left = waiting.connect_timeout.saturating_sub(begin.elapsed());
        if left.is_zero() {
            return Err(ConnectError::TimedOut(reason));
        }
        if told {
            debug!("still waiting for Kanto-CM: {reason}");
        } else {
            warn!(
                "waiting for Kanto-CM, {} s at most: {reason}",
                left.as_secs_f32().ceil()
            );
            told = true;
        }
        if waiting.stop.sleep(pause.min(left)) {
            return Err(ConnectError::Stopped);
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

fn try_once(waiting: &Waiting) -> Result<(Client, Vec<Existing>), String> {
    // gRPC would back off by its own, coarser rules from a socket that is not there yet: ask the socket itself first.
    UnixStream::connect(waiting.socket).map_err(|error| describe(waiting.socket, &error))?;
    let client = Client::new(waiting.socket, waiting.create_timeout, waiting.stop.clone());
    match client.list() {
        Ok(existing) => Ok((client, existing)),
        Err(CallError::NoAnswer) => Err("a List was not answered".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

fn describe(socket: &Path, error: &io::Error) -> String {
    format!("cannot connect to {}: {error}", socket.display())
}

/// The process that listens on the socket; `None` where that cannot be told (it lives in another pid namespace).
pub fn process_of(socket: &Path) -> Option<i32> {
    let stream = UnixStream::connect(socket).ok()?;
    let pid = getsockopt(&stream, PeerCredentials).ok()?.pid();
    (pid > 0).then_some(pid)
}
