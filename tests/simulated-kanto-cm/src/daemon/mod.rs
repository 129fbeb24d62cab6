//! The daemon: its containers, the locks that its calls wait for, and the calls themselves, one file each. A call runs on
//! a thread of its own; the world is locked while it acts and free while it waits.

mod caller;
mod containerd;
mod create;
mod disk;
mod ends;
mod faults;
mod furnish;
mod history;
mod hooks;
mod lists;
mod lost_exit;
mod network;
mod pause;
mod remove;
mod restore;
mod start;
mod stop;
mod undo;
mod update;
mod view;
mod world;

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Weak};
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, MutexGuard};

pub(crate) use caller::{kill_self, Caller, Exit, Victim};
use disk::Disk;
use history::Reporter;
pub(crate) use world::{Key, Record, World};

use crate::clock;
use crate::journal::Journal;
use crate::protocol::{Fault, State};
use crate::setup::{Image, Setup};

/// Why a call has no answer that says yes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The daemon says no, with this text.
    Refused(String),
    /// The caller went away or its deadline passed.
    Interrupted,
}

impl From<String> for Failure {
    fn from(text: String) -> Self {
        Self::Refused(text)
    }
}

impl From<&str> for Failure {
    fn from(text: &str) -> Self {
        Self::Refused(text.to_owned())
    }
}

/// Why a wait is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waited {
    Reached,
    TimedOut,
    CallerGone,
}

pub(crate) type Guard<'a> = MutexGuard<'a, World>;

/// The simulated daemon.
pub(crate) struct Daemon {
    pub(crate) journal: Arc<Journal>,
    world: Mutex<World>,
    /// Signalled whenever the world's version grows.
    changed: Condvar,
    disk: Disk,
    /// It obeys SIGTERM.
    handles_signals: AtomicBool,
    me: Weak<Daemon>,
}

impl Daemon {
    /// A daemon whose start has not begun, over a home directory that is furnished if it is fresh.
    pub(crate) fn new(home: &Path, setup: Setup, journal: Journal) -> Result<Arc<Self>, String> {
        clock::set_ahead(setup.clock_ms);
        let mut disk = Disk::new(home);
        disk.set_full(setup.disk_full);
        let (containerd, is_fresh) = furnish::open(&disk, &setup)?;
        let journal = Arc::new(journal);
        disk.report_to(Reporter::new(journal.clone()));
        let world = World::new(setup, containerd, is_fresh);
        Ok(Arc::new_cyclic(|me| Self {
            journal,
            world: Mutex::new(world),
            changed: Condvar::new(),
            disk,
            handles_signals: AtomicBool::new(false),
            me: me.clone(),
        }))
    }

    /// What a test sees.
    pub(crate) fn state(&self) -> State {
        view::state(&self.world.lock())
    }

    /// Waits until the world is newer than this version. The answer is its new one.
    pub(crate) fn wait_for_change(&self, version: u64) -> u64 {
        let mut world = self.world.lock();
        while world.version == version {
            self.changed.wait(&mut world);
        }
        world.version
    }

    /// Changes what can be changed while it runs: what is looked up when it is needed.
    pub(crate) fn change(&self, setup: Setup) {
        let mut world = self.world.lock();
        clock::set_ahead(setup.clock_ms);
        self.disk.set_full(setup.disk_full);
        world.setup = setup;
        self.changed(&mut world);
    }

    /// Adds an image or replaces it. It comes into the store if its entry says so.
    pub(crate) fn set_image(&self, image: Image) {
        let mut world = self.world.lock();
        world.failed_pulls.remove(&image.name);
        world.containerd.place(&image);
        world.setup.put_image(image);
        self.save_containerd(&mut world);
    }

    /// Takes an image out of the store.
    pub(crate) fn forget_image(&self, name: &str) {
        let mut world = self.world.lock();
        world.containerd.images.remove(name);
        self.save_containerd(&mut world);
    }

    /// Adds a fault.
    pub(crate) fn add_fault(&self, fault: Fault) {
        self.world.lock().faults.add(fault);
    }

    /// Forgets all faults.
    pub(crate) fn clear_faults(&self) {
        self.world.lock().faults.clear();
    }

