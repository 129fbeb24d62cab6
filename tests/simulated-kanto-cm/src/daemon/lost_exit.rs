//! A process whose end the daemon misses, because it comes before the daemon listens for it: listed as running until the
//! daemon starts again. A Remove leaves its container in containerd, which ruins the id.

use std::time::Duration;

use super::{Caller, Daemon, Failure, Guard, Key, World};
use crate::model::status;
use crate::model::stop::Stopping;

impl Daemon {
    /// Before a process is ended: what happens instead if its end has been missed already, or is to be missed now.
    pub(super) fn may_lose_exit(
        &self,
        world: &mut Guard<'_>,
        key: Key,
        stopping: &Stopping,
        caller: &Caller,
    ) -> Result<(), Failure> {
        let id = world.records[&key].container.id.clone();
        if world.containerd.missed_exits.contains_key(&id) {
            return Err("process already finished: not found".into());
        }
        // One that survives its signal has no exit to lose.
        let Some(code) = stopping
            .course(world.program(key))
            .code
            .filter(|_| caller.misses_exit())
        else {
            return Ok(());
        };
        world.containerd.lose_exit(&id, code);
        status::vanished(&mut world.record(key).container);
        self.save_containerd(world);
        self.save(world, key);
        let takes = |world: &World| {
            let set = world.setup.lost_exit_ms.map(Duration::from_millis);
            set.unwrap_or_else(|| stopping.waits_in_vain())
        };
        // It waits on, whether its caller does or not.
        self.pass(world, &mut Caller::nobody(), takes);
        Err(stopping.failure_in_vain(&id).into())
    }

    /// In a Remove: whether the end of the process was missed. containerd keeps its container and its snapshot then, and
    /// the daemon the streams.
    pub(super) fn abandon(&self, world: &mut Guard<'_>, key: Key) -> bool {
        let id = world.records[&key].container.id.clone();
        let missed = world.containerd.missed_exits.remove(&id).is_some();
        if missed {
            world.stale_io.insert(id);
            self.save_containerd(world);
        }
        missed
    }

    /// At the end of the daemon's start: it is told of the ends that the last one missed, too late to start anything again.
    pub(super) fn note_missed_exits(&self, world: &mut Guard<'_>) {
        for key in world.keys() {
            self.acquire(world, key);
            let id = world.records[&key].container.id.clone();
            if let Some(code) = world.containerd.missed_exits.remove(&id) {
                self.note_ended(world, key, code, "");
            }
            self.release(world, key);
        }
    }
}
