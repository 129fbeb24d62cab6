//! What was deployed from a directory is removed when its manifest is gone.

use std::fs;

use serde_json::{json, Value};
use simulated_kanto_cm::{Fault, Method, Process, What};

use crate::common::agent::Agent;
use crate::common::{
    changes, deploy, deploy_command, kanto_cm, manifest, state_file, Manifests, Running,
};

/// `a` and `b` are deployed, and the manifest of `a` is gone.
pub(crate) fn a_is_gone() -> (Process, Manifests) {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with("a").with("b");
    deploy(&cm, &manifests, &[]).expect_code(0);
    take_away(&manifests, "a");
    cm.clear_calls();
    (cm, manifests)
}

pub(crate) fn take_away(manifests: &Manifests, name: &str) {
    fs::remove_file(manifests.path().join(format!("{name}.json"))).unwrap();
}

fn recorded(cm: &Process) -> Vec<String> {
    let text = fs::read_to_string(state_file(cm)).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    let entries = document["containers"].as_array().unwrap();
    // What was removed is remembered for this boot: Kanto-CM may bring it back.
    let there = entries.iter().filter(|entry| entry["state"] != "removed");
    there
        .map(|entry| entry["name"].as_str().unwrap().to_owned())
        .collect()
}

fn with_port(name: &str) -> Value {
    let mut manifest = manifest(name);
    manifest["host_config"] =
        json!({ "port_mappings": [{ "host_port": 8080, "container_port": 80 }] });
    manifest
}

#[test]
fn what_has_no_manifest_any_more_is_removed() {
    let (cm, manifests) = a_is_gone();
    let run = deploy(&cm, &manifests, &["--prune", "--stop-timeout", "7"]);
    run.expect_code(0).expect_lines(&[
        "b  up to date",
        "a  removed",
        "1 manifest: 1 up to date, 1 removed",
    ]);
    let calls = cm.changing_calls();
    assert_eq!(changes(&calls), ["Remove a"]);
    let request = &calls[0].request;
    assert_eq!(request["force"], true);
    let options = &request["stopOptions"];
    let timeout = options["timeout"].to_string();
    assert_eq!(
        (timeout.trim_matches('"'), &options["force"]),
        ("7", &json!(true))
    );
    assert!(cm.container("a").is_none() && cm.state().runs("b"));
    assert_eq!(recorded(&cm), ["b"]);
}

#[test]
fn the_document_has_an_entry_without_a_file() {
    let (cm, manifests) = a_is_gone();
    let document = deploy(&cm, &manifests, &["--prune", "-o", "json"])
        .expect_code(0)
        .json();
    let entries = document["manifests"].as_array().unwrap();
    assert_eq!(entries.len(), 2, "{document}");
    let entry = &entries[1];
    let is = (
        &entry["file"],
        &entry["name"],
        &entry["id"],
        &entry["status"],
        &entry["actions"],
    );
    let (null, a) = (Value::Null, json!("a"));
    assert_eq!(is, (&null, &a, &a, &json!("removed"), &json!(["removed"])));
}

#[test]
fn what_does_not_run_is_removed_too() {
    let (cm, manifests) = a_is_gone();
    Agent::new(&cm).pause("a");
    cm.clear_calls();
    deploy(&cm, &manifests, &["--prune"]).expect_code(0);
    // A paused container would get no SIGTERM.
    assert_eq!(changes(&cm.calls()), ["Unpause a", "Remove a"]);
    assert!(cm.container("a").is_none());
}

#[test]
fn what_was_replaced_or_updated_is_still_ours() {
    let cm = kanto_cm().start();
    let mut manifests = Manifests::new().with("a").with("b");
    deploy(&cm, &manifests, &[]).expect_code(0);
    let mut changed = manifest("a");
    for (key, value) in [
        ("config", json!({ "env": ["LEVEL=debug"] })),
        (
            "host_config",
            json!({ "resources": { "memory": "10M", "memory_swap": "-1" } }),
        ),
    ] {
        changed[key] = value;
        manifests = manifests.with_json("a", &changed);
        deploy(&cm, &manifests, &[]).expect_code(0);
    }
    take_away(&manifests, "a");
    deploy(&cm, &manifests, &["--prune"]).expect_code(0);
    assert!(cm.container("a").is_none());
}

