//! The home directory: `kanto-cm/containers/ID/config.json`, as the daemon lays it out (so that an id with a slash or of
//! dots does there what it does on a real machine), and beside it what containerd keeps. Written by rename.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::containerd::Containerd;
use super::history::Teller;
use crate::proto::types::Container;

const CONFIG: &str = "config.json";
/// Written by a test between two lives of the simulator: the power went off.
pub(crate) const POWER_CUT: &str = "power-cut";

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
    /// Once there is a daemon.
    teller: Option<Teller>,
}

impl Disk {
    pub(super) fn new(home: &Path) -> Self {
        Self {
            home: home.to_owned(),
            teller: None,
        }
    }

    /// From now on tells what is stored.
    pub(super) fn tell(&mut self, teller: Teller) {
        self.teller = Some(teller);
        self.tell_all(&self.read());
    }

    fn tell_all(&self, stored: &[(PathBuf, Stored)]) {
        if let Some(teller) = &self.teller {
            let containers = stored
                .iter()
                .map(|(directory, stored)| (directory.clone(), stored.container.clone()));
            teller.all(&containers.collect::<Vec<_>>());
        }
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

    /// Writes a container's configuration. As in the daemon a failure changes nothing else.
    pub(super) fn save(&self, container: &Container, started_before: bool) {
        let directory = self.directory(&container.id);
        let stored = Stored {
            container: container.clone(),
            started_before,
        };
        let written =
            fs::create_dir_all(&directory).and_then(|()| write(&directory.join(CONFIG), &stored));
        if let (Ok(()), Some(teller)) = (written, &self.teller) {
            teller.saved(&directory, container);
        }
    }

    /// Deletes a container's directory and all below it.
    pub(super) fn delete(&self, id: &str) {
        let directory = self.directory(id);
        let _ = fs::remove_dir_all(&directory);
        if let Some(teller) = &self.teller {
            teller.deleted(&directory);
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
        self.tell_all(&all);
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

    /// Whether the power went off since the last time.
    pub(super) fn take_power_cut(&self) -> bool {
        fs::remove_file(self.home.join(POWER_CUT)).is_ok()
    }
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
