//! The inotify instance and its watches. Each pass over the paths names what to watch; a watch that stays has no gap.

use std::collections::HashMap;
use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::{Path, PathBuf};

use inotify::{EventMask, Inotify, WatchDescriptor, WatchMask};

use super::paths::Kind;

/// Holds some hundred events; the longest has less than 300 bytes.
const BUFFER: usize = 4096;

pub(super) struct WatchSet {
    inotify: Inotify,
    entries: HashMap<WatchDescriptor, Watched>,
}

/// What one inode is watched for. Several paths may lead over it, each for another reason.
struct Watched {
    path: PathBuf,
    /// What this pass has asked for.
    requested: WatchMask,
    /// What the kernel watches for: never less than `requested`.
    kernel: WatchMask,
}

impl WatchSet {
    pub(super) fn new(inotify: Inotify) -> WatchSet {
        WatchSet {
            inotify,
            entries: HashMap::new(),
        }
    }

    pub(super) fn events(&self) -> BorrowedFd<'_> {
        self.inotify.as_fd()
    }

    /// Begins a pass.
    pub(super) fn begin(&mut self) {
        for watched in self.entries.values_mut() {
            watched.requested = WatchMask::empty();
        }
    }

    /// Watches what lies at `path` now; of a symlink itself, not what it leads to.
    pub(super) fn request(&mut self, path: &Path, kind: Kind) -> io::Result<()> {
        let requested = mask(kind);
        // Added to what it is watched for already: not even for a moment less.
        let add = requested | WatchMask::MASK_ADD | WatchMask::DONT_FOLLOW;
        let descriptor = self.inotify.watches().add(path, add)?;
        let watched = self.entries.entry(descriptor).or_insert_with(|| Watched {
            path: path.to_owned(),
            requested: WatchMask::empty(),
            kernel: WatchMask::empty(),
        });
        watched.requested |= requested;
        watched.kernel |= requested;
        if watched.path != path {
            path.clone_into(&mut watched.path);
        }
        Ok(())
    }

    /// Ends a pass: removes the watches that it did not ask for.
    pub(super) fn finish(&mut self) {
        let mut watches = self.inotify.watches();
        self.entries.retain(|descriptor, watched| {
            let is_requested = !watched.requested.is_empty();
            if !is_requested {
                // Fails for what the kernel forgot by itself, with the inode.
                let _ = watches.remove(descriptor.clone());
            }
            is_requested
        });
        self.narrow();
    }

    /// Takes from the kernel what an earlier pass asked for and this one did not.
    fn narrow(&mut self) {
        let mut watches = self.inotify.watches();
        let mut strangers = Vec::new();
        for (descriptor, watched) in &mut self.entries {
            if watched.kernel == watched.requested {
                continue;
            }
            match watches.add(&watched.path, watched.requested | WatchMask::DONT_FOLLOW) {
                Ok(same) if same == *descriptor => watched.kernel = watched.requested,
                // The path leads to another inode this very moment, of which there is an event: the next pass puts right
                // what it is watched for.
                Ok(stranger) => strangers.push((stranger, watched.path.clone(), watched.requested)),
                Err(_) => {}
            }
        }
        for (stranger, path, mask) in strangers {
            self.entries.entry(stranger).or_insert(Watched {
                path,
                requested: mask,
                kernel: mask,
            });
        }
    }

    /// Takes all events off the queue. Returns whether one of them may mean a change.
    pub(super) fn take_events(&mut self) -> io::Result<bool> {
        let mut buffer = [0; BUFFER];
        let mut changed = false;
        loop {
            match self.inotify.read_events(&mut buffer) {
                Ok(mut events) => changed |= events.any(|event| is_change(event.mask)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(changed),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// The end of a watch is none: it follows our own removal, or another event. A queue that was too short may hide one.
fn is_change(event: EventMask) -> bool {
    !event.contains(EventMask::IGNORED)
}

fn mask(kind: Kind) -> WatchMask {
    // Not for a directory's children, so that what goes on in a directory costs nothing.
    let itself = WatchMask::DELETE_SELF | WatchMask::MOVE_SELF;
    let written = WatchMask::MODIFY | WatchMask::CLOSE_WRITE;
    match kind {
        Kind::Passed => itself,
        Kind::Above => itself | WatchMask::DELETE,
        Kind::Waiting => itself | WatchMask::CREATE | WatchMask::MOVED_TO,
        // The link count, too: something that is open somewhere is only deleted when that is closed.
        Kind::Leaf => itself | WatchMask::ATTRIB,
        Kind::File => itself | WatchMask::ATTRIB | written,
        Kind::Directory => {
            let names = WatchMask::CREATE | WatchMask::DELETE | WatchMask::MOVE;
            // A process that has a deleted file open may write to it for long.
            itself | WatchMask::ATTRIB | written | names | WatchMask::EXCL_UNLINK
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_that_was_too_short_is_a_change() {
        assert!(is_change(EventMask::Q_OVERFLOW));
        assert!(is_change(EventMask::UNMOUNT));
        assert!(is_change(EventMask::DELETE_SELF));
        assert!(!is_change(EventMask::IGNORED));
    }
}
