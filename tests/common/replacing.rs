//! What the tests of replacements share: a container in two versions, the calls that lead from one to the other, and what
//! must hold whatever became of it.

use std::fs;

use serde_json::{json, Value};
use simulated_kanto_cm::{Call, Existing, Left, Method, Outcome, Process};

use super::{changes, manifest, state_file, Manifests};

/// The manifest of `name`, which differs from its other versions in its environment.
pub(crate) fn version(name: &str, number: u32) -> Value {
    let mut version = manifest(name);
    version["config"] = json!({ "env": [format!("VERSION={number}")] });
    version
}

/// The same with these words as its command.
pub(crate) fn version_running(name: &str, number: u32, cmd: &[&str]) -> Value {
    let mut version = version(name, number);
    version["config"]["cmd"] = json!(cmd);
    version
}

/// The container that Kanto-CM would have made of a manifest.
pub(crate) fn existing(manifest: &Value, left: Left) -> Existing {
    let mut container = manifest.clone();
    let keys = container.as_object_mut().expect("a manifest");
    for (from, to) in [("container_id", "id"), ("container_name", "name")] {
        if let Some(value) = keys.remove(from) {
            keys.insert(to.to_owned(), value);
        }
    }
    Existing::new(container, left)
}

/// The stand-in with this prefix for the container of a manifest.
pub(crate) fn stand_in(prefix: &str, manifest: &Value) -> Existing {
    let mut stand_in = manifest.clone();
    let name = manifest["container_name"].as_str().expect("a name");
    for key in ["container_id", "container_name"] {
        stand_in[key] = json!(format!("{prefix}.{name}"));
    }
    stand_in["host_name"] = json!(format!("{name}-host"));
    stand_in["domain_name"] = json!(format!("{name}-domain"));
    existing(&stand_in, Left::Created)
}

/// The ids of all containers.
pub(crate) fn ids(cm: &Process) -> Vec<String> {
    let containers = cm.containers().into_iter();
    containers.map(|container| container.id).collect()
}

/// The second versions of these.
pub(crate) fn second_versions(names: &[&str]) -> Manifests {
    let add = |manifests: Manifests, name: &&str| manifests.with_json(name, &version(name, 2));
    names.iter().fold(Manifests::new(), add)
}

/// The changing calls that put the container with the id `new` in the place of the one with the id `old`.
pub(crate) fn calls_that_replace(old: &str, new: &str) -> Vec<String> {
    vec![
        format!("Create kad-next.{new}"),
        format!("Create kad-prev.{old}"),
        format!("Remove {old}"),
        format!("Create {new}"),
        format!("Start {new}"),
        format!("Remove kad-next.{new}"),
        format!("Remove kad-prev.{old}"),
    ]
}

/// The same where the new one is found wanting after its Start.
pub(crate) fn calls_that_roll_back(old: &str, new: &str) -> Vec<String> {
    let mut calls = calls_that_replace(old, new);
    let back = [
        format!("Remove {new}"),
        format!("Create {old}"),
        format!("Start {old}"),
    ];
    calls.splice(5..5, back);
    calls
}

/// The changing calls for the container with this id and for its stand-ins.
pub(crate) fn changes_of(calls: &[Call], id: &str) -> Vec<String> {
    let is_about_it = |call: &Call| {
        let about = call.id.strip_prefix("kad-next.");
        let about = about.or_else(|| call.id.strip_prefix("kad-prev."));
        about.unwrap_or(&call.id) == id
    };
    let calls: Vec<Call> = calls
        .iter()
        .filter(|call| is_about_it(call))
        .cloned()
        .collect();
    changes(&calls)
}

/// The n-th call of that method for that id, counted from 1, if there was one.
pub(crate) fn nth_call<'a>(
    calls: &'a [Call],
    method: Method,
    id: &str,
    n: usize,
) -> Option<&'a Call> {
    let mut those = calls
        .iter()
        .filter(|call| call.method == method && call.id == id);
    those.nth(n - 1)
}

