//! Whatever can be wrong with a new container: it is rolled back, and the manifest has failed for that reason.

use serde_json::{json, Value};
use simulated_kanto_cm::{Fault, Method, Process, What};

use crate::common::replacing::{
    changes_of, configuration, expect_clean, expect_running, recorded_state, version_running,
};
use crate::common::{deploy, kanto_cm, Manifests};

/// What can be wrong with a second version: its name and what it has besides, what goes wrong in Kanto-CM, and a part of the
/// reason.
struct Failing {
    name: &'static str,
    manifest: Value,
    faults: Vec<Fault>,
    reason: &'static str,
}

fn failing(name: &'static str, cmd: &[&str], reason: &'static str) -> Failing {
    Failing {
        name,
        manifest: version_running(name, 2, cmd),
        faults: Vec::new(),
        reason,
    }
}

fn refused(name: &'static str, fault: Fault, reason: &'static str) -> Failing {
    Failing {
        faults: vec![fault],
        ..failing(name, &[], reason)
    }
}

/// All of them. What a Create is refused with is asked three times, in case that it was a leftover.
fn all_failing() -> Vec<Failing> {
    let refusal = |text: &str| What::FailWith(text.to_owned());
    let policy = |mut failing: Failing, policy: &str| {
        failing.manifest["host_config"] = json!({ "restart_policy": { "type": policy } });
        failing
    };
    let ends = |name, policy_, cmd, reason| policy(failing(name, cmd, reason), policy_);
    let exit = |code: &'static str| -> [&'static str; 2] { ["/simulated/exit", code] };
    vec![
        refused(
            "create",
            Fault::at(Method::Create, refusal("the disk is full"))
                .of("create")
                .times(3),
            "the disk is full",
        ),
        refused(
            "start",
            Fault::at(Method::Start, refusal("out of memory")).of("start"),
            "out of memory",
        ),
        failing(
            "missing",
            &["/simulated/missing"],
            "no such file or directory",
        ),
        // Of a process that is no container.
        refused(
            "port",
            Fault::at(Method::Start, refusal("Bind for 0.0.0.0:8080 failed")).of("port"),
            "8080",
        ),
        ends(
            "ends",
            "no",
            &exit("3"),
            "it exited after its start, with exit code 3",
        ),
        ends("ends-well", "unless-stopped", &exit("0"), "crash loop"),
        ends("always", "always", &exit("1"), "crash loop"),
        ends("on-failure", "on-failure", &exit("7"), "crash loop"),
        ends(
            "late",
            "always",
            &["/simulated/exit", "5", "600"],
            "crash loop",
        ),
    ]
}

/// Where their first versions run.
fn where_all_run(all: &[Failing]) -> Process {
    let names: Vec<&str> = all.iter().map(|failing| failing.name).collect();
    kanto_cm().first_versions(&names).start()
}

fn manifests_of(all: &[Failing]) -> Manifests {
    let add = |manifests: Manifests, failing: &Failing| {
        manifests.with_json(failing.name, &failing.manifest)
    };
    all.iter().fold(Manifests::new(), add)
}

#[test]
fn whatever_the_reason_the_old_one_is_back() {
    let all = all_failing();
    let cm = where_all_run(&all);
    for fault in all.iter().flat_map(|failing| &failing.faults) {
        cm.fault(fault.clone());
    }
    let before: Vec<Value> = all
        .iter()
        .map(|failing| configuration(&cm, failing.name))
        .collect();
    let run = deploy(&cm, &manifests_of(&all), &["-o", "json"]);
    run.expect_code(1);
    let document = run.json();
    let calls = cm.calls();
    for (failing, before) in all.iter().zip(before) {
        assert_eq!(configuration(&cm, failing.name), before);
        expect_running(&cm, failing.name, 1);
        let is_it = |entry: &&Value| entry["name"] == failing.name;
        let entry = document["manifests"].as_array().unwrap().iter().find(is_it);
        expect_rolled_back(entry.unwrap(), failing.reason);
        assert_eq!(recorded_state(&cm, failing.name), "rolled-back");
        let removed = format!("Remove {}", failing.name);
        let removed = changes_of(&calls, failing.name)
            .iter()
            .filter(|call| **call == removed)
            .count();
        assert_eq!(
            removed,
            if failing.name == "create" { 1 } else { 2 },
            "{}",
            failing.name
        );
    }
    expect_clean(&cm);
}

#[track_caller]
fn expect_rolled_back(entry: &Value, reason: &str) {
    assert_eq!(entry["status"], "failed", "{entry}");
    assert_eq!(entry["actions"], json!(["rolled-back"]), "{entry}");
    assert!(
        entry["reason"].as_str().unwrap().contains(reason),
        "{entry}"
    );
    assert_eq!(entry["id"], entry["name"]);
    let is_named = |failing: &Value| {
        failing["key"] == "config.env"
            && failing["desired"] == "[\"VERSION=…\"]"
            && failing["observed"] == "[\"VERSION=…\"]"
    };
    let differences = entry["differences"].as_array().unwrap();
    assert!(differences.iter().any(is_named), "{entry}");
}
