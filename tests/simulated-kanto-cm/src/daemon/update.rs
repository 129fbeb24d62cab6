//! Update: the restart policy and the resources, in place. A part that is absent is left as it is.

use std::time::Duration;

use super::{Caller, Daemon, Failure, Guard, Key};
use crate::model::{status, validation};
use crate::proto::types::{Resources, UpdateOptions};

impl Daemon {
    pub(crate) fn update(
        &self,
        id: &str,
        options: Option<&UpdateOptions>,
        caller: &mut Caller,
    ) -> Result<(), Failure> {
        let options = options.cloned().unwrap_or_default();
        self.with_container(id, caller, |world, key, caller| {
            validation::check_restart_policy(options.restart_policy.as_ref())?;
            validation::check_resources(options.resources.as_ref())?;
            caller.half_way();
            self.may_lose_caller(world, caller)?;
            if changes_resources(world, key, &options)
                && status::is_up(&world.records[&key].container)
                && caller.gone()
            {
                return Err(Failure::Interrupted);
            }
            let resources_changed = set_resources(world, key, &options);
            let policy_changed = self.set_policy(world, key, &options);
            if (resources_changed || policy_changed) && !world.records[&key].container.state.dead {
                self.save(world, key);
            }
            let state = &world.records[&key].container.state;
            if policy_changed && (state.exited || state.status == "Stopped") {
                self.apply_restart_policy(world, key, Duration::ZERO);
            }
            Ok(())
        })
    }

    fn set_policy(&self, world: &mut Guard<'_>, key: Key, options: &UpdateOptions) -> bool {
        let Some(policy) = options.restart_policy.as_ref() else {
            return false;
        };
        if world.records[&key]
            .container
            .host_config
            .restart_policy
            .as_ref()
            == Some(policy)
        {
            return false;
        }
        self.cancel_restart(world, key);
        let host = world
            .record(key)
            .container
            .host_config
            .mut_or_insert_default();
        host.restart_policy = options.restart_policy.clone();
        true
    }
}

fn changes_resources(world: &Guard<'_>, key: Key, options: &UpdateOptions) -> bool {
    let now = &world.records[&key].container.host_config.resources;
    options.resources.is_some() && *now != options.resources
}

/// Empty resources lift all limits.
fn set_resources(world: &mut Guard<'_>, key: Key, options: &UpdateOptions) -> bool {
    if !changes_resources(world, key, options) {
        return false;
    }
    let host = world
        .record(key)
        .container
        .host_config
        .mut_or_insert_default();
    host.resources = options.resources.clone();
    if *host.resources == Resources::default() {
        host.resources.clear();
    }
    true
}
