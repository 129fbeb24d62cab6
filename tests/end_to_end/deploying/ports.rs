//! A host port is one container's at a time: it goes from one to the next, and those who wait for it know whom for.

mod pruned;

use serde_json::{json, Value};
use simulated_kanto_cm::{Image, Method, Process};

use crate::common::agent::Agent;
use crate::common::replacing::{
    calls_that_replace, changes_of, expect_clean, expect_running, nth_call, version,
};
use crate::common::{changes, deploy, kanto_cm, Manifests};

/// This version of a container, which has a host port and takes its time to stop; port 0: it has none.
fn with_port(name: &str, number: u32, port: u32) -> Value {
    let mut manifest = version(name, number);
    manifest["config"]["cmd"] = json!(["/simulated/run", "300"]);
    if port != 0 {
        manifest["host_config"] =
            json!({ "port_mappings": [{ "host_port": port, "container_port": 80 }] });
    }
    manifest
}

/// The same, and it ends at once.
fn failing(mut manifest: Value) -> Value {
    manifest["config"]["cmd"] = json!(["/simulated/exit", "3", "50"]);
    manifest
}

/// Containers by name and host port, in their first version: deployed by an earlier run.
fn deployed(ports: &[(&str, u32)]) -> (Process, Manifests) {
    let cm = kanto_cm().start();
    let manifests = Manifests::new();
    for (name, port) in ports {
        manifests.put(name, &with_port(name, 1, *port));
    }
    deploy(&cm, &manifests, &["--settle", "0"]).expect_code(0);
    cm.clear_calls();
    (cm, manifests)
}

/// From now on the manifests ask for the second versions, with these ports.
fn ask(manifests: &Manifests, ports: &[(&str, u32)]) {
    for (name, port) in ports {
        manifests.put(name, &with_port(name, 2, *port));
    }
}

/// Demands that these run in their second versions with their ports, and that a further run has nothing to do.
#[track_caller]
fn expect_moved(cm: &Process, manifests: &Manifests, ports: &[(&str, u32)]) {
    for (name, port) in ports {
        expect_running(cm, name, 2);
        let wanted: Vec<String> = Some(port)
            .filter(|port| **port != 0)
            .map(|port| format!("0.0.0.0:{port}/tcp"))
            .into_iter()
            .collect();
        assert_eq!(cm.container(name).unwrap().ports, wanted, "{name}");
    }
    expect_clean(cm);
    cm.clear_calls();
    deploy(cm, manifests, &[]).expect_code(0);
    let methods: Vec<Method> = cm.calls().iter().map(|call| call.method).collect();
    assert_eq!(methods, [Method::List]);
}

#[test]
fn it_is_handed_on_when_its_holder_has_settled_without_it() {
    for (from, to) in [("a", "b"), ("b", "a")] {
        let (cm, manifests) = deployed(&[(from, 8080), (to, 0)]);
        let moved = [(from, 0), (to, 8080)];
        ask(&manifests, &moved);
        deploy(&cm, &manifests, &["--settle", "1"]).expect_code(0);
        let calls = cm.calls();
        let committed = nth_call(&calls, Method::Remove, &format!("kad-next.{from}"), 1).unwrap();
        let taken_down = nth_call(&calls, Method::Remove, to, 1).unwrap();
        assert!(committed.number < taken_down.number, "{}", cm.journal());
        let staged = nth_call(&calls, Method::Create, &format!("kad-next.{to}"), 1).unwrap();
        assert!(staged.number < committed.number, "{}", cm.journal());
        expect_moved(&cm, &manifests, &moved);
    }
}

#[test]
fn one_job_is_enough_to_hand_it_on() {
    let (cm, manifests) = deployed(&[("a", 0), ("b", 8080)]);
    let moved = [("a", 8080), ("b", 0)];
    ask(&manifests, &moved);
    deploy(&cm, &manifests, &["--settle", "1", "--jobs", "1"]).expect_code(0);
    expect_moved(&cm, &manifests, &moved);
}

#[test]
fn a_new_container_is_started_when_the_port_is_free() {
    let (cm, manifests) = deployed(&[("b", 8080)]);
    let moved = [("a", 8080), ("b", 0)];
    ask(&manifests, &moved);
    deploy(&cm, &manifests, &["--settle", "1"]).expect_code(0);
    assert_eq!(changes_of(&cm.calls(), "a"), ["Create a", "Start a"]);
    expect_moved(&cm, &manifests, &moved);
}

#[test]
fn two_exchange_theirs() {
    let (cm, manifests) = deployed(&[("a", 8080), ("b", 8081), ("c", 0)]);
    let moved = [("a", 8081), ("b", 8080), ("c", 0)];
    ask(&manifests, &moved);
    deploy(&cm, &manifests, &["--settle", "1"]).expect_code(0);
    for name in ["a", "b"] {
        assert_eq!(
            changes_of(&cm.calls(), name),
            calls_that_replace(name, name)
        );
    }
    expect_moved(&cm, &manifests, &moved);
}

#[test]
fn three_pass_theirs_on_in_a_circle() {
    let (cm, manifests) = deployed(&[("a", 8080), ("b", 8081), ("c", 8082)]);
    let moved = [("a", 8081), ("b", 8082), ("c", 8080)];
    ask(&manifests, &moved);
    deploy(&cm, &manifests, &["--settle", "1", "--jobs", "1"]).expect_code(0);
    expect_moved(&cm, &manifests, &moved);
}

