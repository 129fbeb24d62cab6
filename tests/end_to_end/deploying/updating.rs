//! Restart policy and resources are changed in place, and come out as a Create would have made them.

use serde_json::{json, Value};
use simulated_kanto_cm::{Call, Fault, Left, Method, Process, What};

use crate::common::{changes, count, deploy, kanto_cm, manifest, manifest_running, Manifests};

fn with_host_config(host_config: &Value) -> Value {
    let mut manifest = manifest("a");
    manifest["host_config"] = host_config.clone();
    manifest
}

fn policy(kind: &str) -> Value {
    json!({ "restart_policy": { "type": kind } })
}

fn memory(memory: &str, swap: &str) -> Value {
    let mut resources = json!({ "memory": memory });
    if !swap.is_empty() {
        resources["memory_swap"] = json!(swap);
    }
    json!({ "resources": resources })
}

/// A Kanto-CM that runs what a manifest with this `host_config` asks for.
fn running(host_config: &Value) -> (Process, Manifests) {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with_json("a", &with_host_config(host_config));
    deploy(&cm, &manifests, &[]).expect_code(0);
    cm.clear_calls();
    (cm, manifests)
}

/// The parts of the only Update, absent ones left out.
#[track_caller]
fn only_update(calls: &[Call]) -> Value {
    let updates: Vec<&Call> = calls
        .iter()
        .filter(|call| call.method == Method::Update)
        .collect();
    assert_eq!(updates.len(), 1, "{calls:?}");
    let mut options = updates[0].request["updateOptions"].clone();
    options
        .as_object_mut()
        .unwrap()
        .retain(|_, part| !part.is_null());
    options
}

/// What Kanto-CM lists of a container's configuration. An Update stores an unlimited swap as it is, a Create as none.
fn configuration(cm: &Process) -> Value {
    let mut whole = cm.container("a").unwrap().whole;
    let swap = &mut whole["host_config"]["resources"]["memory_swap"];
    if *swap == "-1" {
        *swap = json!("");
    }
    let keys = [
        "id",
        "name",
        "image",
        "host_name",
        "domain_name",
        "mounts",
        "host_config",
        "io_config",
        "config",
    ];
    keys.iter()
        .map(|key| ((*key).to_owned(), whole[*key].clone()))
        .collect()
}

fn sent_policy(kind: &str) -> Value {
    json!({ "type": kind, "maximum_retry_count": "0", "retry_timeout": "0" })
}

fn sent_resources(memory: &str, swap: &str) -> Value {
    json!({ "memory": memory, "memory_swap": swap, "memory_reservation": "" })
}

fn both(policy_kind: &str, limit: &str) -> Value {
    let mut both = policy(policy_kind);
    both["resources"] = memory(limit, "")["resources"].clone();
    both
}

/// Numbers of 64 bits may be texts in JSON, and are compared as such.
fn with_texts(mut options: Value) -> Value {
    if let Some(policy) = options["restart_policy"].as_object_mut() {
        for value in policy.values_mut().filter(|value| value.is_number()) {
            *value = json!(value.to_string());
        }
    }
    let parts = options.as_object_mut().unwrap();
    parts.retain(|_, part| !part.is_null());
    options
}

#[test]
fn only_what_differs_is_sent_with_creates_defaults() {
    for (before, after, expected) in [
        (
            policy("no"),
            policy("always"),
            json!({ "restart_policy": sent_policy("always") }),
        ),
        (
            json!({}),
            policy("no"),
            json!({ "restart_policy": sent_policy("no") }),
        ),
        (
            memory("100M", ""),
            memory("200M", ""),
            json!({ "resources": sent_resources("200M", "400M") }),
        ),
        (
            memory("100M", ""),
            memory("200M", "300M"),
            json!({ "resources": sent_resources("200M", "300M") }),
        ),
        (
            memory("200M", ""),
            memory("200M", "-1"),
            json!({ "resources": sent_resources("200M", "-1") }),
        ),
        (
            memory("200M", "-1"),
            memory("200M", ""),
            json!({ "resources": sent_resources("200M", "400M") }),
        ),
        (
            memory("200M", ""),
            json!({}),
            json!({ "resources": sent_resources("", "") }),
        ),
        (
            both("no", "100M"),
            both("always", "1.5G"),
            json!({ "restart_policy": sent_policy("always"), "resources": sent_resources("1.5G", "3G") }),
        ),
    ] {
        sends_only(&before, &after, &expected);
    }
}

/// One Update takes `a` from `before` to `after` (of its `host_config`), and sends no more than this.
fn sends_only(before: &Value, after: &Value, expected: &Value) {
    let (cm, manifests) = running(before);
    let state = cm.container("a").unwrap().whole["state"].clone();
    let manifests = manifests.with_json("a", &with_host_config(after));
    let run = deploy(&cm, &manifests, &[]);
    run.expect_code(0)
        .expect_lines(&["a  updated", "1 manifest: 1 deployed"]);
    let calls = cm.calls();
    assert_eq!(changes(&calls), ["Update a"], "{before} to {after}");
    assert_eq!(with_texts(only_update(&calls)), *expected, "{before}");
    let now = cm.container("a").unwrap().whole["state"].clone();
    assert_eq!(now, state, "not restarted: {before} to {after}");
    let (fresh, _) = running(after);
    assert_eq!(configuration(&cm), configuration(&fresh), "{before}");
    cm.clear_calls();
    deploy(&cm, &manifests, &[]).expect_lines(&["a  up to date", "1 manifest: 1 up to date"]);
    assert_eq!(cm.calls().len(), 1, "{before} to {after}");
}

