//! A container can be replaced, and a replacement taken back, in every state and with every restart policy.

use serde_json::{json, Value};
use simulated_kanto_cm::{Left, Process, State};

use crate::common::replacing::{
    calls_that_replace, changes_of, configuration, existing, expect_clean, expect_running, version,
    version_running,
};
use crate::common::{deploy, kanto_cm, Manifests};

/// The states in which an old container can be met, and how it comes into each.
const STATES: [(&str, Left, &[&str]); 6] = [
    ("running", Left::Running, &[]),
    ("paused", Left::Paused, &[]),
    ("created", Left::Created, &[]),
    ("stopped", Left::ManuallyStopped, &[]),
    // Kanto-CM does not start it again: it has forgotten to, over its own crash.
    ("exited", Left::Running, &[]),
    ("looping", Left::Exited(1), &["/simulated/exit", "1"]),
];
/// A paused one does not handle SIGTERM: its Remove takes as long as this.
const SOON: [&str; 2] = ["--stop-timeout", "1"];
const POLICIES: [&str; 4] = ["no", "always", "unless-stopped", "on-failure"];

/// One container in every state with every restart policy, by the name `STATE.POLICY`.
fn all_kinds() -> (Process, Vec<(String, &'static str)>) {
    let (mut containers, mut names) = (Vec::new(), Vec::new());
    for (state, left, cmd) in STATES {
        for policy in POLICIES {
            let name = format!("{state}.{policy}");
            let mut old = version_running(&name, 1, cmd);
            old["host_config"] = json!({ "restart_policy": { "type": policy } });
            containers.push(existing(&old, left));
            names.push((name, policy));
        }
    }
    let cm = kanto_cm().containers(containers).start();
    cm.wait_ready();
    for policy in POLICIES {
        cm.exit_container(&format!("exited.{policy}"), 1);
    }
    (cm, names)
}

/// That they are what their names say when the deployer comes.
fn expect_all_kinds(cm: &Process, names: &[(String, &str)]) {
    let is_in = |state: &State, name: &str, policy: &str| {
        let container = state.container(name).unwrap();
        match name.split('.').next().unwrap() {
            "running" => container.running,
            "paused" => container.status == "Paused",
            "created" => container.status == "Created",
            // Kanto-CM starts it when it starts.
            "stopped" if policy == "always" => container.running,
            "stopped" => container.status == "Stopped",
            "exited" => container.status == "Exited",
            _ if policy == "no" => container.status == "Exited",
            _ => container.restart_count >= 2,
        }
    };
    cm.wait_until(|state| {
        names
            .iter()
            .all(|(name, policy)| is_in(state, name, policy))
    });
}

#[test]
fn every_restart_policy_in_every_state() {
    let (cm, names) = all_kinds();
    let manifests = names
        .iter()
        .fold(Manifests::new(), |manifests, (name, policy)| {
            let mut new = version(name, 2);
            new["host_config"] = json!({ "restart_policy": { "type": policy } });
            manifests.with_json(name, &new)
        });
    expect_all_kinds(&cm, &names);
    deploy(&cm, &manifests, &SOON).expect_code(0);
    let calls = cm.calls();
    for (name, policy) in &names {
        let mut expected = calls_that_replace(name, name);
        if name.starts_with("paused") {
            // It would get no SIGTERM.
            expected.insert(2, format!("Unpause {name}"));
        }
        assert_eq!(changes_of(&calls, name), expected);
        expect_running(&cm, name, 2);
        let now = &configuration(&cm, name)["host_config"]["restart_policy"]["type"];
        assert_eq!(now, policy, "{name}");
    }
    expect_clean(&cm);
    cm.clear_calls();
    deploy(&cm, &manifests, &[]).expect_code(0);
    assert_eq!(cm.calls().len(), 1, "a List\n{}", cm.journal());
}

#[test]
fn an_old_one_in_any_state_is_back_after_a_failure() {
    let (cm, names) = all_kinds();
    let manifests = names.iter().fold(Manifests::new(), |manifests, (name, _)| {
        manifests.with_json(name, &version_running(name, 2, &["/simulated/missing"]))
    });
    expect_all_kinds(&cm, &names);
    let before: Vec<Value> = names.iter().map(|(id, _)| configuration(&cm, id)).collect();
    deploy(&cm, &manifests, &SOON).expect_code(1);
    for ((name, _), before) in names.iter().zip(before) {
        assert_eq!(configuration(&cm, name), before);
        if !name.starts_with("looping") {
            expect_running(&cm, name, 1);
        }
    }
    expect_clean(&cm);
}

#[test]
fn a_dead_one_counts_as_none() {
    let mut old = existing(&version("a", 1), Left::Dead);
    old.container["id"] = json!("dead");
    let cm = kanto_cm().containers([old]).start();
    let mut nameless = version("a", 2);
    nameless["container_id"] = Value::Null;
    let manifests = Manifests::new().with_json("a", &nameless);
    deploy(&cm, &manifests, &[])
        .expect_code(0)
        .expect_lines(&["a  created, started", "1 manifest: 1 deployed"]);
    let state = cm.state();
    let running: Vec<_> = state
        .containers
        .iter()
        .filter(|container| container.running)
        .collect();
    assert_eq!(running.len(), 1, "{state:?}");
    assert_eq!(running[0].whole["config"]["env"], json!(["VERSION=2"]));
}

#[test]
fn a_dead_one_that_stays_is_a_failure() {
    let cm = kanto_cm().left(&version("a", 1), Left::Dead).start();
    let manifests = Manifests::new().with_json("a", &version("a", 1));
    deploy(&cm, &manifests, &[])
        .expect_code(1)
        .expect_log("container with id = a already exists");
}
