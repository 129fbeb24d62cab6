//! The daemon's start: reads the stored containers, looks which of them still run, starts those that should, side by side.
//! The socket is open all the while.

use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use super::disk::Stored;
use super::start::Starter;
use super::{network, Caller, Daemon, Guard, Key, World};
use crate::model::{ports, restart, status};
use crate::protocol::Phase;

impl Daemon {
    /// Whether the start takes time; else it can be over before the socket opens.
    pub(crate) fn starts_slowly(&self) -> bool {
        let world = self.world.lock();
        let setup = &world.setup;
        setup.load_ms > 0 || setup.restore_ms > 0 || setup.ready_sign_ms > 0
    }

    /// The whole start; `show_ready` is done at its very end, when the daemon begins to handle signals. It does not return
    /// when a call has deadlocked it.
    pub(crate) fn start_up(&self, show_ready: impl FnOnce()) {
        let mut world = self.world.lock();
        let load = |world: &World| Duration::from_millis(world.setup.load_ms);
        self.pass(&mut world, &mut Caller::nobody(), load);
        self.load(&mut world);
        world.phase = Phase::Restoring;
        self.changed(&mut world);
        self.step(&mut world);
        world.has_controller = true;
        if self.restore_running(&mut world) {
            self.step(&mut world);
        }
        if !world.is_fresh {
            self.forget_dead(&mut world);
        }
        self.restart_all(&mut world);
        if !world.is_fresh {
            self.note_missed_exits(&mut world);
        }
        let connecting = |world: &World| Duration::from_millis(world.setup.ready_sign_ms);
        if !connecting(&world).is_zero() {
            world.phase = Phase::Ready;
            self.changed(&mut world);
            self.pass(&mut world, &mut Caller::nobody(), connecting);
        }
        // Whoever sees the sign may send a signal at once.
        self.handles_signals.store(true, Ordering::SeqCst);
        show_ready();
        world.phase = Phase::Ready;
        self.changed(&mut world);
    }

    /// Whether the daemon handles signals.
    pub(crate) fn handles_signals(&self) -> bool {
        self.handles_signals.load(Ordering::SeqCst)
    }

    /// Lets one step's time pass; never comes back after the deadlock.
    fn step(&self, world: &mut Guard<'_>) {
        let step = |world: &World| Duration::from_millis(world.setup.restore_ms);
        self.pass(world, &mut Caller::nobody(), step);
        halt_if_deadlocked(world);
    }

    /// What is on the disk replaces what was created meanwhile.
    fn load(&self, world: &mut Guard<'_>) {
        world.ids.clear();
        for Stored {
            container,
            started_before,
        } in self.disk.load()
        {
            let key = world.add(container, started_before);
            reconnect(world, key);
        }
        network::refresh(world);
    }

    /// Looks at every container that should run. `true`: some of them do not.
    fn restore_running(&self, world: &mut Guard<'_>) -> bool {
        let mut some_vanished = false;
        for key in world.keys() {
            let container = &world.records[&key].container;
            if !status::is_up(container) {
                continue;
            }
            let id = container.id.clone();
            if let Some(error) = vanished(world, &id) {
                self.note_ended(world, key, 0, &error);
                some_vanished = true;
            } else {
                let program = world.program(key);
                world.record(key).restarts.forgotten = true;
                self.wind_up(world, key, program);
            }
        }
        some_vanished
    }

    /// Forgets the containers whose Remove was not finished.
    fn forget_dead(&self, world: &mut Guard<'_>) {
        for key in world.keys() {
            let container = &world.records[&key].container;
            if container.state.dead {
                let id = container.id.clone();
                self.disk.delete(&id);
                world.ids.remove(&id);
            }
        }
        self.changed(world);
    }

    /// Starts all containers that should run, side by side.
    fn restart_all(&self, world: &mut Guard<'_>) {
        let keys = world.keys();
        Guard::unlocked(world, || {
            thread::scope(|scope| {
                for key in keys {
                    scope.spawn(move || self.restart_stored(&mut self.world.lock(), key));
                }
            });
        });
        halt_if_deadlocked(world);
    }

    /// Starts a container that does not run if its policy wants it and it ran before.
    fn restart_stored(&self, world: &mut Guard<'_>, key: Key) {
        let record = &world.records[&key];
        let container = &record.container;
        let wanted = record.started_before && restart::at_daemon_start(container);
        if status::is_up(container) || container.state.dead || !wanted {
            return;
        }
        self.step(world);
        self.acquire(world, key);
        // One that cannot be started is left as its Start has left it.
        let _ = self.start_locked(world, key, &mut Caller::nobody(), Starter::DaemonStart);
        self.release(world, key);
    }
}

/// The start never goes on.
fn halt_if_deadlocked(world: &mut Guard<'_>) {
    while world.deadlocked {
        Guard::unlocked(world, thread::park);
    }
}

/// A container that was running has its address and its ports still.
fn reconnect(world: &mut Guard<'_>, key: Key) {
    let taken: Vec<_> = world
        .records
        .values()
        .flat_map(|record| record.published.clone())
        .collect();
    let record = world.record(key);
    let container = &record.container;
    if !status::is_up(container) {
        return;
    }
    let endpoint = container.network_settings.networks.get("bridge");
    let address = endpoint.map(|endpoint| endpoint.ip_address.clone());
    let mappings = &container.host_config.port_mappings;
    record.published = ports::publish(&container.id, mappings, &taken, &[]).unwrap_or_default();
    record.run = 1;
    let last = address
        .as_ref()
        .and_then(|address| address.rsplit('.').next()?.parse().ok());
    record.address = address;
    world.last_address = world.last_address.max(last.unwrap_or_default());
}

/// Why a container that should run does not.
fn vanished(world: &Guard<'_>, id: &str) -> Option<String> {
    if world.containerd.missed_exits.contains_key(id) {
        // Its task can be found still.
        return None;
    }
    if !world.containerd.snapshots.contains_key(id) {
        return Some(format!(
            "snapshot for container with ID = {id} does not exist"
        ));
    }
    match world.containerd.containers.get(id) {
        Some(true) => None,
        Some(false) => Some(format!(
            "task for containerd container id = {id} not found - container is also deleted"
        )),
        None => Some(format!(
            "container {id:?} in namespace \"kanto-cm\": not found"
        )),
    }
}
