//! What is decided, as tables and as properties of random worlds.

mod deciding;
mod finding;
mod in_place;
mod model;
mod neighbours;
mod order;
mod pairing;
mod properties;
mod pruning;
mod random;
mod recovering;
mod running;
mod writing;

use super::*;
use crate::container::{digest, digest_but_for_id, Container, Role};
use crate::kanto_cm::{Existing, State, Status};
use crate::manifests_parser::{parse_manifest, Manifest};
use crate::record::{Entry, EntryState, Record};

/// Without neighbours.
fn plan_with(
    manifests: &[Manifest],
    existing: &[Existing],
    record: &Record,
    rules: &Rules,
) -> Plan {
    super::plan(manifests, &Beside::default(), existing, record, rules)
}

/// With nothing recorded.
fn plan(manifests: &[Manifest], existing: &[Existing]) -> Plan {
    plan_with(manifests, existing, &Record::none(), &Rules::default())
}

fn manifest(json: &str) -> Manifest {
    let parsed = parse_manifest("file", json.as_bytes());
    Manifest {
        file: "file.json".into(),
        path: "file.json".into(),
        container: parsed.container.expect("a valid manifest"),
        warnings: parsed.warnings,
        format: parsed.format,
        version: crate::manifests_parser::Version::default(),
        anchors: parsed.anchors,
    }
}

fn named(name: &str, extra_hosts: &[&str]) -> Manifest {
    let hosts: Vec<String> = extra_hosts
        .iter()
        .map(|host| format!("\"{host}:container_{host}-host\""))
        .collect();
    manifest(&format!(
        r#"{{"container_name": "{name}", "image": {{"name": "i:1"}}, "host_config": {{"extra_hosts": [{}]}}}}"#,
        hosts.join(",")
    ))
}

/// As Kanto-CM would list it after a Create from `manifest`.
fn listed(manifest: &Manifest, id: &str, status: Status) -> Existing {
    let container = Container {
        id: id.to_owned(),
        ..manifest.container.clone().with_defaults()
    };
    Existing {
        container,
        state: State {
            status,
            ..State::default()
        },
        ..Existing::default()
    }
}

fn words(plan: &Plan) -> Vec<&'static str> {
    plan.steps
        .iter()
        .map(|step| step.words().first().copied().unwrap_or("-"))
        .collect()
}

fn changes_nothing(plan: &Plan) -> bool {
    !plan.steps.iter().any(Step::changes_anything)
}

/// Of the container with the id `x` and the name `a`, whose environment says which configuration it is.
fn level(level: &str) -> Manifest {
    let mut one =
        manifest(r#"{"container_id": "x", "container_name": "a", "image": {"name": "i:1"}}"#);
    one.container.env = vec![format!("LEVEL={level}")];
    one
}

/// Of the same container, without an id.
fn anonymous(level: &str) -> Manifest {
    let mut one = self::level(level);
    one.container.id.clear();
    one
}

/// As Kanto-CM would list a helper that holds `manifest`, for the container with the id `id`.
fn helper(role: Role, manifest: &Manifest, id: &str) -> Existing {
    let held = Container {
        id: id.to_owned(),
        ..manifest.container.clone()
    };
    Existing {
        container: held.as_helper(role).with_defaults(),
        state: State {
            status: Status::Created,
            ..State::default()
        },
        ..Existing::default()
    }
}

/// What is recorded of `manifest`, made by this program in the directory `/m`.
fn entry(manifest: &Manifest, id: &str, state: EntryState) -> Entry {
    let filled = manifest.container.clone().with_defaults();
    Entry {
        name: filled.name.clone(),
        id: id.to_owned(),
        directory: "/m".to_owned(),
        digest: digest(&filled),
        made: digest_but_for_id(&filled),
        state,
        created: true,
        tries: 0,
        reason: "exit code 3".to_owned(),
    }
}

fn record(entries: &[Entry]) -> Record {
    let mut record = Record::none();
    for entry in entries {
        record.put(entry.clone());
    }
    record.read_anew() // by an earlier run
}
