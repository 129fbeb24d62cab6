//! An advisory lock on a directory, and who holds it.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use nix::fcntl::{Flock, FlockArg};

use super::Errno;

/// Released when this is dropped.
pub(crate) type DirectoryLock = Flock<File>;

/// Locks a directory. `None`: another process holds its lock.
pub(crate) fn lock_directory(directory: &Path) -> io::Result<Option<DirectoryLock>> {
    let file = File::open(directory)?;
    match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
        Ok(lock) => Ok(Some(lock)),
        Err((_, Errno::EWOULDBLOCK | Errno::EINTR)) => Ok(None),
        Err((_, error)) => Err(error.into()),
    }
}

/// The process that holds a directory's lock, and its user, as far as the kernel shows them.
pub(crate) fn lock_holder(directory: &Path) -> Option<(u32, Option<u32>)> {
    let locks = fs::read_to_string("/proc/locks").ok()?;
    let inode = fs::metadata(directory).ok()?.ino();
    let pid = locks.lines().find_map(|line| parse_holder(line, inode))?;
    let process = fs::metadata(format!("/proc/{pid}"));
    Some((pid, process.ok().map(|process| process.uid())))
}

/// A line is `1: FLOCK  ADVISORY  WRITE 1234 fd:01:5678 0 EOF`, the inode last of the three.
fn parse_holder(line: &str, inode: u64) -> Option<u32> {
    let mut words = line.split_whitespace().skip(1);
    if words.next()? != "FLOCK" {
        return None;
    }
    let (pid, file) = (words.nth(2)?, words.next()?);
    if file.rsplit_once(':')?.1.parse() != Ok(inode) {
        return None;
    }
    pid.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_holder_is_in_the_line_of_the_inode() {
        let line = "7: FLOCK  ADVISORY  WRITE 1234 fd:01:5678 0 EOF";
        assert_eq!(parse_holder(line, 5678), Some(1234));
        assert_eq!(parse_holder(line, 678), None);
        assert_eq!(parse_holder(&line.replace("FLOCK", "POSIX"), 5678), None);
        // A process that waits for the lock.
        assert_eq!(parse_holder(&line.replace("7: ", "7: -> "), 5678), None);
        assert_eq!(parse_holder("", 0), None);
    }

    #[test]
    fn a_locked_directory_is_not_locked_twice() {
        let directory = tempfile::TempDir::new().unwrap();
        let lock = lock_directory(directory.path()).unwrap();
        assert!(lock.is_some());
        assert!(lock_directory(directory.path()).unwrap().is_none());
        let (pid, user) = lock_holder(directory.path()).unwrap();
        assert_eq!(pid, std::process::id());
        assert_eq!(user, Some(nix::unistd::geteuid().as_raw()));
        drop(lock);
        assert!(lock_directory(directory.path()).unwrap().is_some());
    }
}
