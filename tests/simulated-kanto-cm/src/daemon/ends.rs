//! What happens when a container's process ends by itself: its status, and the restart policy.

use std::time::Duration;

use super::start::Starter;
use super::{Caller, Daemon, Failure, Guard, Key};
use crate::model::status;
use crate::setup::Program;

/// What a pending restart that is called off leaves as the error.
const CANCELLED: &str = "container's restart manager is canceled";

impl Daemon {
    /// Sets the clock of a program that ends by itself.
    pub(super) fn wind_up(&self, world: &mut Guard<'_>, key: Key, program: Program) {
        if let Program::Exit { code, after_ms } = program {
            let run = world.records[&key].run;
            self.later(Duration::from_millis(after_ms), move |daemon| {
                daemon.end(key, Some(run), code);
            });
        }
    }

    /// A container's process ends by itself, for a test.
    pub(crate) fn exit(&self, id: &str, code: i64) -> Result<(), String> {
        let key = self
            .world
            .lock()
            .find(id)
            .ok_or_else(|| format!("there is no container {id}"))?;
        if self.end(key, None, code) {
            return Ok(());
        }
        Err(format!("container {id} does not run"))
    }

    /// The process of a run, or of whatever run it is, has ended. `false`: there is no such process any more.
    pub(super) fn end(&self, key: Key, run: Option<u64>, code: i64) -> bool {
        let mut world = self.world.lock();
        self.acquire(&mut world, key);
        let record = world.record(key);
        let is_of_run = run.map_or(true, |run| run == record.run);
        let is_frozen = record.container.state.paused && run.is_some();
        if is_frozen && is_of_run {
            // A paused program goes on, and ends, when it is unpaused.
            record.after_unpause = Some((Duration::ZERO, code));
        }
        let its_end = is_of_run && !is_frozen && world.has_process(key);
        if its_end {
            self.note_ended(&mut world, key, code, "");
            self.apply_restart_policy(&mut world, key, Duration::ZERO);
        }
        self.release(&mut world, key);
        its_end
    }

    /// The container is `Exited`; containerd has forgotten it.
    pub(super) fn note_ended(&self, world: &mut Guard<'_>, key: Key, code: i64, error: &str) {
        status::exited(&mut world.record(key).container, code, error);
        let id = world.records[&key].container.id.clone();
        world.containerd.containers.remove(&id);
        self.save_containerd(world);
        self.disconnect(world, key);
        self.save(world, key);
    }

    /// Starts the container again if its policy says so, after a pause that is at least so long.
    pub(super) fn apply_restart_policy(&self, world: &mut Guard<'_>, key: Key, least: Duration) {
        if world.deadlocked {
            return;
        }
        let record = world.record(key);
        let up = status::uptime(&record.container);
        let Some(pause) = record.restarts.after_end(&record.container, up) else {
            return;
        };
        record.container.restart_count += 1;
        self.save(world, key);
        self.later(pause.max(least), move |daemon| daemon.restart(key));
    }

    fn restart(&self, key: Key) {
        let mut world = self.world.lock();
        self.acquire(&mut world, key);
        let due = std::mem::take(&mut world.record(key).restarts.pending);
        if due && !world.deadlocked {
            let result = self.start_locked(&mut world, key, &mut Caller::nobody(), Starter::Policy);
            if let Err(Failure::Refused(text)) = result {
                status::stopped(&mut world.record(key).container, 0, &text);
                self.save(&mut world, key);
            }
        }
        self.release(&mut world, key);
    }

    /// Calls a pending restart off.
    pub(super) fn cancel_restart(&self, world: &mut Guard<'_>, key: Key) {
        let record = world.record(key);
        let was_pending = record.restarts.pending;
        record.restarts.reset(record.container.restart_count);
        if was_pending {
            status::stopped(&mut record.container, 0, CANCELLED);
            self.save(world, key);
        }
    }
}
