//! A home directory before the daemon looks at it: a fresh one is filled as the setup says, one whose power was cut has
//! lost every process.

use std::io;

use super::containerd::Containerd;
use super::disk::{Disk, Stored};
use super::network;
use super::start::PID;
use crate::model::{defaults, status, validation};
use crate::proto::types::Container;
use crate::setup::{Existing, Left, Setup};

/// Prepares the home. The answer is what containerd knows, and whether the home is fresh.
pub(super) fn open(disk: &Disk, setup: &Setup) -> Result<(Containerd, bool), String> {
    let Some(mut containerd) = disk.load_containerd() else {
        return furnish(disk, setup).map(|containerd| (containerd, true));
    };
    if let Some(cut) = disk.take_power_cut() {
        containerd.lose_processes();
        disk.save_containerd(&containerd);
        let pid = cut.stale_pid.unwrap_or(status::VANISHED_PID);
        make_stale(disk, pid).map_err(|error| format!("after a power cut: {error}"))?;
    }
    Ok((containerd, false))
}

/// What was running is listed with a process id that is not its own.
fn make_stale(disk: &Disk, pid: i64) -> io::Result<()> {
    for Stored {
        mut container,
        started_before,
    } in disk.load()
    {
        if status::is_up(&container) {
            status::stale(&mut container, pid);
            disk.put(&container, started_before)?;
        }
    }
    Ok(())
}

fn furnish(disk: &Disk, setup: &Setup) -> Result<Containerd, String> {
    let mut containerd = Containerd::default();
    for image in &setup.images {
        containerd.place(image);
    }
    for (at, existing) in setup.containers.iter().enumerate() {
        place(disk, &mut containerd, existing, at)
            .map_err(|error| format!("existing container {}: {error}", existing.container))?;
    }
    disk.save_containerd(&containerd);
    Ok(containerd)
}

fn place(
    disk: &Disk,
    containerd: &mut Containerd,
    existing: &Existing,
    at: usize,
) -> Result<(), String> {
    let mut container: Container =
        serde_json::from_value(existing.container.clone()).map_err(|error| error.to_string())?;
    defaults::fill(&mut container);
    validation::check(&container)?;
    let image = container.image.name.clone();
    if existing.left != Left::Dead {
        containerd
            .snapshots
            .insert(container.id.clone(), image.clone());
    }
    if !containerd.images.contains_key(&image) {
        containerd.add_image(&image, 0);
    }
    leave(&mut container, existing.left, at);
    if status::is_up(&container) {
        containerd.containers.insert(container.id.clone(), true);
    }
    if existing.left == Left::LostExit {
        containerd.lose_exit(&container.id, 0);
    }
    disk.put(&container, existing.left != Left::Created)
        .map_err(|error| error.to_string())
}

/// Leads a container into the state in which it was left.
fn leave(container: &mut Container, left: Left, at: usize) {
    status::creating(container);
    status::created(container);
    if left == Left::Created {
        return;
    }
    if left == Left::Dead {
        status::dead(container);
        return;
    }
    status::running_long(container, PID);
    match left {
        Left::Created | Left::Dead | Left::Running => connect(container, at),
        Left::LostExit => {
            status::stale(container, status::VANISHED_PID);
            connect(container, at);
        }
        Left::Paused => {
            connect(container, at);
            status::paused(container);
        }
        Left::Stopped => status::stopped(container, 0, ""),
        Left::ManuallyStopped => {
            status::stopped(container, 0, "");
            container.manually_stopped = true;
        }
        Left::Exited(code) => status::exited(container, code, ""),
    }
}

fn connect(container: &mut Container, at: usize) {
    let address = format!("172.17.0.{}", at + 2);
    let bridge = container.host_config.network_mode == "bridge";
    let settings = network::settings(container, bridge.then_some(address.as_str()));
    container.network_settings = protobuf::MessageField::some(settings);
}
