//! Errors about containers that Kanto-CM's Create would refuse, or could never start; warnings about what was hardly meant.
//!
//! The container is checked with Kanto-CM's defaults filled in, as Kanto-CM does it.

mod expect;
mod host_config;
mod image;
mod patterns;
mod warnings;

use super::collector::Collector;
use super::quote::quoted;
use crate::container::{is_containerd_id, is_reserved, Spec};

/// Longest id: with a `kad-next.` before it, it must still be one that containerd takes.
const MAX_ID: usize = 64;

/// Longest host name that Linux takes (`HOST_NAME_MAX`).
const MAX_HOST_NAME: usize = 64;

/// Where a container's name comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NameFrom {
    /// The manifest gives it.
    Manifest,
    /// The id stands for it.
    Id,
    /// The file's name without `.json` stands for it.
    File,
}

/// Checks a container as its manifest gives it: adds errors and warnings.
pub(super) fn check_container(
    container: &Spec,
    name_from: NameFrom,
    collector: &mut Collector<'_>,
) {
    check_with_defaults(&container.clone().with_defaults(), name_from, collector);
    if !container.image.name.is_empty() {
        image::check_image(&container.image.name, collector);
    }
    warnings::warn(container, collector);
}

/// Adds an error for each rule that `container`, with its defaults filled in, breaks.
fn check_with_defaults(container: &Spec, name_from: NameFrom, collector: &mut Collector<'_>) {
    check_id(&container.id, collector);
    check_name(&container.name, name_from, collector);
    check_host_name(container, collector);
    if container.image.name.is_empty() {
        collector.error_expected("image.name", "the name of the image to run", "");
    }
    check_mounts(container, collector);
    check_hooks(container, collector);
    host_config::check_host_config(&container.host_config, collector);
    for (index, entry) in container.env.iter().enumerate() {
        check_variable(entry, &format!("config.env[{index}]"), collector);
    }
}

/// Checks a variable. An error shows the entry up to its first invalid character, because the rest may be a password.
fn check_variable(entry: &str, path: &str, collector: &mut Collector<'_>) {
    if patterns::is_environment_entry(entry) {
        return;
    }
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || "_-.".contains(letter);
    let end = entry.find(|letter| !is_name(letter));
    let end = end.unwrap_or(entry.len());
    let value = if end < entry.len() { "…" } else { "" };
    let name = format!("{}{value}", &entry[..end]);
    let expected = "NAME or NAME=value in one line, the name of letters, digits and _";
    collector.error_expected(path, expected, &name);
}

fn check_id(id: &str, collector: &mut Collector<'_>) {
    if id.is_empty() {
        return;
    }
    if !is_containerd_id(id) {
        collector.error_expected("id", "letters and digits, with single ., _ or - between them (else containerd will not run it)", id);
    } else if id.len() > MAX_ID {
        collector.error(
            "id",
            format!("expected at most {MAX_ID} characters, found {}", id.len()),
        );
    } else if is_reserved(id) {
        collector.error("id", reserved(id));
    }
}

fn check_name(name: &str, from: NameFrom, collector: &mut Collector<'_>) {
    let expected = "a letter, digit or _, then letters, digits, _, . or -";
    let fits = patterns::is_container_name(name);
    match from {
        NameFrom::Id => {} // checked as the id, whose rule is stricter
        _ if fits && is_reserved(name) => collector.error("name", reserved(name)),
        _ if fits => {}
        NameFrom::Manifest => collector.error_expected("name", expected, name),
        NameFrom::File => {
            collector.error(
                "name",
                format!(
                    "left out, and the file's name {} cannot stand for it: expected {expected}",
                    quoted(name)
                ),
            );
        }
    }
}

fn reserved(name: &str) -> String {
    format!("{} begins with one of the prefixes kad-next. and kad-prev., which the deployer keeps for itself", quoted(name))
}

fn check_host_name(container: &Spec, collector: &mut Collector<'_>) {
    let length = container.host_name.len();
    if length <= MAX_HOST_NAME || collector.has_error("name") || collector.has_error("id") {
        return;
    }
    let found = if collector.is_given("host_name") {
        format!("found {length}")
    } else {
        format!(
            "but it is left out and the default {} has {length}",
            quoted(&container.host_name)
        )
    };
    collector.error(
        "host_name",
        format!("expected at most {MAX_HOST_NAME} bytes, {found}"),
    );
}

fn check_mounts(container: &Spec, collector: &mut Collector<'_>) {
    const MODES: &[&str] = &[
        "rprivate", "private", "rshared", "shared", "rslave", "slave",
    ];
    for (index, mount) in container.mounts.iter().enumerate() {
        let at = format!("mounts[{index}]");
        collector.check_filled(
            &format!("{at}.source"),
            "a path on the machine",
            &mount.source,
        );
        collector.check_filled(
            &format!("{at}.destination"),
            "a path in the container",
            &mount.destination,
        );
        collector.check_one_of(
            &format!("{at}.propagation_mode"),
            MODES,
            &mount.propagation_mode,
        );
    }
}

fn check_hooks(container: &Spec, collector: &mut Collector<'_>) {
    for (index, hook) in container.hooks.iter().enumerate() {
        let at = format!("hooks[{index}]");
        collector.check_filled(&format!("{at}.path"), "the path of a program", &hook.path);
        collector.check_hook_type(&format!("{at}.type"), &hook.kind);
    }
}
