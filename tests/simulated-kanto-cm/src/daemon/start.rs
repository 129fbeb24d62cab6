//! Start, by a call, by a restart policy, or by the daemon's own start. Interrupting it ruins the container's id.

use super::{hooks, Caller, Daemon, Failure, Guard, Key, World};
use crate::model::{defaults, identifier, status};
use crate::protocol::Phase;
use crate::setup::Program;

/// The process id of every running container: one that surely exists, whatever becomes of the simulator.
pub(super) const PID: i64 = 1;

/// On whose behalf a container starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Starter {
    Call,
    Policy,
    DaemonStart,
}

impl Daemon {
    pub(crate) fn start(&self, id: &str, caller: &mut Caller) -> Result<(), Failure> {
        self.with_container(id, caller, |world, key, caller| {
            self.start_locked(world, key, caller, Starter::Call)
        })
    }

    /// Starts a container whose lock is held.
    pub(super) fn start_locked(
        &self,
        world: &mut Guard<'_>,
        key: Key,
        caller: &mut Caller,
        starter: Starter,
    ) -> Result<(), Failure> {
        check_startable(world, key, starter)?;
        self.connect(world, key)?;
        if starter != Starter::Policy {
            let record = world.record(key);
            record.container.restart_count = 0;
            record.container.manually_stopped = false;
            record.restarts.reset(0);
        }
        match self.run_in_containerd(world, key, caller) {
            Ok(()) => self.note_running(world, key),
            Err(failure) => {
                self.note_failed(world, key, &failure);
                return Err(failure);
            }
        }
        Ok(())
    }

    /// What containerd and runc do. Only what fails by itself is tidied up.
    fn run_in_containerd(
        &self,
        world: &mut Guard<'_>,
        key: Key,
        caller: &mut Caller,
    ) -> Result<(), Failure> {
        check_containerd(world, key)?;
        let host = world
            .record(key)
            .container
            .host_config
            .mut_or_insert_default();
        if defaults::RUNC_NAMES.contains(&&*host.runtime) {
            defaults::RUNTIME.clone_into(&mut host.runtime);
        }
        let id = world.records[&key].container.id.clone();
        world.containerd.containers.insert(id.clone(), false);
        self.save_containerd(world);
        caller.half_way();
        self.may_lose_caller(world, caller)?;
        let takes = |world: &World| world.start_takes(key);
        if caller.gone() || !self.pass(world, caller, takes) {
            return Err(Failure::Interrupted);
        }
        let refused = refused_by_runc(world, key);
        match &refused {
            Some(_) => world.containerd.containers.remove(&id),
            None => world.containerd.containers.insert(id, true),
        };
        self.save_containerd(world);
        refused.map_or(Ok(()), |text| Err(text.into()))
    }

    fn note_running(&self, world: &mut Guard<'_>, key: Key) {
        let program = world.program(key);
        let record = world.record(key);
        status::running(&mut record.container, PID);
        record.started_before = true;
        record.after_unpause = None;
        record.run += 1;
        self.save(world, key);
        self.wind_up(world, key, program);
    }

    fn note_failed(&self, world: &mut Guard<'_>, key: Key, failure: &Failure) {
        let text = match failure {
            Failure::Refused(text) => text,
            Failure::Interrupted => "context canceled",
        };
        status::stopped(&mut world.record(key).container, 0, text);
        self.disconnect(world, key);
        self.save(world, key);
    }
}

fn check_startable(world: &Guard<'_>, key: Key, starter: Starter) -> Result<(), Failure> {
    let container = &world.records[&key].container;
    let (id, state) = (&container.id, &container.state);
    if state.paused {
        let text = "is paused - cannot start it - try unpausing it instead";
        return Err(format!("the container with id = {id} {text}").into());
    }
    if state.running {
        return Err(format!("the container with id = {id} is already running").into());
    }
    if state.dead {
        return Err(format!("the container with id = {id} is dead - cannot start it").into());
    }
    if starter != Starter::Call || world.phase == Phase::Ready {
        return Ok(());
    }
    if world.has_controller {
        return Err(format!("no network [bridge] found while connecting container {id} ").into());
    }
    Err("no network controller to connect to default network".into())
}

/// What is looked at before the container is made in containerd.
fn check_containerd(world: &Guard<'_>, key: Key) -> Result<(), String> {
    let container = &world.records[&key].container;
    let (id, image) = (&container.id, &container.image.name);
    if world.containerd.containers.contains_key(id) {
        return Err(format!("container with ID = {id} already exists"));
    }
    if world.containerd.tasks.contains(id) {
        return Err(format!("task {id}: already exists"));
    }
    if !world.containerd.snapshots.contains_key(id) {
        return Err(format!(
            "snapshot for container with ID = {id} does not exist"
        ));
    }
    if !world.containerd.images.contains_key(image) {
        return Err(format!("image {image:?}: not found"));
    }
    identifier::refused_by_containerd(id).map_or(Ok(()), Err)
}

/// What the runtime refuses once it tries.
fn refused_by_runc(world: &mut Guard<'_>, key: Key) -> Option<String> {
    let run_hooks = |world: &mut Guard<'_>, kind: &str| {
        let container = world.records[&key].container.clone();
        Guard::unlocked(world, || hooks::run(&container, kind))
    };
    let created = run_hooks(world, hooks::PRESTART)
        .map_err(|error| format!("error during container init: {error}"))
        .and_then(|()| refused_at_init(world, key).map_or(Ok(()), Err))
        .map_err(|error| format!("unable to start container process: {error}"))
        .and_then(|()| run_hooks(world, hooks::POSTSTART));
    let error = created.err()?;
    Some(format!(
        "failed to create shim task: OCI runtime create failed: runc create failed: {error}: unknown"
    ))
}

/// What the runtime refuses once it has a program to run.
fn refused_at_init(world: &Guard<'_>, key: Key) -> Option<String> {
    let container = &world.records[&key].container;
    if container.host_name.len() > identifier::LONGEST_HOST_NAME {
        return Some("error during container init: sethostname: invalid argument".to_owned());
    }
    if world.program(key) == Program::Missing {
        let command = container
            .config
            .cmd
            .first()
            .map_or("/missing", String::as_str);
        return Some(format!(
            "exec: {command:?}: stat {command}: no such file or directory"
        ));
    }
    None
}
