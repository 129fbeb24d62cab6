//! Follows all paths: the one to each layer, from there those to each manifest and its drop-ins, and the one to Kanto-CM's socket.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use super::paths::{End, Inode, Kind, Walk, Watcher};
use crate::manifests_parser::{drop_in_directory_names, manifest_names};
use crate::sys::files::{beside, is_missing};

/// Where the paths lead.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// The inodes on the paths, in their order; `None`: missing.
    pub(super) inodes: Vec<Option<Inode>>,
    /// The directory, the manifests, and the directories in which something is missing.
    pub(super) ends: Vec<PathBuf>,
    /// The first path that cannot be inspected, though it may exist.
    pub(super) unreachable: Option<(PathBuf, io::Error)>,
    pub(super) has_manifests: bool,
}

/// Follows all paths, the one to the socket last.
pub(super) fn survey(layers: &[PathBuf], socket: &Path, watch: &mut Watcher<'_>) -> Survey {
    let mut survey = Survey::default();
    for path in layers {
        survey.go_to_layer(path, watch);
    }
    // Where it cannot be reached, whoever deploys says so.
    let inodes = &mut survey.inodes;
    Walk::new(Path::new("/"), socket, Kind::Passed, watch, inodes).go();
    survey
}

impl Survey {
    /// Are there manifests, and is nothing missing?
    pub(super) fn is_complete(&self) -> bool {
        self.has_manifests && self.unreachable.is_none() && !self.inodes.contains(&None)
    }

    fn go_to_layer(&mut self, path: &Path, watch: &mut Watcher<'_>) {
        let Some(directory) = self.go(Path::new("/"), path, Kind::Directory, watch) else {
            return self.go_to_drop_ins_beside(path, watch);
        };
        self.go_to_files(&directory, watch);
        for name in self.list(&directory, drop_in_directory_names) {
            let name = Path::new(&name);
            if let Some(drop_ins) = self.go(&directory, name, Kind::Directory, watch) {
                self.go_to_files(&drop_ins, watch);
            }
        }
    }

    /// A file that is no symlink is watched by itself, too: it may have another name, in another directory, by which it is
    /// written to, and another file can be mounted over it.
    fn go_to_files(&mut self, directory: &Path, watch: &mut Watcher<'_>) {
        for name in self.list(directory, manifest_names) {
            // A directory of that name is no manifest.
            self.go(directory, Path::new(&name), Kind::Passed, watch);
        }
    }

    /// Goes to the drop-ins of a single manifest. Their directory is not waited for: whatever else comes beside the manifest
    /// would wake the daemon.
    fn go_to_drop_ins_beside(&mut self, path: &Path, watch: &mut Watcher<'_>) {
        let directory = beside(path, "", ".d");
        if !directory.is_dir() {
            return;
        }
        if let Some(drop_ins) = self.go(Path::new("/"), &directory, Kind::Directory, watch) {
            self.go_to_files(&drop_ins, watch);
        }
    }

    fn list(
        &mut self,
        directory: &Path,
        list: fn(&Path) -> io::Result<Vec<OsString>>,
    ) -> Vec<OsString> {
        list(directory).unwrap_or_else(|error| {
            // What is missing is so since this very moment: an event follows.
            if !is_missing(&error) {
                self.cannot_reach(directory.to_owned(), error);
            }
            Vec::new()
        })
    }

    /// Follows one path, and returns the directory that it leads to.
    fn go(
        &mut self,
        from: &Path,
        path: &Path,
        directory: Kind,
        watch: &mut Watcher<'_>,
    ) -> Option<PathBuf> {
        match Walk::new(from, path, directory, watch, &mut self.inodes).go() {
            End::Directory(directory) => {
                self.ends.push(directory.clone());
                return Some(directory);
            }
            End::File(end) => {
                self.has_manifests = true;
                self.ends.push(end);
            }
            End::Waiting(end) => self.ends.push(end),
            End::Nothing => {}
            End::Unreachable(end, error) => self.cannot_reach(end, error),
        }
        None
    }

    fn cannot_reach(&mut self, path: PathBuf, error: io::Error) {
        self.unreachable.get_or_insert((path, error));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;
    use std::os::unix::fs::symlink;

    use tempfile::TempDir;

    use super::*;

    #[test]
    fn all_ends_are_named() {
        let root = TempDir::new().unwrap();
        let at = |path: &str| root.path().join(path);
        fs::create_dir(at("m")).unwrap();
        fs::create_dir(at("m/d.json")).unwrap();
        fs::write(at("m/a.json"), "").unwrap();
        fs::write(at("m/no-manifest"), "").unwrap();
        symlink("../x", at("m/b.json")).unwrap();
        symlink("x".repeat(300), at("m/c.json")).unwrap();
        let mut survey = Survey::default();
        survey.go_to_layer(&at("m"), &mut |_, _| {});
        let ends = ["m", "m/a.json", "", "m/d.json"].map(at);
        assert_eq!(survey.ends, ends);
        assert!(survey.unreachable.unwrap().0.starts_with(at("m")));
        assert_eq!(
            survey.inodes.iter().filter(|inode| inode.is_none()).count(),
            2
        );
    }
}