    /// Notes that something changed.
    fn changed(&self, world: &mut Guard<'_>) {
        world.version += 1;
        self.changed.notify_all();
    }

    /// Writes a container's configuration.
    fn save(&self, world: &mut Guard<'_>, key: Key) {
        let record = &world.records[&key];
        let alive = world.containerd.runs(&record.container);
        self.disk
            .save(&record.container, record.started_before, alive);
        self.changed(world);
    }

    /// Writes what containerd knows.
    fn save_containerd(&self, world: &mut Guard<'_>) {
        self.disk.save_containerd(&world.containerd);
        self.changed(world);
    }

    /// The world, for a call. After the deadlock no call gets past this.
    fn enter(&self, caller: &mut Caller) -> Result<Guard<'_>, Failure> {
        let mut world = self.world.lock();
        match self.wait(&mut world, Duration::MAX, caller, |world| !world.deadlocked) {
            Waited::Reached => Ok(world),
            _ => Err(Failure::Interrupted),
        }
    }

    /// A Create or Remove that changes the list of containers while the daemon restores them: nothing moves any more.
    fn deadlock(&self, world: &mut Guard<'_>, caller: &mut Caller) -> Failure {
        world.deadlocked = true;
        self.changed(world);
        self.wait(world, Duration::MAX, caller, |_| false);
        Failure::Interrupted
    }

    /// Waits, with the world free for others, until something is reached, the time is up, or the caller is gone.
    fn wait(
        &self,
        world: &mut Guard<'_>,
        limit: Duration,
        caller: &mut Caller,
        mut reached: impl FnMut(&World) -> bool,
    ) -> Waited {
        let end = Instant::now().checked_add(limit);
        loop {
            if reached(world) {
                return Waited::Reached;
            }
            if caller.gone() {
                return Waited::CallerGone;
            }
            let left = end.map_or(Duration::MAX, |end| {
                end.saturating_duration_since(Instant::now())
            });
            if left.is_zero() {
                return Waited::TimedOut;
            }
            match caller.look_after().min(left) {
                Duration::MAX => self.changed.wait(world),
                pause => {
                    self.changed.wait_for(world, pause);
                }
            }
        }
    }

    /// Lets time pass, as much as the world says at any moment: a test may cut it short. `false` when the caller went away
    /// meanwhile.
    fn pass(
        &self,
        world: &mut Guard<'_>,
        caller: &mut Caller,
        takes: impl Fn(&World) -> Duration,
    ) -> bool {
        let begin = Instant::now();
        loop {
            let left = takes(world).saturating_sub(begin.elapsed());
            if left.is_zero() {
                return true;
            }
            let is_over = |world: &World| takes(world) <= begin.elapsed();
            if self.wait(world, left, caller, is_over) == Waited::CallerGone {
                return false;
            }
        }
    }

    /// Does something to a container under its own lock. The lock is waited for, also by a caller that is gone; a
    /// container that was removed meanwhile is there, dead.
    fn with_container<T>(
        &self,
        id: &str,
        caller: &mut Caller,
        act: impl FnOnce(&mut Guard<'_>, Key, &mut Caller) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let mut world = self.enter(caller)?;
        let key = world
            .find(id)
            .ok_or_else(|| format!("no such container with id = {id} exists"))?;
        self.acquire(&mut world, key);
        let result = act(&mut world, key, caller);
        self.release(&mut world, key);
        result
    }

    /// Takes a container's own lock.
    fn acquire(&self, world: &mut Guard<'_>, key: Key) {
        self.wait(world, Duration::MAX, &mut Caller::nobody(), |world| {
            !world.records[&key].locked
        });
        world.record(key).locked = true;
    }

    fn release(&self, world: &mut Guard<'_>, key: Key) {
        world.record(key).locked = false;
        self.changed(world);
    }

    /// Does something after a pause.
    fn later(&self, pause: Duration, act: impl FnOnce(&Daemon) + Send + 'static) {
        let me = self.me.clone();
        thread::spawn(move || {
            thread::sleep(pause);
            if let Some(daemon) = me.upgrade() {
                act(&daemon);
            }
        });
    }
}
