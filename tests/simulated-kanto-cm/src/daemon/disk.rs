//! The home directory: `kanto-cm/containers/ID/config.json`, as the daemon lays it out (so that an id with a slash or of
//! dots does there what it does on a real machine), and beside it what containerd keeps. Written by rename.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize};

use super::containerd::Containerd;
use super::history::{Reporter, Seen};
use super::undo::{Before, UndoLog};
use crate::power_cut::{self, PowerCut};
use crate::proto::types::Container;

const CONFIG: &str = "config.json";

/// A stored container.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Stored {
    pub(super) container: Container,
    pub(super) started_before: bool,
}

/// The home directory.
pub(super) struct Disk {
    home: PathBuf,
    undo: UndoLog,
    /// Nothing more can be saved.
    full: AtomicBool,
    /// Once there is a daemon.
    reporter: Option<Reporter>,
}

impl Disk {
    pub(super) fn new(home: &Path) -> Self {
        Self {
            home: home.to_owned(),
            undo: UndoLog::new(home),
            full: AtomicBool::new(false),
            reporter: None,
        }
    }

    /// From now on reports what is stored.
    pub(super) fn report_to(&mut self, reporter: Reporter) {
        self.reporter = Some(reporter);
        self.report_all(&self.read());
    }

    fn report_all(&self, stored: &[(PathBuf, Stored)]) {
        if let Some(reporter) = &self.reporter {
            let containerd = self.load_containerd().unwrap_or_default();
            let seen = |(directory, stored): &(PathBuf, Stored)| {
                let container = stored.container.clone();
                let alive = containerd.runs(&container);
                (directory.clone(), Seen { container, alive })
            };
            reporter.all(stored.iter().map(seen));
        }
    }

    /// Whether saving a configuration is in vain.
    pub(super) fn set_full(&self, full: bool) {
        self.full.store(full, Ordering::Relaxed);
    }

    fn daemon_home(&self) -> PathBuf {
        self.home.join("kanto-cm")
    }

    fn containers(&self) -> PathBuf {
        self.daemon_home().join("containers")
    }

    /// The container's own directory, by its id as a path. It never leads out of the daemon's home.
    fn directory(&self, id: &str) -> PathBuf {
        let top = self.daemon_home();
        let mut path = self.containers();
        for component in Path::new(id).components() {
            match component {
                Component::Normal(name) => path.push(name),
                Component::ParentDir if path != top => {
                    path.pop();
                }
                _ => {}
            }
        }
        path
    }

    /// Writes a container's configuration. As in the daemon a failure changes nothing else. `alive`: its process is there.
    pub(super) fn save(&self, container: &Container, started_before: bool, alive: bool) {
        if self.full.load(Ordering::Relaxed) {
            return;
        }
        let directory = self.directory(&container.id);
        self.undo.note(vec![Before::read(directory.join(CONFIG))]);
        let written = self.put(container, started_before);
        if let (Ok(()), Some(reporter)) = (written, &self.reporter) {
            let container = container.clone();
            reporter.saved(&directory, &Seen { container, alive });
        }
    }

    /// Writes it as what is there before anything happens: no power cut takes it back.
    pub(super) fn put(&self, container: &Container, started_before: bool) -> io::Result<()> {
        let directory = self.directory(&container.id);
        let stored = Stored {
            container: container.clone(),
            started_before,
        };
        fs::create_dir_all(&directory).and_then(|()| write(&directory.join(CONFIG), &stored))
    }

    /// Deletes a container's directory and all below it.
    pub(super) fn delete(&self, id: &str) {
        let directory = self.directory(id);
        self.undo.note(configurations(&directory));
        let _ = fs::remove_dir_all(&directory);
        if let Some(reporter) = &self.reporter {
            reporter.deleted(&directory);
        }
    }

    /// Reads all stored containers. A directory without a configuration is deleted.
    pub(super) fn load(&self) -> Vec<Stored> {
        for directory in self.directories() {
            if !directory.join(CONFIG).exists() {
                let _ = fs::remove_dir_all(directory);
            }
        }
        let all = self.read();
        self.report_all(&all);
        all.into_iter().map(|(_, stored)| stored).collect()
    }

    /// The stored containers and their directories.
    fn read(&self) -> Vec<(PathBuf, Stored)> {
        let read = |directory: PathBuf| {
            let text = fs::read(directory.join(CONFIG)).ok()?;
            Some((directory, serde_json::from_slice(&text).ok()?))
        };
        self.directories().filter_map(read).collect()
    }

    fn directories(&self) -> impl Iterator<Item = PathBuf> {
        let entries = fs::read_dir(self.containers()).into_iter().flatten();
        entries.flatten().map(|entry| entry.path())
    }

    /// Writes what containerd knows.
    pub(super) fn save_containerd(&self, containerd: &Containerd) {
        let _ = fs::create_dir_all(&self.home)
            .and_then(|()| write(&self.home.join("containerd.json"), containerd));
    }

    /// Reads what containerd knows; `None` in a fresh home.
    pub(super) fn load_containerd(&self) -> Option<Containerd> {
        serde_json::from_slice(&fs::read(self.home.join("containerd.json")).ok()?).ok()
    }

    /// The power cut since the last time, if there was one. The store has lost what that takes.
    pub(super) fn take_power_cut(&self) -> Option<PowerCut> {
        let file = self.home.join(power_cut::FILE);
        let cut = serde_json::from_slice(&fs::read(&file).ok()?).unwrap_or_default();
        let _ = fs::remove_file(file);
        self.undo.take_back(&cut);
        Some(cut)
    }
}

/// All configurations below a directory, as they are now.
fn configurations(directory: &Path) -> Vec<Before> {
    let mut found = Vec::new();
    let mut left = vec![directory.to_owned()];
    while let Some(directory) = left.pop() {
        let config = directory.join(CONFIG);
        if config.is_file() {
            found.push(Before::read(config));
        }
        let entries = fs::read_dir(directory).into_iter().flatten().flatten();
        left.extend(
            entries
                .map(|entry| entry.path())
                .filter(|path| path.is_dir()),
        );
    }
    found
}

fn write(path: &Path, content: &impl Serialize) -> io::Result<()> {
    let next = path.with_extension("next");
    fs::write(&next, serde_json::to_vec(content)?)?;
    fs::rename(next, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_paths_below_the_home() {
        let disk = Disk::new(Path::new("/h"));
        let directory = |id: &str| disk.directory(id).to_str().unwrap().to_owned();
        assert_eq!(directory("a"), "/h/kanto-cm/containers/a");
        assert_eq!(directory("UP/x"), "/h/kanto-cm/containers/UP/x");
        assert_eq!(directory(".."), "/h/kanto-cm");
        assert_eq!(directory("../../../etc"), "/h/kanto-cm/etc");
        assert_eq!(directory("/etc"), "/h/kanto-cm/containers/etc");
    }
}
