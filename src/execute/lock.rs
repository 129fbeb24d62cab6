//! One deployer at a time: an advisory lock on the directory that holds Kanto-CM's socket.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use log::{info, warn};
use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};

use crate::sys::signals::StopSignal;
use crate::text::{at_most, printable};

const LOOK_EVERY: Duration = Duration::from_millis(100);
const LOG_EVERY: Duration = Duration::from_secs(60);

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
        let mut next_line = Duration::ZERO;
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

/// Who holds the lock, as far as the kernel shows it: whoever may open the directory can.
fn holder(directory: &Path) -> String {
    let locks = fs::read_to_string("/proc/locks").unwrap_or_default();
    let inode = fs::metadata(directory).map_or(0, |metadata| metadata.ino());
    let pid = locks.lines().find_map(|line| pid_of(line, inode));
    pid.map_or_else(String::new, |pid| {
        let process = fs::metadata(format!("/proc/{pid}"));
        let user = process.map_or(String::new(), |process| {
            format!(" of user {}", process.uid())
        });
        format!(" (process {pid}{user})")
    })
}

/// A line is `1: FLOCK  ADVISORY  WRITE 1234 fd:01:5678 0 EOF`, the inode last of the three.
fn pid_of(line: &str, inode: u64) -> Option<u32> {
    let mut words = line.split_whitespace().skip(1);
    if words.next()? != "FLOCK" {
        return None;
    }
    let (pid, file) = (words.nth(2)?, words.next()?);
    let is_it = file.rsplit_once(':')?.1.parse() == Ok(inode);
    pid.parse().ok().filter(|_| is_it)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_holder_is_in_the_line_of_the_inode() {
        let line = "7: FLOCK  ADVISORY  WRITE 1234 fd:01:5678 0 EOF";
        assert_eq!(pid_of(line, 5678), Some(1234));
        assert_eq!(pid_of(line, 678), None);
        assert_eq!(pid_of(&line.replace("FLOCK", "POSIX"), 5678), None);
        // Who waits for it.
        assert_eq!(pid_of(&line.replace("7: ", "7: -> "), 5678), None);
        assert_eq!(pid_of("", 0), None);
    }
}
