//! The inotify instance, and what it watches for: gathered again in each pass over the ways, without a gap for what was
//! watched before and is wanted still.

use std::collections::HashMap;
use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::{Path, PathBuf};

use inotify::{EventMask, Inotify, WatchDescriptor, WatchMask};

use super::paths::Kind;

/// Holds some hundred events; the longest has less than 300 bytes.
const BUFFER: usize = 4096;

pub(super) struct Marks {
    inotify: Inotify,
    held: HashMap<WatchDescriptor, Mark>,
}

/// What one inode is watched for; several ways may want it, each for something else.
struct Mark {
    path: PathBuf,
    /// In this pass.
    wanted: WatchMask,
    /// What the kernel has: never less.
    kernel: WatchMask,
}

impl Marks {
    pub(super) fn new(inotify: Inotify) -> Marks {
        let held = HashMap::new();
        Marks { inotify, held }
    }

    pub(super) fn events(&self) -> BorrowedFd<'_> {
        self.inotify.as_fd()
    }

    /// Begins a pass.
    pub(super) fn begin(&mut self) {
        for mark in self.held.values_mut() {
            mark.wanted = WatchMask::empty();
        }
    }

    /// Watches what lies at `path` now; of a symlink itself, not what it leads to.
    pub(super) fn want(&mut self, path: &Path, kind: Kind) -> io::Result<()> {
        let wanted = mask(kind);
        // Added to what it is watched for already: not even for a moment less.
        let add = wanted | WatchMask::MASK_ADD | WatchMask::DONT_FOLLOW;
        let descriptor = self.inotify.watches().add(path, add)?;
        let mark = self.held.entry(descriptor).or_insert_with(|| Mark {
            path: path.to_owned(),
            wanted: WatchMask::empty(),
            kernel: WatchMask::empty(),
        });
        mark.wanted |= wanted;
        mark.kernel |= wanted;
        if mark.path != path {
            path.clone_into(&mut mark.path);
        }
        Ok(())
    }

    /// Ends a pass: what nobody wanted in it is not watched any longer.
    pub(super) fn finish(&mut self) {
        let mut watches = self.inotify.watches();
        self.held.retain(|descriptor, mark| {
            let is_wanted = !mark.wanted.is_empty();
            if !is_wanted {
                // Fails for what the kernel forgot by itself, with the inode.
                let _ = watches.remove(descriptor.clone());
            }
            is_wanted
        });
        self.narrow();
    }

    /// Takes from the kernel what was wanted before and is not any more.
    fn narrow(&mut self) {
        let mut watches = self.inotify.watches();
        let mut strangers = Vec::new();
        for (descriptor, mark) in &mut self.held {
            if mark.kernel == mark.wanted {
                continue;
            }
            match watches.add(&mark.path, mark.wanted | WatchMask::DONT_FOLLOW) {
                Ok(same) if same == *descriptor => mark.kernel = mark.wanted,
                // The path leads to another inode this very moment, of which there is an event: the next pass puts right
                // what it is watched for.
                Ok(stranger) => strangers.push((stranger, mark.path.clone(), mark.wanted)),
                Err(_) => {}
            }
        }
        for (stranger, path, mask) in strangers {
            self.held.entry(stranger).or_insert(Mark {
                path,
                wanted: mask,
                kernel: mask,
            });
        }
    }

    /// Takes all events off the queue: was there one that means something?
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

/// Not that something is watched no longer: that follows our own removing of a watch, or another event. A queue that was
/// too short is a change.
fn is_change(event: EventMask) -> bool {
    !event.contains(EventMask::IGNORED)
}

fn mask(kind: Kind) -> WatchMask {
    // Not of a directory's children, so what goes on in a directory costs nothing.
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
            // A deleted file may be written to for long by who still has it open.
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