/// Waits until the n-th call of that method for that id has begun.
pub(crate) fn wait_for_nth_call(cm: &Process, method: Method, id: &str, n: usize) -> Call {
    let what = format!("{method} of {id}, number {n}");
    cm.wait_for_calls(&what, |calls| nth_call(calls, method, id, n).cloned())
}

/// Waits until a call of that method for that id has been answered with success.
pub(crate) fn wait_for_success(cm: &Process, method: Method, id: &str) {
    let is_it = |call: &Call| call.method == method && call.id == id && call.outcome == Outcome::Ok;
    let what = format!("an answer to {method} of {id}");
    cm.wait_for_calls(&what, |calls| calls.iter().any(is_it).then_some(()));
}

/// Which version of a container there is.
#[track_caller]
pub(crate) fn version_of(cm: &Process, name: &str) -> String {
    let container = cm.container(name);
    let container = container.unwrap_or_else(|| panic!("no {name}\n{}", cm.journal()));
    let env = &container.whole["config"]["env"][0];
    env.as_str().unwrap_or_default().to_owned()
}

/// Demands that this version runs.
#[track_caller]
pub(crate) fn expect_running(cm: &Process, name: &str, number: u32) {
    let version = version_of(cm, name);
    let container = cm.container(name);
    assert_eq!(
        version,
        format!("VERSION={number}"),
        "{name}\n{}",
        cm.journal()
    );
    assert!(cm.state().runs(name), "{container:?}\n{}", cm.journal());
}

/// Demands that no stand-in is left and that no call was cut off that must not be.
#[track_caller]
pub(crate) fn expect_clean(cm: &Process) {
    let state = cm.state();
    let names: Vec<&String> = state
        .containers
        .iter()
        .map(|container| &container.name)
        .collect();
    let is_helper = |name: &&String| name.starts_with("kad-");
    assert!(!names.iter().any(is_helper), "{names:?}");
    assert!(state.ruined_ids.is_empty(), "{:?}", state.ruined_ids);
    for call in cm.changing_calls() {
        let may_be_given_up = matches!(call.method, Method::Create);
        let is_whole = matches!(call.outcome, Outcome::Ok | Outcome::Error(_));
        assert!(is_whole || may_be_given_up, "{call}\n{}", cm.journal());
    }
}

/// The configuration of a container: without what comes and goes while it runs.
#[track_caller]
pub(crate) fn configuration(cm: &Process, id: &str) -> Value {
    let container = cm.container(id);
    let container = container.unwrap_or_else(|| panic!("no {id}\n{}", cm.journal()));
    let mut whole = container.whole;
    let keys = whole.as_object_mut().expect("an object");
    for runtime in [
        "state",
        "created",
        "restart_count",
        "manually_stopped",
        "network_settings",
        "resolv_conf_path",
        "hosts_path",
        "hostname_path",
    ] {
        keys.remove(runtime);
    }
    whole
}

/// When the container was started last.
pub(crate) fn started_at(cm: &Process, id: &str) -> Value {
    cm.container(id).expect("a container").whole["state"]["started_at"].clone()
}

/// What the record says of the container with this name: its `state`.
pub(crate) fn recorded_state(cm: &Process, name: &str) -> Value {
    let text = fs::read_to_string(state_file(cm)).expect("a record");
    let record: Value = serde_json::from_str(&text).expect("JSON");
    let entries = record["containers"].as_array().expect("entries");
    let entry = entries.iter().find(|entry| entry["name"] == name);
    entry.map_or(Value::Null, |entry| entry["state"].clone())
}

/// The manifest of `a`, with this in its variable `LEVEL`.
pub(crate) fn level(level: &str) -> Value {
    let mut manifest = manifest("a");
    manifest["config"] = json!({ "env": [format!("LEVEL={level}")] });
    manifest
}
