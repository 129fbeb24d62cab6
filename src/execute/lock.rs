//! One deployer at a time: an advisory lock on the directory that holds Kanto-CM's socket.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use log::{info, warn};

use crate::sys::flock::{lock_directory, lock_holder, DirectoryLock};
use crate::sys::signals::StopSignal;
use crate::text::{at_most, printable_path};

const LOOK_EVERY: Duration = Duration::from_millis(100);
const LOG_EVERY: Duration = Duration::from_secs(60);

/// Held for as long as this lives. Where the directory cannot be locked at all, it is held by name only.
#[derive(Debug)]
pub(super) struct Lock {
    directory: PathBuf,
    lock: Option<DirectoryLock>,
}

/// Why the lock cannot be had.
pub(super) enum LockError {
    /// Another deployer held it for too long.
    Busy(String),
    /// A signal said to end.
    Stopped,
}

impl Lock {
    /// Takes the lock for Kanto-CM's `socket`, and waits for it `timeout` at most.
    pub(super) fn take(
        socket: &Path,
        timeout: Duration,
        stop: &StopSignal,
    ) -> Result<Lock, LockError> {
        let directory = directory_of(socket);
        let shown = printable_path(&directory);
        let begin = Instant::now();
        let mut next_line = Duration::ZERO;
        loop {
            match lock_directory(&directory) {
                Ok(Some(lock)) => {
                    return Ok(Lock {
                        directory,
                        lock: Some(lock),
                    })
                }
                Ok(None) => {}
                Err(error) => {
                    warn!("cannot lock {shown}: {error}; going on without a lock, so another deployer may interfere");
                    return Ok(Lock {
                        directory,
                        lock: None,
                    });
                }
            }
            if begin.elapsed() >= timeout {
                let holder = holder(&directory);
                return Err(LockError::Busy(format!(
                    "another deployer is at work: it holds the lock on {shown}{holder}"
                )));
            }
            if begin.elapsed() >= next_line {
                next_line = begin.elapsed() + LOG_EVERY;
                let (limit, holder) = (at_most(timeout), holder(&directory));
                info!("another deployer is at work, waiting until it has finished{limit}{holder}");
            }
            if stop.sleep(LOOK_EVERY) {
                return Err(LockError::Stopped);
            }
        }
    }

    /// Is it still the lock for that socket? The directory may have been made again since.
    pub(super) fn holds_for(&self, socket: &Path) -> bool {
        let directory = directory_of(socket);
        let Some(lock) = &self.lock else {
            return directory == self.directory;
        };
        match (lock.metadata(), fs::metadata(&directory)) {
            (Ok(locked), Ok(now)) => (locked.dev(), locked.ino()) == (now.dev(), now.ino()),
            _ => false,
        }
    }
}

/// Symlinks resolved: two names of one socket have one lock.
fn directory_of(socket: &Path) -> PathBuf {
    let resolved = fs::canonicalize(socket).unwrap_or_else(|_| socket.to_owned());
    match resolved.parent() {
        Some(parent) if parent != Path::new("") => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Who holds the lock, as far as the kernel shows it: whoever may open the directory can.
fn holder(directory: &Path) -> String {
    match lock_holder(directory) {
        Some((pid, Some(user))) => format!(" (process {pid} of user {user})"),
        Some((pid, None)) => format!(" (process {pid})"),
        None => String::new(),
    }
}
