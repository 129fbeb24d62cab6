//! Pause, Unpause and Rename.

use super::{Caller, Daemon, Failure};
use crate::model::{status, validation};

impl Daemon {
    pub(crate) fn pause(&self, id: &str, caller: &mut Caller) -> Result<(), Failure> {
        self.with_container(id, caller, |world, key, caller| {
            let container = &mut world.record(key).container;
            if !container.state.running {
                let status = &container.state.status;
                return Err(format!(
                    "container with id = {id} is not running - current status is {status}"
                )
                .into());
            }
            caller.half_way();
            status::paused(container);
            self.save(world, key);
            Ok(())
        })
    }

    pub(crate) fn unpause(&self, id: &str, caller: &mut Caller) -> Result<(), Failure> {
        self.with_container(id, caller, |world, key, caller| {
            let container = &mut world.record(key).container;
            if !container.state.paused {
                return Err(
                    format!("container id = {id} is not paused - cannot unpause it ").into(),
                );
            }
            caller.half_way();
            status::unpaused(container);
            self.save(world, key);
            Ok(())
        })
    }

    /// The name changes, the host name stays.
    pub(crate) fn rename(&self, id: &str, name: &str, caller: &mut Caller) -> Result<(), Failure> {
        self.with_container(id, caller, |world, key, caller| {
            validation::check_name(name)?;
            caller.half_way();
            let container = &mut world.record(key).container;
            if !name.is_empty() && name != container.name && !container.state.dead {
                name.clone_into(&mut container.name);
                self.save(world, key);
            }
            Ok(())
        })
    }
}
