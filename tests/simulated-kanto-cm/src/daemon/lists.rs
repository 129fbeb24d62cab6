//! Get and List, and the name behind an id for the journal.

use std::time::Duration;

use super::{Caller, Daemon, Failure};
use crate::proto::types::Container;
use crate::protocol::{Method, What};

impl Daemon {
    /// A container that does not exist is no error.
    pub(crate) fn get(&self, id: &str, caller: &mut Caller) -> Result<Option<Container>, Failure> {
        let world = self.enter(caller)?;
        Ok(world
            .find(id)
            .map(|key| world.records[&key].container.clone()))
    }

    /// All containers, in an order that differs from one life of the simulator to the next.
    pub(crate) fn list(&self, caller: &mut Caller) -> Result<Vec<Container>, Failure> {
        let world = self.enter(caller)?;
        Ok(world
            .ids
            .values()
            .map(|key| world.records[key].container.clone())
            .collect())
    }

    /// The name of the container of that id.
    pub(crate) fn name_of(&self, id: &str) -> Option<String> {
        let world = self.world.lock();
        world
            .find(id)
            .map(|key| world.records[&key].container.name.clone())
    }

    /// What goes wrong with a call.
    pub(crate) fn strike(&self, method: Method, id: &str, name: &str) -> Option<What> {
        self.world.lock().faults.strike(method, id, name)
    }

    /// A call is late. `false`: its caller did not wait.
    pub(crate) fn delay(&self, millis: u64, caller: &mut Caller) -> bool {
        let mut world = self.world.lock();
        self.pass(&mut world, caller, |_| Duration::from_millis(millis))
    }
}