#[test]
fn its_port_is_free_for_what_comes_in_its_place() {
    let cm = kanto_cm().start();
    let mut slow_to_stop = with_port("a");
    slow_to_stop["config"] = json!({ "cmd": ["/simulated/run", "500"] });
    let manifests = Manifests::new().with_json("a", &slow_to_stop).with("b");
    deploy(&cm, &manifests, &[]).expect_code(0);
    take_away(&manifests, "a");
    let run = deploy(
        &cm,
        &manifests.with_json("c", &with_port("c")),
        &["--prune"],
    );
    run.expect_code(0).expect_lines(&[
        "b  up to date",
        "c  created, started",
        "a  removed",
        "2 manifests: 1 deployed, 1 up to date, 1 removed",
    ]);
    assert!(cm.state().runs("c"));
}

#[test]
fn a_refused_remove_is_a_failure_and_delays_nothing_else() {
    let (cm, manifests) = a_is_gone();
    let refusal = What::FailWith("cannot kill it".to_owned());
    cm.fault(Fault::at(Method::Remove, refusal).of("a").always());
    let run = deploy(&cm, &manifests.with("c"), &["--prune"]);
    run.expect_code(1).expect_lines(&[
        "b  up to date",
        "c  created, started",
        "a  failed: cannot kill it",
        "2 manifests: 1 deployed, 1 up to date, 1 failed",
    ]);
    run.expect_log("a: cannot kill it");
    assert_eq!(recorded(&cm), ["a", "b", "c"]);
}

#[test]
fn what_could_not_be_removed_is_removed_by_the_next_run() {
    let (cm, manifests) = a_is_gone();
    cm.fault(Fault::at(Method::Remove, What::FailWith("cannot kill it".to_owned())).of("a"));
    deploy(&cm, &manifests, &["--prune"]).expect_code(1);
    assert!(cm.container("a").is_some());
    deploy(&cm, &manifests, &["--prune"]).expect_code(0);
    assert!(cm.container("a").is_none());
    assert_eq!(recorded(&cm), ["b"]);
}

#[test]
fn a_dry_run_says_so_and_changes_nothing() {
    let (cm, manifests) = a_is_gone();
    let before = fs::read_to_string(state_file(&cm)).unwrap();
    let run = deploy(&cm, &manifests, &["--prune", "--dry-run"]);
    run.expect_code(0).expect_lines(&[
        "b  up to date",
        "a  remove: its manifest is gone",
        "1 manifest: 1 up to date, 1 to be changed",
    ]);
    assert_eq!(changes(&cm.calls()), [""; 0]);
    assert_eq!(fs::read_to_string(state_file(&cm)).unwrap(), before);
}

#[test]
fn what_somebody_has_removed_meanwhile_leaves_the_record() {
    let (cm, manifests) = a_is_gone();
    Agent::new(&cm).remove("a");
    cm.clear_calls();
    deploy(&cm, &manifests, &["--prune"]).expect_code(0);
    assert_eq!(changes(&cm.calls()), [""; 0]);
    assert_eq!(recorded(&cm), ["b"]);
}

#[test]
fn what_a_killed_run_has_created_is_known() {
    for what in [What::KillCallerBefore, What::DropAnswer] {
        let cm = kanto_cm().start();
        let manifests = Manifests::new().with("a").with("b");
        let method = if what == What::DropAnswer {
            Method::Create
        } else {
            Method::Start
        };
        cm.fault(Fault::at(method, what.clone()).of("a"));
        let running = Running::spawn(deploy_command(&cm, &manifests, &[]));
        if what == What::KillCallerBefore {
            cm.set_caller(running.pid());
        }
        running.wait();
        deploy(&cm, &manifests, &[]).expect_code(0);
        take_away(&manifests, "a");
        deploy(&cm, &manifests, &["--prune"]).expect_code(0);
        assert!(cm.container("a").is_none(), "{what:?}");
    }
}

#[test]
fn what_was_applied_again_in_vain_is_still_ours() {
    let (cm, manifests) = a_is_gone();
    let mut a = manifest("a");
    a["config"] = json!({ "cmd": ["/simulated/exit", "3"] });
    manifests.put("a", &a);
    deploy(&cm, &manifests, &["--reapply"]).expect_code(1);
    take_away(&manifests, "a");
    deploy(&cm, &manifests, &["--prune"]).expect_code(0);
    assert!(cm.container("a").is_none(), "{}", cm.journal());
}

#[test]
fn a_remove_whose_answer_is_lost_is_reported_and_recorded() {
    let (cm, manifests) = a_is_gone();
    cm.fault(Fault::at(Method::Remove, What::DropAnswer).of("a"));
    deploy(&cm, &manifests, &["--prune"])
        .expect_code(0)
        .expect_lines(&[
            "b  up to date",
            "a  removed",
            "1 manifest: 1 up to date, 1 removed",
        ]);
    assert_eq!(recorded(&cm), ["b"]);
}
