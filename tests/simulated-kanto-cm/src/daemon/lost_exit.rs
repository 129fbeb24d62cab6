//! A process whose end the daemon misses, because it comes before the daemon listens for it: listed as running until the
//! daemon starts again. A Remove leaves its container in containerd, which ruins the id.

use std::time::Duration;

use super::{Caller, Daemon, Exit, Failure, Guard, Key, World};
use crate::model::status;
use crate::model::stop::Stopping;

/// What containerd says when there is no process to end.
const FINISHED: &str = "process already finished: not found";

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
            return Err(FINISHED.into());
        }
        // One that survives its signal has no exit to lose.
        let missed = caller.exit() == Exit::Missed;
        let Some(code) = world.course(key, stopping).code.filter(|_| missed) else {
            return Ok(());
        };
        world.containerd.lose_exit(&id, code);
        status::stale(&mut world.record(key).container, status::VANISHED_PID);
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

    /// A Stop comes just after the end of the process: it fails, and then the daemon notices the end.
    pub(super) fn meet_exit(&self, world: &mut Guard<'_>, key: Key, code: i64) -> Failure {
        let run = world.records[&key].run;
        self.later(Duration::ZERO, move |daemon| {
            daemon.end(key, Some(run), code);
        });
        FINISHED.into()
    }

    /// At the end of the daemon's start: it hears of the ends that the last one missed, too late to start anything again.
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
