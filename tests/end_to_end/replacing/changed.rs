//! A changed manifest: its container takes the place of the one that is there, under the id and name that it asks for,
//! whatever state that one is in.

use serde_json::{json, Value};
use simulated_kanto_cm::{methods, Left, Method, Outcome, Process};

use crate::common::agent::Agent;
use crate::common::replacing::{
    calls_that_replace, existing, expect_clean, expect_running, nth_call, second_versions, version,
    version_running,
};
use crate::common::{changes, deploy, image, kanto_cm, manifest_running, Manifests};

#[test]
fn the_old_one_is_removed_when_both_stand_ins_are_there() {
    let cm = kanto_cm().first_versions(&["a"]).start();
    deploy(&cm, &second_versions(&["a"]), &[])
        .expect_code(0)
        .expect_lines(&["a  replaced", "1 manifest: 1 deployed"]);
    let calls = cm.changing_calls();
    assert_eq!(changes(&calls), calls_that_replace("a", "a"));
    assert!(calls.iter().all(|call| call.outcome == Outcome::Ok));
    let names: Vec<&String> = calls.iter().map(|call| &call.name).collect();
    assert_eq!(names[..2], ["kad-next.a", "kad-prev.a"]);
    expect_running(&cm, "a", 2);
    expect_clean(&cm);
}

#[test]
fn the_old_one_is_stopped_by_force_after_its_time() {
    for (arguments, seconds) in [
        (&["--stop-timeout", "7"][..], "7"),
        (&["--stop-timeout", "1"], "1"),
        (&[], "10"),
    ] {
        let cm = kanto_cm().first_versions(&["a"]).start();
        deploy(&cm, &second_versions(&["a"]), arguments).expect_code(0);
        let calls = cm.calls();
        let request = &nth_call(&calls, Method::Remove, "a", 1).unwrap().request;
        assert_eq!(request["force"], json!(true));
        let options = &request["stopOptions"];
        assert_eq!(options["force"], json!(true), "{options}");
        let timeout = options["timeout"].to_string();
        assert_eq!(timeout.trim_matches('"'), seconds);
    }
}

#[test]
fn one_that_will_not_stop_is_killed() {
    let stubborn = version_running("a", 1, &["/simulated/stubborn"]);
    let cm = kanto_cm().running(&stubborn).start();
    deploy(&cm, &second_versions(&["a"]), &["--stop-timeout", "1"]).expect_code(0);
    assert_eq!(changes(&cm.calls()), calls_that_replace("a", "a"));
    expect_running(&cm, "a", 2);
}

#[test]
fn it_has_the_id_and_the_name_that_the_manifest_gives() {
    let wanted = |id: Option<&str>, name: &str| {
        let mut wanted = version(name, 2);
        wanted["container_id"] = json!(id);
        wanted
    };
    for (old, manifest, new_id) in [
        (("a", "a"), wanted(Some("a"), "a"), "a"),
        // It gives no id: the container keeps the one that it has.
        (("by-hand", "a"), wanted(None, "a"), "by-hand"),
        // Found by its name, to have another id.
        (("by-hand", "a"), wanted(Some("a"), "a"), "a"),
        // Found by its id, to have another name.
        (("a", "old-name"), wanted(Some("a"), "a"), "a"),
    ] {
        let mut container = existing(&version("a", 1), Left::Running);
        container.container["id"] = json!(old.0);
        container.container["name"] = json!(old.1);
        let cm = kanto_cm().containers([container]).start();
        let manifests = Manifests::new().with_json("a", &manifest);
        deploy(&cm, &manifests, &[]).expect_code(0);
        let calls = cm.changing_calls();
        assert_eq!(changes(&calls), calls_that_replace(old.0, new_id));
        assert_eq!(calls[0].name, "kad-next.a");
        assert_eq!(calls[1].name, format!("kad-prev.{}", old.1));
        let containers = cm.containers();
        assert_eq!(containers.len(), 1, "{containers:?}");
        assert_eq!((&*containers[0].id, &*containers[0].name), (new_id, "a"));
        expect_running(&cm, "a", 2);
        expect_nothing_to_do(&cm, &manifests);
    }
}

