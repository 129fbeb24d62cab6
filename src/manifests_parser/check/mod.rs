//! What Kanto-CM's Create would refuse, and what it would take but could never start, is an error of the manifest.
//!
//! The container is judged with Kanto-CM's defaults filled in, as Kanto-CM does it.

mod host_config;
mod judge;
mod rules;

use self::judge::Judge;
use super::findings::Findings;
use super::words::quoted;
use crate::container::{is_containerd_id, is_reserved, Spec};

pub(super) use rules::names_host_address;

/// Longest id: with a `kad-next.` before it, it must still be one that containerd takes.
const MAX_ID: usize = 64;

/// Longest host name that Linux takes (`HOST_NAME_MAX`).
const MAX_HOST_NAME: usize = 64;

/// Where a container's name comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NameFrom {
    /// The manifest gives it.
    Manifest,
    /// It is the id.
    Id,
    /// It is the file's name without `.json`.
    File,
}

/// Adds an error for each rule that `container`, with its defaults filled in, breaks.
pub(super) fn check(container: &Spec, name_from: NameFrom, findings: &mut Findings<'_>) {
    let mut judge = Judge::new(findings);
    check_id(&container.id, &mut judge);
    check_name(&container.name, name_from, &mut judge);
    check_host_name(container, &mut judge);
    if container.image.name.is_empty() {
        judge.expected("image.name", "the name of the image to run", "");
    }
    check_mounts(container, &mut judge);
    check_hooks(container, &mut judge);
    host_config::check(&container.host_config, &mut judge);
    for (index, entry) in container.env.iter().enumerate() {
        if !rules::is_environment_entry(entry) {
            let what = "NAME or NAME=value in one line, the name of letters, digits and _";
            let is_name = |one: char| one.is_ascii_alphanumeric() || "_-.".contains(one);
            let end = entry.find(|one| !is_name(one)).unwrap_or(entry.len());
            let value = if end < entry.len() { "…" } else { "" };
            let name = format!("{}{value}", &entry[..end]);
            judge.expected(&format!("config.env[{index}]"), what, &name);
        }
    }
}

fn check_id(id: &str, judge: &mut Judge<'_, '_>) {
    if id.is_empty() {
        return;
    }
    if !is_containerd_id(id) {
        judge.expected("id", "letters and digits, with single ., _ or - between them (else containerd will not run it)", id);
    } else if id.len() > MAX_ID {
        judge.error(
            "id",
            format!("expected at most {MAX_ID} characters, found {}", id.len()),
        );
    } else if is_reserved(id) {
        judge.error("id", reserved(id));
    }
}

fn check_name(name: &str, from: NameFrom, judge: &mut Judge<'_, '_>) {
    let what = "a letter, digit or _, then letters, digits, _, . or -";
    let fits = rules::is_container_name(name);
    match from {
        NameFrom::Id => {} // judged as the id, whose rule is stricter
        _ if fits && is_reserved(name) => judge.error("name", reserved(name)),
        _ if fits => {}
        NameFrom::Manifest => judge.expected("name", what, name),
        NameFrom::File => {
            judge.error(
                "name",
                format!(
                    "left out, and the file's name {} cannot stand for it: expected {what}",
                    quoted(name)
                ),
            );
        }
    }
}

fn reserved(name: &str) -> String {
    format!("{} begins with one of the prefixes kad-next. and kad-prev., which the deployer keeps for itself", quoted(name))
}

fn check_host_name(container: &Spec, judge: &mut Judge<'_, '_>) {
    let length = container.host_name.len();
    if length <= MAX_HOST_NAME || judge.is_broken("name") || judge.is_broken("id") {
        return;
    }
    let found = if judge.is_given("host_name") {
        format!("found {length}")
    } else {
        format!(
            "but it is left out and the default {} has {length}",
            quoted(&container.host_name)
        )
    };
    judge.error(
        "host_name",
        format!("expected at most {MAX_HOST_NAME} bytes, {found}"),
    );
}

fn check_mounts(container: &Spec, judge: &mut Judge<'_, '_>) {
    const MODES: &[&str] = &[
        "rprivate", "private", "rshared", "shared", "rslave", "slave",
    ];
    for (index, mount) in container.mounts.iter().enumerate() {
        let at = format!("mounts[{index}]");
        judge.filled(
            &format!("{at}.source"),
            "a path on the machine",
            &mount.source,
        );
        judge.filled(
            &format!("{at}.destination"),
            "a path in the container",
            &mount.destination,
        );
        judge.one_of(
            &format!("{at}.propagation_mode"),
            MODES,
            &mount.propagation_mode,
        );
    }
}

fn check_hooks(container: &Spec, judge: &mut Judge<'_, '_>) {
    const WORDS: [&str; 3] = ["Prestart", "Poststart", "Poststop"];
    for (index, hook) in container.hooks.iter().enumerate() {
        let at = format!("hooks[{index}]");
        judge.filled(&format!("{at}.path"), "the path of a program", &hook.path);
        if !WORDS.contains(&hook.kind.as_str()) {
            judge.hook_type(&format!("{at}.type"), &hook.kind);
        }
    }
}
