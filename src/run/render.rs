//! `--render`: prints manifests. On standard output is nothing but JSON; the files that each comes from are in the log.

use std::path::PathBuf;
use std::time::Duration;

use log::{error, info};

use super::{note_signals, prepare, print_out};
use crate::cli::{Options, RenderFormat};
use crate::container::{Listed, Spec};
use crate::exit::Exit;
use crate::kanto_cm::{connect, ConnectError, Waiting};
use crate::manifests_parser::{self, Manifest};
use crate::render::manifest;
use crate::sys::signals::TERMINATION_SIGNALS;
use crate::text::{printable, printable_path};

/// Prints the manifests of the layers as they would be deployed.
pub(super) fn render_manifests(
    options: &Options,
    layers: &[PathBuf],
    format: RenderFormat,
) -> Exit {
    let mut manifests = match manifests_parser::read_layers(layers) {
        Ok(manifests) => manifests,
        Err(error) => {
            error!("{error}");
            return Exit::ManifestsUnreadable;
        }
    };
    let directory = prepare::prepare(&mut manifests, options.strict);
    if let Err(problem) = &directory {
        error!("{problem}");
    }
    for manifest in &manifests.valid {
        log_origin(manifest);
        print(&manifest.container, format);
    }
    Exit::of(None, directory.is_err() || !manifests.invalid.is_empty())
}

/// Prints a manifest of each of these containers that Kanto-CM has, or of all.
pub(super) fn render_containers(options: &Options, names: &[String], format: RenderFormat) -> Exit {
    let containers = match list(options) {
        Ok(containers) => containers,
        Err(exit) => return exit,
    };
    let is_named =
        |container: &Listed, name: &String| *name == container.name || *name == container.id;
    for container in &containers {
        let is_asked_for = names.is_empty() || names.iter().any(|name| is_named(container, name));
        if is_asked_for && container.stand_in().is_none() {
            // An id that Kanto-CM has made up is no part of what was asked for.
            let id = Some(&container.id).filter(|id| !is_made_up(id));
            print(&container.to_spec(id.cloned().unwrap_or_default()), format);
        }
    }
    let mut is_complete = true;
    for name in names {
        if !containers.iter().any(|container| is_named(container, name)) {
            let name = printable(name);
            error!("Kanto-CM has no container with the name or id {name}");
            is_complete = false;
        }
    }
    Exit::of(None, !is_complete)
}

fn list(options: &Options) -> Result<Vec<Listed>, Exit> {
    let stop = note_signals(&TERMINATION_SIGNALS);
    let waiting = Waiting {
        socket: &options.socket_cm,
        connect_timeout: options.connect_timeout,
        jobs: 1,
        create_timeout: Duration::ZERO,
        stop: &stop,
        end_soon: None,
        is_ready: &|_| true,
    };
    match connect(&waiting) {
        Ok((_, observed, _)) => {
            let observed = observed.into_iter();
            Ok(observed.map(|container| container.listed).collect())
        }
        Err(ConnectError::TimedOut(reason)) => {
            error!("{reason}");
            Err(Exit::KantoCmUnreachable)
        }
        Err(ConnectError::Stopped) => Err(Exit::Signal(stop.received().unwrap_or_default())),
    }
}

/// Has Kanto-CM made up this id? Then it is a UUID.
fn is_made_up(id: &str) -> bool {
    let is_of_uuid = |(index, byte): (usize, u8)| match index {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    };
    id.len() == 36 && id.bytes().enumerate().all(is_of_uuid)
}

fn log_origin(manifest: &Manifest) {
    let name = printable(&manifest.container.name);
    let mut files = vec![printable_path(&manifest.path)];
    files.extend(manifest.drop_ins.iter().map(|path| printable_path(path)));
    info!("{name}: from {}", files.join(", "));
}

fn print(container: &Spec, format: RenderFormat) {
    print_out(&manifest(container, format == RenderFormat::Internal));
}
