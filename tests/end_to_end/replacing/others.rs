//! A replacement among other containers: those that depend on it, those that are replaced at the same time, and the two
//! stand-ins, which nobody is to see.

use serde_json::{json, Value};
use simulated_kanto_cm::{Left, Method, Outcome, Process};

use crate::common::replacing::{
    calls_that_replace, changes_of, expect_clean, expect_running, nth_call, second_versions,
    started_at, version,
};
use crate::common::{
    changes, deploy, deploy_command, endless_pull, finish_pull, image, kanto_cm, manifest,
    manifest_after, stops_in, Manifests, Running, LONG,
};

/// The first version of a container that names another one.
fn after(name: &str, provider: &str, number: u32) -> Value {
    let mut manifest = manifest_after(name, &[provider]);
    manifest["config"] = version(name, number)["config"].clone();
    manifest
}

#[test]
fn a_dependent_that_runs_is_not_restarted() {
    let dependent = after("dependent", "a", 1);
    let cm = kanto_cm()
        .first_versions(&["a"])
        .running(&dependent)
        .start();
    let started = started_at(&cm, "dependent");
    let manifests = second_versions(&["a"]).with_json("dependent", &dependent);
    deploy(&cm, &manifests, &[]).expect_code(0);
    assert_eq!(changes(&cm.calls()), calls_that_replace("a", "a"));
    assert_eq!(started_at(&cm, "dependent"), started);
    let state = cm.state();
    let [a, dependent] = ["a", "dependent"].map(|name| state.container(name).unwrap());
    assert!(a.address.is_some());
    assert_eq!(dependent.hosts[0].address, a.address, "Kanto-CM's doing");
}

#[test]
fn two_that_depend_on_one_another_are_replaced_in_order() {
    // By the names the dependent would be first.
    let cm = kanto_cm()
        .running(&after("a", "b", 1))
        .first_versions(&["b"])
        .start();
    let manifests = second_versions(&["b"]).with_json("a", &after("a", "b", 2));
    deploy(&cm, &manifests, &[]).expect_code(0);
    let calls = cm.calls();
    let call = |method, id: &str| nth_call(&calls, method, id, 1).unwrap();
    let provider_runs = call(Method::Start, "b").end_ms.unwrap();
    assert!(provider_runs <= call(Method::Remove, "a").begin_ms);
    for name in ["a", "b"] {
        assert_eq!(changes_of(&calls, name), calls_that_replace(name, name));
        expect_running(&cm, name, 2);
    }
    let a = cm.container("a").unwrap();
    assert!(a.hosts[0].address.is_some(), "{:?}", a.hosts);
}

#[test]
fn a_dependent_is_replaced_although_its_provider_is_rolled_back() {
    let cm = kanto_cm()
        .running(&after("a", "b", 1))
        .first_versions(&["b"])
        .start();
    let mut broken = version("b", 2);
    broken["config"]["cmd"] = json!(["/simulated/missing"]);
    let manifests = Manifests::new()
        .with_json("a", &after("a", "b", 2))
        .with_json("b", &broken);
    deploy(&cm, &manifests, &[])
        .expect_code(1)
        .expect_log("a: starting without b, which failed");
    expect_running(&cm, "a", 2);
    expect_running(&cm, "b", 1);
    expect_clean(&cm);
}

#[test]
fn several_are_replaced_side_by_side() {
    let names = ["a", "b", "c"];
    let slow = names.map(|name| stops_in(name, LONG));
    let cm = kanto_cm().images(slow).first_versions(&names).start();
    let manifests = second_versions(&names);
    let command = deploy_command(&cm, &manifests, &["--stop-timeout", "3600"]);
    let running = Running::spawn(command);
    cm.wait_for_calls("three Removes at a time", |calls| {
        let pending = |name: &&str| {
            nth_call(calls, Method::Remove, name, 1)
                .is_some_and(|call| call.outcome == Outcome::Pending)
        };
        names.iter().all(pending).then_some(())
    });
    cm.change(|setup| {
        for name in names {
            setup.put_image(stops_in(name, 0));
        }
    });
    running.wait().expect_code(0);
    let calls = cm.calls();
    for name in names {
        assert_eq!(changes_of(&calls, name), calls_that_replace(name, name));
        expect_running(&cm, name, 2);
    }
    expect_clean(&cm);
}

#[test]
fn one_failure_keeps_no_other_back() {
    let cm = kanto_cm().first_versions(&["a", "b", "c"]).start();
    let mut broken = version("b", 2);
    broken["config"]["cmd"] = json!(["/simulated/missing"]);
    let manifests = second_versions(&["a", "c"]).with_json("b", &broken);
    deploy(&cm, &manifests, &[]).expect_code(1);
    for (name, number) in [("a", 2), ("b", 1), ("c", 2)] {
        expect_running(&cm, name, number);
    }
}

