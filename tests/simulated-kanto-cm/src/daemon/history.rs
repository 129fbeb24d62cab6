//! Reports to the test what is on the disk, whenever a container comes, goes, starts or ends, or its configuration changes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use protobuf::MessageField;

use crate::history::{Change, StoredContainer};
use crate::journal::{now_ms, Journal};
use crate::proto::types::{Container, State};
use crate::protocol::Line;

/// A container, and whether its process is there.
#[derive(Clone, PartialEq)]
pub(super) struct Seen {
    pub(super) container: Container,
    pub(super) alive: bool,
}

/// What was reported last, by the directory of each container.
pub(super) struct Reporter {
    journal: Arc<Journal>,
    reported: Mutex<BTreeMap<PathBuf, Seen>>,
}

impl Reporter {
    pub(super) fn new(journal: Arc<Journal>) -> Self {
        Self {
            journal,
            reported: Mutex::default(),
        }
    }

    /// All that is stored.
    pub(super) fn all(&self, stored: impl Iterator<Item = (PathBuf, Seen)>) {
        let stored: Vec<_> = stored.collect();
        let essences = stored
            .iter()
            .map(|(directory, seen)| (directory.clone(), essence(seen)));
        *self.reported.lock() = essences.collect();
        self.report(true, stored.iter().map(|(_, seen)| seen), Vec::new());
    }

    /// A container was saved.
    pub(super) fn saved(&self, directory: &Path, seen: &Seen) {
        let essence = essence(seen);
        let mut reported = self.reported.lock();
        let old = reported.insert(directory.to_owned(), essence.clone());
        if old.as_ref() == Some(&essence) {
            return;
        }
        // Two ids may lead to one directory.
        let replaced = old
            .map(|old| old.container.id)
            .filter(|id| *id != seen.container.id);
        self.report(false, [seen], replaced.into_iter().collect());
    }

    /// A directory was deleted, with all below it.
    pub(super) fn deleted(&self, directory: &Path) {
        let mut reported = self.reported.lock();
        let mut gone = Vec::new();
        reported.retain(|place, seen| {
            let stays = !place.starts_with(directory);
            if !stays {
                gone.push(std::mem::take(&mut seen.container.id));
            }
            stays
        });
        if !gone.is_empty() {
            self.report(false, [], gone);
        }
    }

    fn report<'a>(
        &self,
        is_complete: bool,
        containers: impl IntoIterator<Item = &'a Seen>,
        gone: Vec<String>,
    ) {
        if self.journal.has_test() {
            let change = Change {
                at_ms: now_ms(),
                is_complete,
                stored: containers.into_iter().map(view).collect(),
                gone,
            };
            self.journal.report(&Line::Stored { change });
        }
    }
}

/// What makes a change worth telling: the configuration, the status, the process.
fn essence(seen: &Seen) -> Seen {
    let container = &seen.container;
    let essence = Container {
        network_settings: MessageField::none(),
        resolv_conf_path: String::new(),
        hosts_path: String::new(),
        hostname_path: String::new(),
        restart_count: 0,
        manually_stopped: false,
        state: MessageField::some(State {
            status: container.state.status.clone(),
            pid: container.state.pid,
            ..State::default()
        }),
        ..container.clone()
    };
    Seen {
        container: essence,
        alive: seen.alive,
    }
}

fn view(seen: &Seen) -> StoredContainer {
    let container = &seen.container;
    let state = &container.state;
    StoredContainer {
        id: container.id.clone(),
        name: container.name.clone(),
        image: container.image.name.clone(),
        status: state.status.clone(),
        alive: seen.alive,
        whole: serde_json::to_value(container).expect("a message has only string keys"),
    }
}
