//! One deployer at a time: an advisory lock on the directory that holds Kanto-CM's socket.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use log::{info, warn};
use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};

use crate::signals::StopSignal;
use crate::text::{at_most, printable};

const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Held for as long as this lives. Where the directory cannot be locked at all, it is held by name only.
#[derive(Debug)]
pub(super) struct Lock {
    directory: PathBuf,
    file: Option<Flock<File>>,
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
        let shown = printable(&directory.to_string_lossy());
        let begin = Instant::now();
        let mut waits = false;
        loop {
            match try_lock(&directory) {
                Ok(file) => {
                    return Ok(Lock {
                        directory,
                        file: Some(file),
                    })
                }
                Err(Attempt::Busy) => {}
                Err(Attempt::Impossible(error)) => {
                    warn!("cannot keep other deployers away: cannot lock {shown}: {error}");
                    return Ok(Lock {
                        directory,
                        file: None,
                    });
                }
            }
            if begin.elapsed() >= timeout {
                return Err(LockError::Busy(format!(
                    "another deployer is at work: it holds the lock on {shown}"
                )));
            }
            if !std::mem::replace(&mut waits, true) {
                let limit = at_most(timeout);
                info!("another deployer is at work, waiting until it has finished{limit}");
            }
            if stop.sleep(LOOK_EVERY) {
                return Err(LockError::Stopped);
            }
        }
    }

    /// Is it still the lock for that socket? The directory may have been made again since.
    pub(super) fn holds_for(&self, socket: &Path) -> bool {
        use std::os::unix::fs::MetadataExt;
        let directory = directory_of(socket);
        let Some(file) = &self.file else {
            return directory == self.directory;
        };
        match (file.metadata(), fs::metadata(&directory)) {
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

enum Attempt {
    Busy,
    Impossible(String),
}

fn try_lock(directory: &Path) -> Result<Flock<File>, Attempt> {
    let file = File::open(directory).map_err(|error| Attempt::Impossible(error.to_string()))?;
    Flock::lock(file, FlockArg::LockExclusiveNonblock).map_err(|(_, error)| match error {
        Errno::EWOULDBLOCK | Errno::EINTR => Attempt::Busy,
        error => Attempt::Impossible(error.to_string()),
    })
}
