//! Remove: stops the container if it must, then takes it out of containerd, off the disk and off the list. Interrupted, it
//! goes on and leaves behind what containerd would not give up.

use super::{kill_self, Caller, Daemon, Exit, Failure, Guard, Key};
use crate::model::status;
use crate::model::stop::Stopping;
use crate::proto::types::StopOptions;
use crate::protocol::Phase;

impl Daemon {
    pub(crate) fn remove(
        &self,
        id: &str,
        force: bool,
        options: Option<&StopOptions>,
        caller: &mut Caller,
    ) -> Result<(), Failure> {
        self.with_container(id, caller, |world, key, caller| {
            let record = world.record(key);
            if record.container.state.dead {
                return Ok(());
            }
            if status::is_up(&record.container) && !force {
                let text = "is not stopped - must set the force flag to true to remove it";
                return Err(format!("container with id = {id} {text}").into());
            }
            if std::mem::take(&mut record.stop_interrupted) {
                return Err(format!("cannot delete running task {id}: failed precondition").into());
            }
            self.cancel_restart(world, key);
            let stopping = Stopping::new(options, force)?;
            let container = &world.records[&key].container;
            if let (Exit::Met(code), true) = (caller.exit(), status::is_up(container)) {
                return self.remove_ended(world, key, code, caller);
            }
            self.destroy(world, key, &stopping, caller)?;
            caller.half_way();
            self.forget(world, key, caller)
        })
    }

    /// The process ends just before: containerd forgets its container, and keeps the snapshot. The daemon notices the end
    /// when it has removed the container, and what it saves then is all that there is of it.
    fn remove_ended(
        &self,
        world: &mut Guard<'_>,
        key: Key,
        code: i64,
        caller: &mut Caller,
    ) -> Result<(), Failure> {
        let mut container = world.records[&key].container.clone();
        world.containerd.containers.remove(&container.id);
        world.stale_io.insert(container.id.clone());
        self.save_containerd(world);
        caller.half_way();
        self.forget(world, key, caller)?;
        container.network_settings.clear();
        status::exited(&mut container, code, "");
        self.disk.save(&container, true, false);
        Ok(())
    }

    /// Stops the process, whether the caller is still there or not, and tidies up in containerd if it is.
    fn destroy(
        &self,
        world: &mut Guard<'_>,
        key: Key,
        stopping: &Stopping,
        caller: &mut Caller,
    ) -> Result<(), Failure> {
        if self.abandon(world, key) {
            return Ok(());
        }
        let was_up = status::is_up(&world.records[&key].container);
        if was_up {
            self.may_lose_exit(world, key, stopping, caller)?;
            self.kill_process(world, key, stopping, &mut Caller::nobody())?;
            if caller.exit() == Exit::LeftAsTask {
                let id = world.records[&key].container.id.clone();
                world.containerd.leave_task(&id);
                self.save_containerd(world);
                kill_self();
            }
        }
        self.may_lose_caller(world, caller)?;
        let container = &world.records[&key].container;
        let (id, image) = (container.id.clone(), container.image.name.clone());
        let gone = caller.gone();
        // The calls to containerd fail for a caller that is gone: its container and its snapshot stay.
        if was_up && gone {
            world.containerd.containers.insert(id.clone(), false);
        } else if was_up {
            world.containerd.containers.remove(&id);
        }
        if !gone {
            world.containerd.snapshots.remove(&id);
            let expiry = world.setup.image_expiry_days;
            world.containerd.expire(&image, expiry);
        }
        self.save_containerd(world);
        Ok(())
    }

    /// The container is dead, its directory deleted, its id free.
    fn forget(&self, world: &mut Guard<'_>, key: Key, caller: &mut Caller) -> Result<(), Failure> {
        self.disconnect(world, key);
        status::dead(&mut world.record(key).container);
        let id = world.records[&key].container.id.clone();
        self.disk.delete(&id);
        if world.phase == Phase::Restoring {
            return Err(self.deadlock(world, caller));
        }
        world.ids.remove(&id);
        self.changed(world);
        Ok(())
    }
}
