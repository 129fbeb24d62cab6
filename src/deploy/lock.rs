//! One deployer at a time: an advisory lock on the directory that holds Kanto-CM's socket.

use std::fs::File;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use log::{info, warn};
use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};

use super::deployer::Broken;
use crate::signals::StopSignal;
use crate::text::{at_most, printable};

const LOOK_EVERY: Duration = Duration::from_millis(100);

/// The lock, which the deployments of this process hold together.
#[derive(Debug, Default)]
pub struct SharedLock(Mutex<Held>);

#[derive(Debug, Default)]
struct Held {
    file: Option<Flock<File>>,
    /// Deployments of this process.
    by: usize,
}

/// Held for as long as this lives.
pub(super) struct Lock<'a>(&'a SharedLock);

impl Drop for Lock<'_> {
    fn drop(&mut self) {
        let mut held = self.0.held();
        held.by -= 1;
        if held.by == 0 {
            held.file = None;
        }
    }
}

/// The lock, taken.
pub(super) struct Taken<'a> {
    pub(super) lock: Lock<'a>,
    /// Somebody else has been at work: what was listed before may be out of date.
    pub(super) is_stale: bool,
}

impl SharedLock {
    /// Takes the lock for Kanto-CM's `socket`, and waits for it `timeout` at most. Where the directory cannot be locked at all
    /// it goes on without, with a warning. `read_anew` is called where no other deployment of this process holds it, before any
    /// can; it tells whether another process has been at work.
    pub(super) fn take(
        &self,
        socket: &Path,
        timeout: Duration,
        stop: &StopSignal,
        read_anew: &dyn Fn() -> bool,
    ) -> Result<Taken<'_>, Broken> {
        let directory = match socket.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        let shown = printable(&directory.to_string_lossy());
        let begin = Instant::now();
        let mut waited = false;
        loop {
            if let Some(taken) = self.try_take(directory, &shown, waited, read_anew) {
                return Ok(taken);
            }
            if begin.elapsed() >= timeout {
                return Err(Broken::Locked(format!(
                    "another deployer is at work: it holds the lock on {shown}"
                )));
            }
            if !std::mem::replace(&mut waited, true) {
                let most = at_most(timeout);
                info!("another deployer is at work, waiting until it has finished{most}");
            }
            if stop.sleep(LOOK_EVERY) {
                return Err(Broken::Stopped);
            }
        }
    }

    fn try_take(
        &self,
        directory: &Path,
        shown: &str,
        waited: bool,
        read_anew: &dyn Fn() -> bool,
    ) -> Option<Taken<'_>> {
        let mut held = self.held();
        let mut is_stale = waited;
        if held.by == 0 {
            match try_lock(directory) {
                Ok(Attempt::Got(file)) => held.file = Some(file),
                Ok(Attempt::Busy) => return None,
                Err(error) => {
                    warn!("cannot keep other deployers away by a lock on {shown}: {error}");
                }
            }
            is_stale |= read_anew();
        }
        held.by += 1;
        let lock = Lock(self);
        Some(Taken { lock, is_stale })
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Attempt {
    Got(Flock<File>),
    Busy,
}

fn try_lock(directory: &Path) -> Result<Attempt, String> {
    let file = File::open(directory).map_err(|error| error.to_string())?;
    match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
        Ok(lock) => Ok(Attempt::Got(lock)),
        Err((_, Errno::EWOULDBLOCK | Errno::EINTR)) => Ok(Attempt::Busy),
        Err((_, error)) => Err(error.to_string()),
    }
}