#[test]
fn the_stand_ins_have_the_final_host_names() {
    let named = |number: u32| {
        let mut manifest = version("named", number);
        manifest["host_name"] = json!(format!("host{number}"));
        manifest["domain_name"] = json!(format!("domain{number}"));
        manifest
    };
    let cm = kanto_cm()
        .first_versions(&["plain"])
        .running(&named(1))
        .start();
    let manifests = second_versions(&["plain"]).with_json("named", &named(2));
    deploy(&cm, &manifests, &[]).expect_code(0);
    let calls = cm.calls();
    for (stand_in, host_name, domain_name) in [
        ("kad-next.plain", "plain-host", "plain-domain"),
        ("kad-prev.plain", "plain-host", "plain-domain"),
        ("kad-next.named", "host2", "domain2"),
        ("kad-prev.named", "host1", "domain1"),
    ] {
        let create = nth_call(&calls, Method::Create, stand_in, 1).unwrap();
        let container = &create.request["container"];
        assert_eq!(container["host_name"], host_name, "{stand_in}");
        assert_eq!(container["domain_name"], domain_name, "{stand_in}");
    }
}

#[test]
fn on_the_machines_network_there_is_nothing_to_do_the_next_time() {
    let hosted = |number| {
        let mut manifest = version("a", number);
        manifest["host_config"] = json!({ "network_mode": "host" });
        Manifests::new().with_json("a", &manifest)
    };
    let cm = kanto_cm().start();
    deploy(&cm, &hosted(1), &["--settle", "0"]).expect_code(0);
    assert_eq!(cm.container("a").unwrap().whole["host_name"], "the-machine");
    deploy(&cm, &hosted(2), &["--settle", "0"]).expect_code(0);
    expect_running(&cm, "a", 2);
    cm.clear_calls();
    deploy(&cm, &hosted(2), &[])
        .expect_code(0)
        .expect_lines(&["a  up to date", "1 manifest: 1 up to date"]);
    assert!(cm.changing_calls().is_empty());
}

#[test]
fn a_stand_in_is_not_shown() {
    let cm = kanto_cm().first_versions(&["a"]).start();
    // The second stand-in is held up by a pull, so that the first one can be looked at.
    cm.forget_image(&image("a"));
    cm.set_image(endless_pull(image("a")));
    let mut new = version("a", 2);
    new["image"]["name"] = json!("registry.example/a:2");
    let manifests = Manifests::new().with_json("a", &new);
    let running = Running::spawn(deploy_command(&cm, &manifests, &["--prune"]));
    cm.wait_for_call(Method::Create, "kad-prev.a");
    assert!(cm.container("kad-next.a").is_some());
    let looked_at = deploy(&cm, &manifests, &["--dry-run", "--prune", "-o", "json"]);
    finish_pull(&cm, "a");
    let run = running.wait();
    run.expect_code(0)
        .expect_lines(&["a  replaced", "1 manifest: 1 deployed"]);
    let entries = looked_at.json()["manifests"].clone();
    assert_eq!(entries.as_array().unwrap().len(), 1, "{entries}");
    assert_eq!(entries[0]["actions"], json!(["replace"]));
    assert!(!looked_at.stdout.contains("kad-"), "{entries}");
    assert_eq!(changes(&cm.calls()), calls_that_replace("a", "a"));
}

/// What an interrupted replacement of a container with the host name `real` has left behind: a stand-in.
fn with_a_stand_in_left() -> Process {
    let container = |id: &str, host_name: &str| {
        let image = json!({ "name": image("a") });
        json!({ "id": id, "name": id, "host_name": host_name, "image": image })
    };
    kanto_cm()
        .running(&container("a", "real"))
        .left(&container("kad-next.a", "helper-host"), Left::Created)
        .start()
}

#[test]
fn a_stand_in_provides_nothing_and_is_not_pruned() {
    let cm = with_a_stand_in_left();
    let mut a = manifest("a");
    a["host_name"] = json!("real");
    let manifests = Manifests::new()
        .with_json("a", &a)
        .with_json("b", &manifest_after("b", &["helper"]));
    let run = deploy(&cm, &manifests, &["--dry-run", "--prune"]);
    run.expect_code(0).expect_log("helper-host");
    run.expect_lines(&[
        "a  up to date",
        "b  create, start: there is no such container",
        "2 manifests: 1 up to date, 1 to be changed",
    ]);
}

#[test]
fn the_output_names_what_differed() {
    let cm = kanto_cm().first_versions(&["a"]).start();
    let manifests = second_versions(&["a"]);
    deploy(&cm, &manifests, &["--dry-run"])
        .expect_code(0)
        .expect_lines(&[
            "a  replace: it differs in config.env",
            "     differs: config.env is [\"VERSION=…\"], the manifest says [\"VERSION=…\"]",
            "1 manifest: 1 to be changed",
        ]);
    let run = deploy(&cm, &manifests, &["-o", "json"]);
    run.expect_code(0);
    let entry = run.json()["manifests"][0].clone();
    assert_eq!(entry["status"], "deployed");
    assert_eq!(entry["actions"], json!(["replaced"]));
    assert_eq!((&entry["name"], &entry["id"]), (&json!("a"), &json!("a")));
    assert_eq!(entry["reason"], Value::Null);
    let difference = json!({
        "key": "config.env", "desired": "[\"VERSION=…\"]", "observed": "[\"VERSION=…\"]",
    });
    assert_eq!(entry["differences"], json!([difference]));
    deploy(&cm, &manifests, &[])
        .expect_code(0)
        .expect_lines(&["a  up to date", "1 manifest: 1 up to date"]);
}