#[test]
fn who_waits_for_one_that_fails_is_not_begun_and_tried_again() {
    let (cm, manifests) = deployed(&[("a", 8080), ("b", 0)]);
    let moved = [("a", 0), ("b", 8080)];
    ask(&manifests, &moved);
    manifests.put("a", &failing(with_port("a", 2, 0)));
    let run = deploy(&cm, &manifests, &["--settle", "1"]);
    run.expect_code(1);
    run.expect_log("b: host port 8080/tcp is still held by a (a.json), which has not released it");
    assert!(
        nth_call(&cm.calls(), Method::Remove, "b", 1).is_none(),
        "{}",
        cm.journal()
    );
    expect_running(&cm, "a", 1);
    expect_running(&cm, "b", 1);
    expect_clean(&cm);
    manifests.put("a", &with_port("a", 2, 0));
    deploy(&cm, &manifests, &["--settle", "1"]).expect_code(0);
    expect_moved(&cm, &manifests, &moved);
}

#[test]
fn one_that_fails_takes_the_others_of_its_circle_back_with_it() {
    let ports = [("a", 8080), ("b", 8081), ("c", 8082)];
    let moved = [("a", 8081), ("b", 8082), ("c", 8080)];
    for (bad, _) in ports {
        let (cm, manifests) = deployed(&ports);
        ask(&manifests, &moved);
        let port = moved.iter().find(|(name, _)| *name == bad).unwrap().1;
        manifests.put(bad, &failing(with_port(bad, 2, port)));
        deploy(&cm, &manifests, &["--settle", "1"]).expect_code(1);
        for (name, port) in ports {
            expect_running(&cm, name, 1);
            let wanted = [format!("0.0.0.0:{port}/tcp")];
            assert_eq!(cm.container(name).unwrap().ports, wanted, "{name}");
        }
        expect_clean(&cm);
        cm.clear_calls();
        deploy(&cm, &manifests, &["--settle", "1"]).expect_code(1);
        assert_eq!(changes(&cm.calls()), [""; 0]);
        // Only the one that failed is held back until it changes.
        ask(&manifests, &moved);
        deploy(&cm, &manifests, &["--settle", "1"]).expect_code(0);
        expect_moved(&cm, &manifests, &moved);
    }
}

#[test]
fn a_pull_that_fails_in_a_circle_leaves_all_as_they_are() {
    let ports = [("a", 8080), ("b", 8081)];
    let (cm, manifests) = deployed(&ports);
    ask(&manifests, &[("a", 8081), ("b", 8080)]);
    cm.set_image(Image::new("registry.example/gone:1").pull_fails("not found"));
    let mut gone = with_port("b", 2, 8080);
    gone["image"]["name"] = json!("registry.example/gone:1");
    manifests.put("b", &gone);
    deploy(&cm, &manifests, &[]).expect_code(1);
    for (name, _) in ports {
        expect_running(&cm, name, 1);
        assert!(nth_call(&cm.calls(), Method::Remove, name, 1).is_none());
    }
    expect_clean(&cm);
}

/// `a` gives the port up to `b`, and names it in `extra_hosts`: each would wait for the other.
#[test]
fn those_that_wait_for_each_other_go_on_all_the_same() {
    let (cm, manifests) = deployed(&[("a", 8080), ("b", 0)]);
    let moved = [("a", 0), ("b", 8080)];
    ask(&manifests, &moved);
    let mut a = with_port("a", 2, 0);
    a["host_config"] = json!({ "extra_hosts": ["b:container_b-host"] });
    manifests.put("a", &a);
    deploy(&cm, &manifests, &["--settle", "1"])
        .expect_code(0)
        .expect_log("warning: a: starting it, though it and its dependencies wait for each other");
    expect_moved(&cm, &manifests, &moved);
}

#[test]
fn where_two_ask_for_it_the_first_file_has_it() {
    let (cm, manifests) = deployed(&[("a", 0), ("b", 0)]);
    ask(&manifests, &[("a", 8080), ("b", 8080)]);
    let run = deploy(&cm, &manifests, &["--settle", "1"]);
    run.expect_code(1);
    run.expect_log("b: host port 8080/tcp is also claimed by a (a.json), which gets it");
    expect_running(&cm, "a", 2);
    expect_running(&cm, "b", 1);
    assert!(changes_of(&cm.calls(), "b").is_empty(), "{}", cm.journal());
}

#[test]
fn one_that_keeps_it_is_named_with_its_file() {
    // Also where the other comes first.
    for claimant in ["a", "z"] {
        let (cm, manifests) = deployed(&[("h", 8080), (claimant, 0)]);
        manifests.put(claimant, &with_port(claimant, 2, 8080));
        let run = deploy(&cm, &manifests, &["--settle", "1"]);
        run.expect_code(1);
        run.expect_log(&format!(
            "{claimant}: host port 8080/tcp is also claimed by h (h.json), which gets it"
        ));
        assert!(changes(&cm.calls()).is_empty(), "{}", cm.journal());
        expect_running(&cm, "h", 1);
        expect_running(&cm, claimant, 1);
    }
}

#[test]
fn a_container_without_a_manifest_that_holds_it_is_named() {
    let cm = kanto_cm()
        .running(&with_port("foreign", 1, 8080))
        .running(&with_port("b", 1, 0))
        .start();
    let manifests = Manifests::new().with_json("b", &with_port("b", 2, 8080));
    let run = deploy(&cm, &manifests, &["--settle", "1"]);
    run.expect_code(1);
    run.expect_log("b: host port 8080/tcp is held by the container foreign, which has no manifest");
    expect_running(&cm, "b", 1);
    assert!(
        nth_call(&cm.calls(), Method::Remove, "b", 1).is_none(),
        "{}",
        cm.journal()
    );
    Agent::new(&cm).remove("foreign");
    deploy(&cm, &manifests, &["--settle", "1"]).expect_code(0);
    expect_moved(&cm, &manifests, &[("b", 8080)]);
}