/// A Kanto-CM that holds `a` with restart policy `no`, left like this.
fn holding(left: Left) -> Process {
    kanto_cm()
        .left(&manifest_running("a", "no", &[]), left)
        .start()
}

#[test]
fn what_does_not_run_is_changed_and_then_started() {
    for (left, expected) in [
        (Left::Running, &["Update a"][..]),
        (Left::ManuallyStopped, &["Update a", "Start a"]),
        (Left::Created, &["Update a", "Start a"]),
        (Left::Paused, &["Update a", "Unpause a"]),
        // With its new restart policy, Kanto-CM starts it by itself.
        (Left::Exited(0), &["Update a"]),
        (Left::Exited(1), &["Update a"]),
    ] {
        let cm = holding(left);
        let manifests = Manifests::new().with_json("a", &with_host_config(&memory("10M", "")));
        deploy(&cm, &manifests, &[]).expect_code(0);
        assert_eq!(changes(&cm.calls()), expected, "{left:?}\n{}", cm.journal());
        let now = cm.container("a").unwrap();
        assert!(now.running, "{left:?}");
        assert_eq!(
            now.whole["host_config"]["resources"]["memory_swap"], "20M",
            "{left:?}"
        );
        assert_eq!(
            now.whole["host_config"]["restart_policy"]["type"],
            "unless-stopped"
        );
    }
}

#[test]
fn an_update_that_is_refused_is_a_failure_and_it_runs_as_it_was() {
    for (left, actions) in [
        (Left::Running, json!([])),
        (Left::ManuallyStopped, json!(["started"])),
    ] {
        let cm = holding(left);
        let before = configuration(&cm);
        cm.fault(Fault::at(
            Method::Update,
            What::FailWith("no such cgroup".to_owned()),
        ));
        let manifests = Manifests::new()
            .with_json("a", &with_host_config(&policy("always")))
            .with("b");
        let run = deploy(&cm, &manifests, &["-o", "json"]);
        let entry = &run.expect_code(1).json()["manifests"][0];
        let is = (&entry["status"], &entry["reason"], &entry["actions"]);
        assert_eq!(is, (&json!("failed"), &json!("no such cgroup"), &actions));
        assert_eq!(configuration(&cm), before);
        let state = cm.state();
        assert!(state.runs("a") && state.runs("b"), "{left:?}");
    }
}

#[test]
fn with_another_difference_it_is_replaced() {
    let (cm, manifests) = running(&policy("no"));
    let mut wanted = with_host_config(&policy("always"));
    wanted["config"] = json!({ "env": ["LEVEL=debug"] });
    let run = deploy(&cm, &manifests.with_json("a", &wanted), &[]);
    run.expect_code(0)
        .expect_lines(&["a  replaced", "1 manifest: 1 deployed"]);
    assert_eq!(count(&cm.calls(), Method::Update), 0);
    let now = cm.container("a").unwrap();
    assert!(now.running);
    assert_eq!(now.whole["host_config"]["restart_policy"]["type"], "always");
}

#[test]
fn what_exists_is_kept_if_that_is_asked_for() {
    let (cm, _) = running(&policy("no"));
    let mut env_too = with_host_config(&policy("always"));
    env_too["config"] = json!({ "env": ["LEVEL=debug"] });
    for wanted in [with_host_config(&policy("always")), env_too] {
        let manifests = Manifests::new().with_json("a", &wanted);
        let run = deploy(&cm, &manifests, &["--keep-existing"]);
        run.expect_code(0)
            .expect_log("a: differs from its manifest and is left as it is: ");
        assert_eq!(changes(&cm.calls()), [""; 0]);
    }
}

#[test]
fn a_dry_run_says_that_it_would_be_changed_in_place() {
    let (cm, manifests) = running(&policy("no"));
    let manifests = manifests.with_json("a", &with_host_config(&policy("always")));
    deploy(&cm, &manifests, &["--dry-run"])
        .expect_code(0)
        .expect_lines(&[
            "a  update: it differs in host_config.restart_policy.type",
            "     differs: host_config.restart_policy.type is \"no\", the manifest says \"always\"",
            "1 manifest: 1 to be changed",
        ]);
    assert_eq!(changes(&cm.calls()), [""; 0]);
}

#[test]
fn a_change_whose_answer_is_lost_is_reported() {
    let (cm, manifests) = running(&policy("no"));
    cm.fault(Fault::at(Method::Update, What::DropAnswer));
    let manifests = manifests.with_json("a", &with_host_config(&policy("always")));
    deploy(&cm, &manifests, &[])
        .expect_code(0)
        .expect_lines(&["a  updated", "1 manifest: 1 deployed"]);
}