#[test]
fn a_name_that_kanto_cm_gave_an_id_to_keeps_it() {
    let cm = kanto_cm().start();
    let nameless = |number| {
        let mut manifest = version("a", number);
        manifest["container_id"] = Value::Null;
        Manifests::new().with_json("a", &manifest)
    };
    deploy(&cm, &nameless(1), &["--settle", "0"]).expect_code(0);
    let id = cm.container("a").unwrap().id;
    deploy(&cm, &nameless(2), &["--settle", "0"]).expect_code(0);
    assert_eq!(cm.container("a").unwrap().id, id);
    expect_running(&cm, "a", 2);
}

#[test]
fn two_can_swap_their_names() {
    let cm = kanto_cm().first_versions(&["a", "b"]).start();
    let named = |id: &str, name: &str| {
        let mut manifest = version(name, 2);
        manifest["container_id"] = json!(id);
        manifest
    };
    let manifests = Manifests::new()
        .with_json("a", &named("a", "b"))
        .with_json("b", &named("b", "a"));
    deploy(&cm, &manifests, &[]).expect_code(0);
    for (id, name) in [("a", "b"), ("b", "a")] {
        assert_eq!(cm.container(id).unwrap().name, name);
        expect_running(&cm, id, 2);
    }
    expect_clean(&cm);
    expect_nothing_to_do(&cm, &manifests);
}

#[test]
fn it_takes_over_the_port() {
    let with_port = |number| {
        let mut manifest = version("a", number);
        manifest["host_config"] =
            json!({ "port_mappings": [{ "host_port": 8080, "container_port": 80 }] });
        manifest
    };
    let cm = kanto_cm().running(&with_port(1)).start();
    deploy(&cm, &Manifests::new().with_json("a", &with_port(2)), &[]).expect_code(0);
    assert_eq!(cm.container("a").unwrap().ports, ["0.0.0.0:8080/tcp"]);
    expect_running(&cm, "a", 2);
}

/// A second run asks for one List and changes nothing.
#[track_caller]
fn expect_nothing_to_do(cm: &Process, manifests: &Manifests) {
    cm.clear_calls();
    let run = deploy(cm, manifests, &[]);
    run.expect_code(0);
    // What differs and is left as it is would be reported.
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert!(
        lines.iter().all(|line| line.ends_with("up to date")),
        "{lines:?}"
    );
    let methods: Vec<Method> = cm.calls().iter().map(|call| call.method).collect();
    assert_eq!(methods, [Method::List]);
}

#[test]
fn a_job_that_ends_well_has_taken_its_place() {
    let cm = kanto_cm().first_versions(&["a"]).start();
    let job = manifest_running("a", "no", &["/simulated/exit", "0"]);
    let manifests = Manifests::new().with_json("a", &job);
    deploy(&cm, &manifests, &[])
        .expect_code(0)
        .expect_lines(&["a  replaced, finished", "1 manifest: 1 deployed"]);
    assert_eq!(changes(&cm.calls()), calls_that_replace("a", "a"));
    cm.clear_calls();
    // It was applied, and has done its work for this boot.
    deploy(&cm, &manifests, &[]).expect_code(0);
    assert!(cm.changing_calls().is_empty());
}

#[test]
fn without_settling_it_is_not_watched() {
    let cm = kanto_cm().first_versions(&["a"]).start();
    let ends = version_running("a", 2, &["/simulated/exit", "3"]);
    let manifests = Manifests::new().with_json("a", &ends);
    deploy(&cm, &manifests, &["--settle", "0"])
        .expect_code(0)
        .expect_lines(&["a  replaced", "1 manifest: 1 deployed"]);
    assert_eq!(changes(&cm.calls()), calls_that_replace("a", "a"));
}

#[test]
fn one_with_an_id_that_is_a_path_is_never_removed() {
    for id in ["a b", "..", "x/y", "a--b"] {
        let cm = kanto_cm().start();
        let container = json!({ "id": id, "name": "a", "image": { "name": image("a") } });
        Agent::new(&cm).call(&methods::create(), json!({ "container": container }));
        cm.clear_calls();
        let mut nameless = version("a", 2);
        nameless["container_id"] = Value::Null;
        let manifests = Manifests::new().with_json("a", &nameless).with("b");
        let run = deploy(&cm, &manifests, &[]);
        run.expect_code(1).expect_log("cannot be replaced safely");
        assert_eq!(changes(&cm.calls()), ["Create b", "Start b"], "{id}");
        assert!(cm.container(id).is_some());
    }
}
