//! Everything that the daemon knows at one moment. Locked as a whole.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::Duration;

use super::containerd::Containerd;
use super::faults::Faults;
use crate::model::hosts::Connected;
use crate::model::ports::Published;
use crate::model::restart::Restarts;
use crate::model::status;
use crate::model::stop::{Course, Stopping};
use crate::proto::types::Container;
use crate::protocol::{Host, Phase};
use crate::setup::{Program, Setup};

/// One container object of the daemon. A later container of the same id is another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Key(u64);

/// What the daemon keeps of a container.
#[derive(Debug, Default)]
pub(crate) struct Record {
    pub(crate) container: Container,
    /// Only such a container is started by the daemon itself.
    pub(crate) started_before: bool,
    /// A call holds the container's own lock.
    pub(crate) locked: bool,
    pub(crate) restarts: Restarts,
    /// Counts the times it was started: an end that belongs to an earlier run is none.
    pub(crate) run: u64,
    pub(crate) hosts: Vec<Host>,
    pub(crate) published: Vec<Published>,
    /// Its address on the bridge.
    pub(crate) address: Option<String>,
    /// What its program does once it is unpaused: it ends after this time, with this code.
    pub(crate) after_unpause: Option<(Duration, i64)>,
    /// A Stop was interrupted: the next Remove fails.
    pub(crate) stop_interrupted: bool,
}

/// The daemon's knowledge.
pub(crate) struct World {
    pub(crate) setup: Setup,
    pub(crate) phase: Phase,
    /// During the restoring: the network controller is there, the networks are not.
    pub(crate) has_controller: bool,
    pub(crate) deadlocked: bool,
    /// The home directory was filled just now: its containers are as they were left, this is no restart to them.
    pub(crate) is_fresh: bool,
    /// Removed ones stay, dead, for the calls that wait for their lock.
    pub(crate) records: BTreeMap<Key, Record>,
    pub(crate) ids: HashMap<String, Key>,
    pub(crate) containerd: Containerd,
    /// Ids whose Create is under way.
    pub(crate) creating: HashSet<String>,
    /// Ids whose next Create finds streams that an earlier one has left.
    pub(crate) stale_io: HashSet<String>,
    pub(crate) failed_pulls: HashMap<String, u32>,
    pub(crate) faults: Faults,
    /// The process that a fault kills as the caller.
    pub(crate) caller: Option<u32>,
    pub(crate) last_address: u8,
    /// Grows with every change.
    pub(crate) version: u64,
    last_key: u64,
}

impl World {
    pub(crate) fn new(setup: Setup, containerd: Containerd, is_fresh: bool) -> Self {
        Self {
            setup,
            phase: Phase::Loading,
            has_controller: false,
            deadlocked: false,
            is_fresh,
            records: BTreeMap::new(),
            ids: HashMap::new(),
            containerd,
            creating: HashSet::new(),
            stale_io: HashSet::new(),
            failed_pulls: HashMap::new(),
            faults: Faults::default(),
            caller: None,
            last_address: 1,
            version: 0,
            last_key: 0,
        }
    }

    /// The container of that id.
    pub(crate) fn find(&self, id: &str) -> Option<Key> {
        self.ids.get(id).copied()
    }

    /// A container's record, dead or alive.
    pub(crate) fn record(&mut self, key: Key) -> &mut Record {
        self.records
            .get_mut(&key)
            .expect("records are never dropped")
    }

    /// Puts a container on the list.
    pub(crate) fn add(&mut self, container: Container, started_before: bool) -> Key {
        self.last_key += 1;
        let key = Key(self.last_key);
        self.ids.insert(container.id.clone(), key);
        let mut record = Record {
            container,
            started_before,
            ..Record::default()
        };
        record.restarts.reset(record.container.restart_count);
        self.records.insert(key, record);
        key
    }

    /// The containers on the list, in the order of their ids.
    pub(crate) fn keys(&self) -> Vec<Key> {
        let mut ids: Vec<(&String, &Key)> = self.ids.iter().collect();
        ids.sort();
        ids.into_iter().map(|(_, key)| *key).collect()
    }

    /// What the container runs.
    pub(crate) fn program(&self, key: Key) -> Program {
        let container = &self.records[&key].container;
        let of_image = || {
            self.setup
                .image(&container.image.name)
                .map(|image| image.program)
        };
        Program::from_words(&container.config.cmd)
            .or_else(of_image)
            .unwrap_or_default()
    }

    /// How the stopping of its process goes.
    pub(crate) fn course(&self, key: Key, stopping: &Stopping) -> Course {
        let paused = self.records[&key].container.state.paused;
        stopping.course(self.program(key), paused)
    }

    /// Whether a process is there, paused or not.
    pub(crate) fn has_process(&self, key: Key) -> bool {
        let container = &self.records[&key].container;
        status::is_up(container) && self.containerd.containers.get(&container.id) == Some(&true)
    }

    /// How long its Start takes.
    pub(crate) fn start_takes(&self, key: Key) -> Duration {
        let image = self.setup.image(&self.records[&key].container.image.name);
        let own = image.and_then(|image| image.start_ms);
        Duration::from_millis(own.unwrap_or(self.setup.start_ms))
    }

    /// The containers on the bridge.
    pub(crate) fn connected(&self) -> Vec<Connected> {
        let connected = |record: &Record| {
            let address = record.address.clone()?;
            Some(Connected {
                host_name: record.container.host_name.clone(),
                address,
            })
        };
        self.records.values().filter_map(connected).collect()
    }

    /// The ids that containerd holds though no container of that id runs or starts: they can never be started.
    pub(crate) fn ruined_ids(&self) -> Vec<String> {
        let in_use = |id: &str| {
            let record = self.find(id).map(|key| &self.records[&key]);
            record.is_some_and(|record| record.locked || status::is_up(&record.container))
        };
        let containerd = &self.containerd;
        let ids: BTreeSet<&String> = containerd
            .containers
            .keys()
            .filter(|id| !in_use(id))
            .chain(&containerd.tasks)
            .collect();
        ids.into_iter().cloned().collect()
    }
}
