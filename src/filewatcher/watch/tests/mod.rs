//! On real files; no sleeps: the call that causes an event returns when the event is in the queue.

#![allow(clippy::unwrap_used)]

mod changes;
mod links;
mod mounts;
mod neighbours;
mod socket;
mod trouble;
mod ways;

use std::fs;
use std::os::unix::fs::symlink;

use nix::poll::{poll, PollFd, PollFlags};
use tempfile::TempDir;

use super::*;

/// A directory of its own, and a watch of something in it. There is one more above it, in which no other test deletes.
struct Probe {
    above: TempDir,
    watch: Watch,
}

impl Probe {
    /// Watches `path`. The entries are made before: directories end with `/`, symlinks are `name -> target`.
    fn new(path: &str, entries: &[&str]) -> Probe {
        Probe::with_socket(path, "/", entries)
    }

    /// Watches a socket, too.
    fn with_socket(path: &str, socket: &str, entries: &[&str]) -> Probe {
        let above = TempDir::new().unwrap();
        let root = above.path().join("root");
        let watch = Watch::new(&[root.join(path)], &root.join(socket));
        let mut probe = Probe { above, watch };
        probe.make("");
        for entry in entries {
            if let Some((name, target)) = entry.split_once(" -> ") {
                probe.link(target, name);
            } else if entry.ends_with('/') {
                probe.make(entry);
            } else {
                probe.write(entry);
            }
        }
        probe.watch.follow();
        assert_eq!(probe.watch.look_every(), None);
        probe
    }

    /// An empty manifests directory `d/m`.
    fn empty() -> Probe {
        Probe::new("d/m", &["d/m/"])
    }

    /// The change must be noticed, and following it must leave nothing behind.
    fn notices(&mut self, change: impl FnOnce(&Probe)) {
        assert!(!self.watch.take_events(), "something before the change");
        change(self);
        assert!(self.is_readable(), "no event");
        assert!(self.watch.take_events(), "no event that counts");
        self.watch.follow();
        assert!(!self.watch.take_events(), "following causes events");
        assert!(!self.is_readable());
        assert!(!self.watch.leads_elsewhere());
        assert_eq!(self.watch.look_every(), None);
    }

    /// Nothing that happens wakes the daemon.
    fn sleeps_through(&mut self, change: impl FnOnce(&Probe)) {
        assert!(!self.watch.take_events(), "something before");
        change(self);
        assert!(!self.is_readable(), "woken by what is not of interest");
    }

    fn is_readable(&self) -> bool {
        is_ready(self.watch.events().unwrap(), PollFlags::POLLIN)
    }

    fn at(&self, path: &str) -> PathBuf {
        self.above.path().join("root").join(path)
    }

    fn write(&self, path: &str) {
        fs::write(self.at(path), path).unwrap();
    }

    fn make(&self, path: &str) {
        fs::create_dir_all(self.at(path)).unwrap();
    }

    fn link(&self, target: &str, path: &str) {
        symlink(target, self.at(path)).unwrap();
    }

    fn hard_link(&self, from: &str, path: &str) {
        fs::hard_link(self.at(from), self.at(path)).unwrap();
    }

    fn rename(&self, from: &str, to: &str) {
        fs::rename(self.at(from), self.at(to)).unwrap();
    }

    fn remove(&self, path: &str) {
        fs::remove_file(self.at(path)).unwrap();
    }

    fn remove_all(&self, path: &str) {
        fs::remove_dir_all(self.at(path)).unwrap();
    }
}

fn is_ready(fd: BorrowedFd<'_>, flags: PollFlags) -> bool {
    poll(&mut [PollFd::new(fd, flags)], 0_u8).unwrap() == 1
}
