//! Create: checks, pulls, makes a snapshot. A request without an image takes the whole daemon down.

use std::io::{self, Write};
use std::time::Duration;

use signal_hook::low_level;

use super::{Caller, Daemon, Failure, Guard, World};
use crate::model::{defaults, status, validation};
use crate::proto::types::Container;
use crate::protocol::Phase;

/// What a Create says that meets another one of the same id, or what that has left.
const NO_STREAMS: &str = "failed to create containerIO";

impl Daemon {
    pub(crate) fn create(
        &self,
        request: Option<Container>,
        caller: &mut Caller,
    ) -> Result<Container, Failure> {
        let Some(mut container) = request.filter(|container| container.image.is_some()) else {
            panic_as_go_does();
        };
        let mut world = self.enter(caller)?;
        if !container.id.is_empty() && world.find(&container.id).is_some() {
            return Err(format!("container with id = {} already exists", container.id).into());
        }
        defaults::fill(&mut container);
        validation::check(&container)?;
        status::creating(&mut container);
        if world.creating.contains(&container.id) {
            return Err(NO_STREAMS.into());
        }
        if world.stale_io.remove(&container.id) {
            // It tidies up after itself, and after the one before.
            world.containerd.snapshots.remove(&container.id);
            self.save_containerd(&mut world);
            return Err(NO_STREAMS.into());
        }
        world.creating.insert(container.id.clone());
        let prepared = self.prepare(&mut world, &container, caller);
        world.creating.remove(&container.id);
        if let Err(failure) = prepared {
            self.disk.delete(&container.id);
            return Err(failure);
        }
        caller.half_way();
        self.finish_create(&mut world, container, caller)
    }

    /// Opens the log, pulls the image and makes the snapshot.
    fn prepare(
        &self,
        world: &mut Guard<'_>,
        container: &Container,
        caller: &mut Caller,
    ) -> Result<(), Failure> {
        let (id, image) = (&container.id, &container.image.name);
        validation::check_log_directory(container)?;
        if let Err(failure) = self.pull(world, image, caller) {
            if failure == Failure::Interrupted {
                world.stale_io.insert(id.clone());
            }
            return Err(failure);
        }
        let made = world.containerd.add_snapshot(id, image);
        self.save_containerd(world);
        if made {
            return Ok(());
        }
        world.stale_io.insert(id.clone());
        Err(format!("snapshot \"{id}-snapshot\": already exists").into())
    }

    fn finish_create(
        &self,
        world: &mut Guard<'_>,
        mut container: Container,
        caller: &mut Caller,
    ) -> Result<Container, Failure> {
        status::created(&mut container);
        self.disk.save(&container, false, false);
        if world.phase == Phase::Restoring {
            return Err(self.deadlock(world, caller));
        }
        world.add(container.clone(), false);
        self.changed(world);
        Ok(container)
    }

    /// Pulls an image unless containerd holds it.
    fn pull(&self, world: &mut Guard<'_>, name: &str, caller: &mut Caller) -> Result<(), Failure> {
        self.may_lose_caller(world, caller)?;
        if caller.gone() {
            return Err(Failure::Interrupted);
        }
        if world.containerd.images.contains_key(name) {
            return Ok(());
        }
        let takes = |world: &World| world.setup.image(name).map_or(0, |image| image.pull_ms);
        if !self.pass(world, caller, |world| Duration::from_millis(takes(world))) {
            return Err(Failure::Interrupted);
        }
        match world.setup.image(name).cloned() {
            Some(image) => {
                let failed = world.failed_pulls.entry(image.name.clone()).or_default();
                if let Some(error) = image
                    .pull_error
                    .filter(|_| *failed < image.pull_failures.unwrap_or(u32::MAX))
                {
                    *failed += 1;
                    return Err(error.into());
                }
            }
            None if world.setup.offline => return Err(no_registry(name).into()),
            None => {}
        }
        world.containerd.add_image(name, 0);
        self.save_containerd(world);
        Ok(())
    }
}

fn no_registry(image: &str) -> String {
    let host = image.split('/').next().unwrap_or(image);
    format!(
        "failed to resolve reference {image:?}: failed to do request: Head \"https://{host}/v2/\": dial tcp: lookup \
         {host}: no such host"
    )
}

/// The daemon dereferences a pointer that is nil. The containers run on, the socket file stays.
fn panic_as_go_does() -> ! {
    let _ = writeln!(
        io::stderr(),
        "panic: runtime error: invalid memory address or nil pointer dereference (a Create without an image)"
    );
    low_level::exit(2)
}
