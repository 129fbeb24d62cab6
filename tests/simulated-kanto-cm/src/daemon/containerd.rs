//! What containerd knows and Kanto-CM does not control: images, snapshots, containers. It outlives the daemon, and what
//! an interrupted call leaves in it is what ruins an id.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::clock;
use crate::proto::types::Container;
use crate::setup::Image;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// containerd's store.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Containerd {
    /// When each image's record was made, in seconds of the Unix clock.
    pub(crate) images: BTreeMap<String, u64>,
    /// The image behind the snapshot of each id.
    pub(crate) snapshots: BTreeMap<String, String>,
    /// The containers begun, and whether their process is there.
    pub(crate) containers: BTreeMap<String, bool>,
    /// Of the processes whose end the daemon has missed: what they ended with.
    pub(crate) missed_exits: BTreeMap<String, i64>,
    /// The tasks that have outlived their container.
    #[serde(default)]
    pub(crate) tasks: BTreeSet<String>,
}

fn now() -> Duration {
    clock::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

impl Containerd {
    /// An image arrives.
    pub(crate) fn add_image(&mut self, name: &str, age_days: u64) {
        let age = DAY * u32::try_from(age_days).unwrap_or(u32::MAX);
        self.images
            .insert(name.to_owned(), now().saturating_sub(age).as_secs());
    }

    /// Puts an image into the store if its entry says so.
    pub(crate) fn place(&mut self, image: &Image) {
        if image.in_store {
            self.add_image(&image.name, image.age_days);
        }
    }

    /// A snapshot is made for a container. `false`: there is one already, and this attempt has destroyed it.
    pub(crate) fn add_snapshot(&mut self, id: &str, image: &str) -> bool {
        if self.snapshots.remove(id).is_some() {
            return false;
        }
        self.snapshots.insert(id.to_owned(), image.to_owned());
        true
    }

    /// The image goes if no snapshot needs it and its record is old enough.
    pub(crate) fn expire(&mut self, image: &str, expiry_days: u64) {
        let used = self.snapshots.values().any(|other| other == image);
        let expiry = u64::from(u32::try_from(expiry_days).unwrap_or(u32::MAX)) * DAY.as_secs();
        let expired = self
            .images
            .get(image)
            .is_some_and(|made| now().as_secs().saturating_sub(*made) >= expiry);
        if expired && !used {
            self.images.remove(image);
        }
    }

    /// A process ends, and the daemon does not notice.
    pub(crate) fn lose_exit(&mut self, id: &str, code: i64) {
        self.containers.insert(id.to_owned(), false);
        self.missed_exits.insert(id.to_owned(), code);
    }

    /// A container goes, and its task stays.
    pub(crate) fn leave_task(&mut self, id: &str) {
        self.containers.remove(id);
        self.tasks.insert(id.to_owned());
    }

    /// Whether the process of a container that is listed as running is there.
    pub(crate) fn runs(&self, container: &Container) -> bool {
        container.state.running && self.containers.get(&container.id) == Some(&true)
    }

    /// The power went off: no process is left.
    pub(crate) fn lose_processes(&mut self) {
        self.missed_exits.clear();
        self.tasks.clear();
        self.containers
            .values_mut()
            .for_each(|process| *process = false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_old_and_unused_images_expire() {
        let mut containerd = Containerd::default();
        containerd.add_image("old", 40);
        containerd.add_image("new", 30);
        assert!(containerd.add_snapshot("a", "old"));
        containerd.expire("old", 31);
        assert!(containerd.images.contains_key("old"), "a snapshot needs it");
        containerd.snapshots.clear();
        containerd.expire("old", 31);
        containerd.expire("new", 31);
        assert_eq!(containerd.images.keys().collect::<Vec<_>>(), ["new"]);
    }

    #[test]
    fn a_second_snapshot_destroys_the_first() {
        let mut containerd = Containerd::default();
        assert!(containerd.add_snapshot("a", "i"));
        assert!(!containerd.add_snapshot("a", "i"));
        assert!(containerd.add_snapshot("a", "i"));
    }
}
