//! One deployer at a time: an advisory lock on the directory that holds Kanto-CM's socket.

use std::fs::File;
use std::path::Path;
use std::time::{Duration, Instant};

use log::{info, warn};
use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};

use super::deployer::Broken;
use crate::signals::StopSignal;
use crate::text::printable;

const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Held for as long as this lives.
pub(super) struct Lock {
    _file: Option<Flock<File>>,
    /// Somebody else held it: what was listed before may be out of date.
    pub(super) waited: bool,
}

/// Takes the lock for Kanto-CM's `socket`, and waits for it `timeout` at most. Where the directory cannot be locked at all
/// it goes on without, with a warning.
pub(super) fn lock(socket: &Path, timeout: Duration, stop: &StopSignal) -> Result<Lock, Broken> {
    let directory = match socket.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let shown = printable(&directory.to_string_lossy());
    let begin = Instant::now();
    let mut waited = false;
    let mut taken = File::open(directory)
        .map_err(|error| error.to_string())
        .and_then(try_lock);
    loop {
        let file = match taken {
            Ok(Attempt::Got(lock)) => {
                return Ok(Lock {
                    _file: Some(lock),
                    waited,
                })
            }
            Ok(Attempt::Busy(file)) => file,
            Err(error) => {
                warn!("cannot keep other deployers away by a lock on {shown}: {error}");
                return Ok(Lock {
                    _file: None,
                    waited,
                });
            }
        };
        if begin.elapsed() >= timeout {
            return Err(Broken::Locked(format!(
                "another deployer is at work: it holds the lock on {shown}"
            )));
        }
        if !waited {
            info!(
                "another deployer is at work, waiting until it has finished, {} s at most",
                timeout.as_secs()
            );
            waited = true;
        }
        if stop.sleep(LOOK_EVERY) {
            return Err(Broken::Stopped);
        }
        taken = try_lock(file);
    }
}

enum Attempt {
    Got(Flock<File>),
    Busy(File),
}

fn try_lock(file: File) -> Result<Attempt, String> {
    match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
        Ok(lock) => Ok(Attempt::Got(lock)),
        Err((file, Errno::EWOULDBLOCK | Errno::EINTR)) => Ok(Attempt::Busy(file)),
        Err((_, error)) => Err(error.to_string()),
    }
}
