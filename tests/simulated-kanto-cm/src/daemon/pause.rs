//! Pause, Unpause and Rename.

use super::{Caller, Daemon, Failure, Guard};
use crate::model::{status, validation};

impl Daemon {
    pub(crate) fn pause(&self, id: &str, caller: &mut Caller) -> Result<(), Failure> {
        self.with_container(id, caller, |world, key, caller| {
            let container = &world.records[&key].container;
            if !container.state.running {
                let status = &container.state.status;
                return Err(format!(
                    "container with id = {id} is not running - current status is {status}"
                )
                .into());
            }
            self.ask_containerd(world, caller)?;
            status::paused(&mut world.record(key).container);
            self.save(world, key);
            Ok(())
        })
    }

    pub(crate) fn unpause(&self, id: &str, caller: &mut Caller) -> Result<(), Failure> {
        self.with_container(id, caller, |world, key, caller| {
            let container = &world.records[&key].container;
            if !container.state.paused {
                return Err(
                    format!("container id = {id} is not paused - cannot unpause it ").into(),
                );
            }
            self.ask_containerd(world, caller)?;
            let record = world.record(key);
            status::unpaused(&mut record.container);
            let run = record.run;
            if let Some((pause, code)) = record.after_unpause.take() {
                self.later(pause, move |daemon| {
                    daemon.end(key, Some(run), code);
                });
            }
            self.save(world, key);
            Ok(())
        })
    }

    /// containerd does nothing for a caller that is gone.
    fn ask_containerd(&self, world: &mut Guard<'_>, caller: &mut Caller) -> Result<(), Failure> {
        caller.half_way();
        self.may_lose_caller(world, caller)?;
        if caller.gone() {
            return Err(Failure::Interrupted);
        }
        Ok(())
    }

    /// The name changes, the host name stays.
    pub(crate) fn rename(&self, id: &str, name: &str, caller: &mut Caller) -> Result<(), Failure> {
        self.with_container(id, caller, |world, key, caller| {
            validation::check_name(name)?;
            caller.half_way();
            self.may_lose_caller(world, caller)?;
            let container = &mut world.record(key).container;
            if !name.is_empty() && name != container.name && !container.state.dead {
                name.clone_into(&mut container.name);
                self.save(world, key);
            }
            Ok(())
        })
    }
}
