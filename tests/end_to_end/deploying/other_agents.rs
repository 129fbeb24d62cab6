//! What somebody else has done to a container stays, until its manifest changes or that is overruled.

use std::fs;

use serde_json::{json, Value};
use simulated_kanto_cm::Process;

use crate::common::agent::Agent;
use crate::common::replacing::level;
use crate::common::{changes, deploy, image, kanto_cm, state_file, Manifests};

/// With `LEVEL=info`, deployed.
fn deployed() -> (Process, Manifests) {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with_json("a", &level("info"));
    deploy(&cm, &manifests, &[]).expect_code(0);
    (cm, manifests)
}

/// Exchanged by another agent for one with `LEVEL=other`.
fn exchanged() -> (Process, Manifests) {
    let (cm, manifests) = deployed();
    let agent = Agent::new(&cm);
    agent.remove("a");
    agent.run(&json!({
        "id": "a", "name": "a", "image": { "name": image("a") }, "config": { "env": ["LEVEL=other"], "cmd": [] },
    }));
    cm.clear_calls();
    (cm, manifests)
}

fn env(cm: &Process) -> Value {
    cm.container("a").unwrap().whole["config"]["env"].clone()
}

#[test]
fn a_change_by_another_agent_stays_until_the_manifest_changes() {
    let (cm, manifests) = exchanged();
    for _ in 0..2 {
        let run = deploy(&cm, &manifests, &[]);
        run.expect_code(0)
            .expect_log("a: differs from its manifest and is left as it is: config.env");
        run.expect_lines(&[
            "a  runs, and is left as it is",
            "     differs: config.env is [\"LEVEL=…\"], the manifest says [\"LEVEL=…\"]",
            "1 manifest: 1 left as it is",
        ]);
        assert_eq!(changes(&cm.calls()), [""; 0]);
    }
    let spelled_out = json!({
        "container_name": "a", "config": { "env": ["LEVEL=info"], "cmd": null }, "image": { "name": image("a") },
        "host_name": "a-host", "container_id": "a",
    });
    deploy(&cm, &manifests.with_json("a", &spelled_out), &[]).expect_code(0);
    assert_eq!(changes(&cm.calls()), [""; 0], "the same content");
}

#[test]
fn a_limit_that_somebody_else_has_set_stays_too() {
    let (cm, manifests) = deployed();
    Agent::new(&cm).limit_memory("a", "10M");
    cm.clear_calls();
    let run = deploy(&cm, &manifests, &[]);
    run.expect_code(0).expect_log(
        "is left as it is: host_config.resources.memory, host_config.resources.memory_swap",
    );
    assert_eq!(changes(&cm.calls()), [""; 0]);
    let run = deploy(&cm, &manifests, &["--reapply"]);
    run.expect_code(0)
        .expect_lines(&["a  updated", "1 manifest: 1 deployed"]);
    assert_eq!(changes(&cm.calls()), ["Update a"]);
}

#[test]
fn it_is_made_to_run_all_the_same() {
    let (cm, manifests) = exchanged();
    Agent::new(&cm).pause("a");
    cm.clear_calls();
    deploy(&cm, &manifests, &[]).expect_code(0);
    assert_eq!(changes(&cm.calls()), ["Unpause a"]);
    assert_eq!(env(&cm), json!(["LEVEL=other"]));
}

#[test]
fn it_is_applied_again_if_that_is_asked_for() {
    let (cm, manifests) = exchanged();
    let run = deploy(&cm, &manifests, &["--reapply"]);
    run.expect_code(0)
        .expect_lines(&["a  replaced", "1 manifest: 1 deployed"]);
    assert_eq!(env(&cm), json!(["LEVEL=info"]));
}

#[test]
fn a_manifest_that_changes_is_applied_over_it() {
    let (cm, manifests) = exchanged();
    let run = deploy(&cm, &manifests.with_json("a", &level("debug")), &[]);
    run.expect_code(0)
        .expect_lines(&["a  replaced", "1 manifest: 1 deployed"]);
    assert_eq!(env(&cm), json!(["LEVEL=debug"]));
}

#[test]
fn another_state_file_does_not_know_what_was_applied() {
    let (cm, manifests) = exchanged();
    let other = cm.directory().join("other.json");
    let run = deploy(&cm, &manifests, &["--state", other.to_str().unwrap()]);
    run.expect_code(0)
        .expect_lines(&["a  replaced", "1 manifest: 1 deployed"]);
    assert_eq!(env(&cm), json!(["LEVEL=info"]));
    // But for what was there before: each knows what it has replaced.
    let [one, other] = [state_file(&cm), other].map(|file| {
        let text = fs::read_to_string(file).unwrap();
        let mut state: serde_json::Value = serde_json::from_str(&text).unwrap();
        state["containers"][0]
            .as_object_mut()
            .unwrap()
            .remove("before");
        state
    });
    assert_eq!(one, other);
}

#[test]
fn what_somebody_else_has_removed_is_created_again() {
    let (cm, manifests) = deployed();
    let before = fs::read_to_string(state_file(&cm)).unwrap();
    Agent::new(&cm).remove("a");
    cm.clear_calls();
    let run = deploy(&cm, &manifests, &[]);
    run.expect_code(0)
        .expect_lines(&["a  created, started", "1 manifest: 1 deployed"]);
    assert_eq!(changes(&cm.calls()), ["Create a", "Start a"]);
    assert_eq!(fs::read_to_string(state_file(&cm)).unwrap(), before);
}

#[test]
fn two_directories_that_ask_for_one_container_are_a_warning() {
    let limited = |limit: &str| {
        let mut manifest = level("info");
        manifest["host_config"] = json!({ "resources": { "memory": limit } });
        manifest
    };
    for (here, there, line) in [
        (level("info"), level("debug"), "a  replaced"),
        (limited("10M"), limited("20M"), "a  updated"),
    ] {
        let cm = kanto_cm().start();
        let (here, there) = (
            Manifests::new().with_json("a", &here),
            Manifests::new().with_json("a", &there),
        );
        let warning = |other: &Manifests| {
            format!("a: changing what {} has deployed: ", other.path().display())
        };
        let run = deploy(&cm, &here, &[]);
        assert!(!run.stderr.contains("changing what"), "{}", run.stderr);
        for (now, before) in [(&there, &here), (&here, &there)] {
            let run = deploy(&cm, now, &[]);
            run.expect_code(0)
                .expect_log(&warning(before))
                .expect_lines(&[line, "1 manifest: 1 deployed"]);
            let run = deploy(&cm, now, &[]);
            assert!(!run.stderr.contains("changing what"), "{}", run.stderr);
        }
        // With the same content they agree.
        there.put(
            "a",
            &serde_json::from_slice(&fs::read(here.file("a")).unwrap()).unwrap(),
        );
        let run = deploy(&cm, &there, &[]);
        run.expect_code(0)
            .expect_lines(&["a  up to date", "1 manifest: 1 up to date"]);
        assert!(!run.stderr.contains("changing what"), "{}", run.stderr);
    }
}
