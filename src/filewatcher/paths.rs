//! Follows a path, symlink by symlink, as the kernel does. The caller watches each step before this module inspects it, so no
//! later change is missed.
//!
//! Limits: symlinks of /proc that are no paths (`/proc/self/fd/3` of a pipe) lead nowhere, and what has a path of more
//! than 4095 bytes once its symlinks are resolved counts as unreachable, even if the kernel gets there.

use std::ffi::{OsStr, OsString};
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use crate::sys::files::is_missing;

/// The kernel's own limit, after which it says ELOOP.
const MAX_LINKS: usize = 40;
/// A path that changes between all these looks is taken as last seen: more events will follow.
const MAX_LOOKS: usize = 8;

/// How a step of a path is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A directory that leads on: removed or moved?
    Passed,
    /// The directory above one that is empty: is that one removed? Only here one learns it at once, for a removed
    /// directory reports nothing itself while some process is in it. (One that is not empty reports first that what is in it
    /// is removed.) Costs a wake-up whenever something else that lies directly in the one above is deleted.
    Above,
    /// A directory that lacks the next name: does it come?
    Waiting,
    /// A symlink, or something in the way: replaced, removed or moved? What is written to it (a device, say) is not
    /// of interest.
    Leaf,
    /// A manifest.
    File,
    /// The manifests directory.
    Directory,
}

/// Device and inode.
pub(super) type Inode = (u64, u64);

/// Called with each step before it is inspected.
pub(super) type Watcher<'a> = dyn FnMut(&Path, Kind) + 'a;

/// Where a path ends. These paths have no symlinks.
#[derive(Debug)]
pub(super) enum End {
    Directory(PathBuf),
    File(PathBuf),
    /// Something is missing in this directory.
    Waiting(PathBuf),
    /// It ends at something else, or in a loop of symlinks.
    Nothing,
    /// It ends at something that cannot be inspected, though it may exist.
    Unreachable(PathBuf, io::Error),
}

/// What there is at a path.
enum Seen {
    Directory,
    Link(PathBuf),
    File,
    Other,
    Missing,
    Unreachable(io::Error),
}

pub(super) struct Walk<'a, 'w> {
    /// The directory reached.
    at: PathBuf,
    /// The names still to go, the next one last.
    rest: Vec<OsString>,
    /// As what a directory at the end is watched.
    directory: Kind,
    watch: &'a mut Watcher<'w>,
    inodes: &'a mut Vec<Option<Inode>>,
}

impl<'a, 'w> Walk<'a, 'w> {
    /// `from`: where relative paths begin; no symlink may be in it. `inodes`: is given all that the way leads over, None
    /// for what is missing.
    pub(super) fn new(
        from: &Path,
        path: &Path,
        directory: Kind,
        watch: &'a mut Watcher<'w>,
        inodes: &'a mut Vec<Option<Inode>>,
    ) -> Self {
        let mut walk = Walk {
            at: from.to_owned(),
            rest: Vec::new(),
            directory,
            watch,
            inodes,
        };
        walk.turn(path);
        walk
    }

    pub(super) fn go(mut self) -> End {
        let mut links = 0;
        while let Some(name) = self.rest.pop() {
            if name == ".." {
                above(self.watch, &self.at);
                self.at.pop();
                continue;
            }
            let next = self.at.join(name);
            match self.enter(&next) {
                Seen::Directory => self.at = next,
                Seen::Link(target) if links < MAX_LINKS => {
                    links += 1;
                    self.turn(&target);
                }
                Seen::File if self.rest.is_empty() => return End::File(next),
                Seen::Link(_) | Seen::File | Seen::Other => return End::Nothing,
                Seen::Missing => return End::Waiting(self.at),
                Seen::Unreachable(error) => return End::Unreachable(next, error),
            }
        }
        // Once more, for ways that end with `..` or at the root.
        announce(self.watch, &self.at, self.directory);
        End::Directory(self.at)
    }

    /// Continues with a path, such as the target of a symlink in the directory reached.
    fn turn(&mut self, path: &Path) {
        if path.is_absolute() {
            self.at = PathBuf::from("/");
        }
        let names = path.components().filter_map(|component| match component {
            Component::Normal(name) => Some(name),
            Component::ParentDir => Some(OsStr::new("..")),
            Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
        });
        self.rest.extend(names.rev().map(OsStr::to_owned));
    }

    /// Inspects the next step until it is of the kind as which it is watched.
    fn enter(&mut self, next: &Path) -> Seen {
        let mut kind = Kind::Passed;
        let mut looks = 0;
        loop {
            announce(self.watch, next, kind);
            let (seen, inode) = look(next);
            looks += 1;
            match self.kind(&seen) {
                Some(fitting) if fitting != kind && looks < MAX_LOOKS => kind = fitting,
                _ => {
                    self.inodes.push(inode);
                    return seen;
                }
            }
        }
    }

    /// Returns how it is watched; `None`: it cannot be.
    fn kind(&self, seen: &Seen) -> Option<Kind> {
        let is_last = self.rest.is_empty();
        match seen {
            Seen::Directory if is_last => Some(self.directory),
            Seen::Directory => Some(Kind::Passed),
            Seen::File if is_last => Some(Kind::File),
            Seen::Link(_) | Seen::File | Seen::Other => Some(Kind::Leaf),
            Seen::Missing => Some(Kind::Waiting),
            Seen::Unreachable(_) => None,
        }
    }
}

/// `kind`: that of `path`, or Waiting for it.
fn announce(watch: &mut Watcher<'_>, path: &Path, kind: Kind) {
    match (kind, path.parent()) {
        (Kind::Waiting, Some(parent)) => {
            above(watch, parent);
            watch(parent, Kind::Waiting);
        }
        (Kind::Directory, _) => {
            watch(path, Kind::Directory);
            if is_empty(path) {
                above(watch, path);
            }
        }
        _ => watch(path, kind),
    }
}

fn is_empty(directory: &Path) -> bool {
    fs::read_dir(directory).map_or(true, |mut entries| entries.next().is_none())
}

fn above(watch: &mut Watcher<'_>, directory: &Path) {
    if let Some(parent) = directory.parent() {
        watch(parent, Kind::Above);
    }
}

fn look(path: &Path) -> (Seen, Option<Inode>) {
    match fs::symlink_metadata(path) {
        Ok(metadata) => match what_is(path, &metadata) {
            Ok(seen) => (seen, Some((metadata.dev(), metadata.ino()))),
            // No symlink any more: looked at once more, as is what is missing.
            Err(_) => (Seen::Missing, None),
        },
        Err(error) if is_missing(&error) => (Seen::Missing, None),
        Err(error) => (Seen::Unreachable(error), None),
    }
}

fn what_is(path: &Path, metadata: &Metadata) -> io::Result<Seen> {
    Ok(if metadata.is_dir() {
        Seen::Directory
    } else if metadata.is_symlink() {
        Seen::Link(fs::read_link(path)?)
    } else if metadata.is_file() {
        Seen::File
    } else {
        Seen::Other
    })
}

#[cfg(test)]
mod tests;
