//! Stop, and the daemon's own clean stop, which stops every container.

use std::time::Duration;

use super::{Caller, Daemon, Exit, Failure, Guard, Key, World};
use crate::model::status;
use crate::model::stop::{self, Stopping};
use crate::proto::types::StopOptions;

/// How long at least it takes until a container that its policy starts again after a Stop runs again.
const AGAIN_AFTER_STOP: Duration = Duration::from_millis(500);

impl Daemon {
    pub(crate) fn stop(
        &self,
        id: &str,
        options: Option<&StopOptions>,
        caller: &mut Caller,
    ) -> Result<(), Failure> {
        self.with_container(id, caller, |world, key, caller| {
            let stopping = Stopping::new(options, false)?;
            self.stop_locked(world, key, &stopping, caller, true)?;
            self.apply_restart_policy(world, key, AGAIN_AFTER_STOP);
            Ok(())
        })
    }

    fn stop_locked(
        &self,
        world: &mut Guard<'_>,
        key: Key,
        stopping: &Stopping,
        caller: &mut Caller,
        manually: bool,
    ) -> Result<(), Failure> {
        let container = &world.records[&key].container;
        if !status::is_up(container) {
            let (id, status) = (&container.id, &container.state.status);
            let text =
                format!("cannot perform stop operation for container: {id}, with state: {status}");
            return Err(text.into());
        }
        if let Exit::Met(code) = caller.exit() {
            return Err(self.meet_exit(world, key, code));
        }
        self.may_lose_exit(world, key, stopping, caller)?;
        world.record(key).container.manually_stopped = manually;
        let code = match self.kill_process(world, key, stopping, caller) {
            Ok(code) => code,
            Err(failure) => {
                let record = world.record(key);
                record.container.manually_stopped = false;
                record.stop_interrupted = failure == Failure::Interrupted;
                return Err(failure);
            }
        };
        let id = world.records[&key].container.id.clone();
        world.containerd.containers.remove(&id);
        self.save_containerd(world);
        caller.half_way();
        status::stopped(&mut world.record(key).container, code, "");
        self.disconnect(world, key);
        self.save(world, key);
        Ok(())
    }

    /// Ends a container's process. The answer is its exit code.
    pub(super) fn kill_process(
        &self,
        world: &mut Guard<'_>,
        key: Key,
        stopping: &Stopping,
        caller: &mut Caller,
    ) -> Result<i64, Failure> {
        self.may_lose_caller(world, caller)?;
        let course = |world: &World| world.course(key, stopping);
        if caller.gone() || !self.pass(world, caller, |world| course(world).takes) {
            return Err(Failure::Interrupted);
        }
        if let Some(code) = course(world).code {
            return Ok(code);
        }
        let signalled = stop::after_signal(world.program(key));
        let record = world.record(key);
        if record.container.state.paused {
            // Its signal waits for it.
            record.after_unpause = signalled;
        }
        Err(stopping.failure(&record.container.id).into())
    }

    /// What the daemon does with its containers when it is asked to end: each is stopped, as a Stop with force would, but
    /// the daemon will start it again next time.
    pub(crate) fn stop_all(&self) {
        let mut world = self.world.lock();
        let stopping = Stopping::new(None, true).expect("the defaults are valid");
        for key in world.keys() {
            self.acquire(&mut world, key);
            self.cancel_restart(&mut world, key);
            // One that does not run is left as it is.
            let _ = self.stop_locked(&mut world, key, &stopping, &mut Caller::nobody(), false);
            self.release(&mut world, key);
        }
    }
}
