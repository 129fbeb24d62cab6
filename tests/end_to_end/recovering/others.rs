//! What an interrupted run has left behind, next to what is not its business: containers, names and directories of others.

use std::fs;

use serde_json::{json, Value};
use simulated_kanto_cm::{methods, Existing, Fault, Left, Method, Process, What};

use crate::common::agent::Agent;
use crate::common::replacing::{existing, expect_running, ids, second_versions, stand_in, version};
use crate::common::{
    changes, deploy, deploy_command, kanto_cm, manifest_after, state_file, Manifests, Running,
};
use nix::sys::signal::Signal;

/// A Kanto-CM in which the replacement of `a` by version 2 was interrupted when the old one had been removed.
fn with_interrupted(others: Vec<Existing>) -> Process {
    kanto_cm()
        .containers([
            stand_in("kad-next", &version("a", 2)),
            stand_in("kad-prev", &version("a", 1)),
        ])
        .containers(others)
        .start()
}

#[test]
fn a_container_that_has_only_the_name_in_common_is_left_alone() {
    let mut other = version("a", 7);
    other["container_id"] = json!("other");
    for manifests in [
        Manifests::new().with_json("a", &version("a", 2)),
        Manifests::new().with_json("b", &version("b", 1)),
    ] {
        let cm = with_interrupted(vec![existing(&other, Left::Running)]);
        deploy(&cm, &manifests, &[]).expect_code(0);
        assert!(!changes(&cm.calls()).contains(&"Remove other".to_owned()));
        let state = cm.state();
        assert!(state.runs("other") && state.runs("a"), "{state:?}");
        assert!(!ids(&cm).iter().any(|id| id.starts_with("kad-")));
    }
}

#[test]
fn an_emptied_directory_does_not_keep_it_from_coming_back() {
    for manifests in [Manifests::new(), Manifests::new().with_text("a.json", "{}")] {
        let cm = with_interrupted(Vec::new());
        let code = i32::from(manifests.path().join("a.json").exists());
        deploy(&cm, &manifests, &["--connect-timeout", "0"]).expect_code(code);
        assert_eq!(ids(&cm), ["a"]);
        expect_running(&cm, "a", 1);
    }
}

#[test]
fn one_of_another_directory_is_not_pruned_from_this_one() {
    let settling = existing(&version("a", 2), Left::Running);
    for (others, ends) in [(Vec::new(), 1), (vec![settling], 2)] {
        let cm = with_interrupted(others);
        let here = Manifests::new().with("b");
        for _ in 0..2 {
            deploy(&cm, &here, &["--prune"]).expect_code(0);
            expect_running(&cm, "a", ends);
        }
    }
}

#[test]
fn one_that_another_directory_has_deployed_stays_its_own() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with_json("a", &version("a", 1));
    deploy(&cm, &manifests, &[]).expect_code(0);
    cm.fault(Fault::at(Method::Start, What::KillCallerAfter).of("a"));
    let manifests = manifests.with_json("a", &version("a", 2));
    let running = Running::spawn(deploy_command(&cm, &manifests, &[]));
    cm.set_caller(running.pid());
    running.wait();
    let here = Manifests::new().with("b");
    for _ in 0..2 {
        deploy(&cm, &here, &["--prune"]).expect_code(0);
        expect_running(&cm, "a", 2);
    }
    // It is still known whose it is.
    fs::remove_file(manifests.path().join("a.json")).unwrap();
    deploy(&cm, &manifests.with("c"), &["--prune"]).expect_code(0);
    assert!(cm.container("a").is_none());
}

#[test]
fn what_has_settled_is_not_judged_again() {
    let cm = with_interrupted(Vec::new());
    let mut ending = version("a", 2);
    ending["host_config"] = json!({ "restart_policy": { "type": "no" } });
    let manifests = Manifests::new().with_json("a", &ending);
    let other = kanto_cm().start();
    deploy(&other, &manifests, &[]).expect_code(0);
    // As a run leaves it that is killed when it has written the record.
    let text = fs::read_to_string(state_file(&other)).unwrap();
    let mut stand_ins = Vec::new();
    for (prefix, number) in [("kad-next", 2), ("kad-prev", 1)] {
        let mut stand_in = stand_in(prefix, &version("a", number));
        stand_in.container["host_config"] = ending["host_config"].clone();
        stand_ins.push(stand_in);
    }
    drop(cm);
    let cm = kanto_cm()
        .containers(stand_ins)
        .left(&ending, Left::Exited(3))
        .start();
    fs::write(state_file(&cm), text).unwrap();
    deploy(&cm, &manifests, &[])
        .expect_code(0)
        .expect_lines(&["a  started", "1 manifest: 1 deployed"]);
    assert_eq!(ids(&cm), ["a"]);
    expect_running(&cm, "a", 2);
}

#[test]
fn a_deployer_that_is_killed_again_and_again_changes_nothing() {
    let cm = kanto_cm().first_versions(&["a"]).start();
    let manifests = second_versions(&["a"]);
    for _ in 0..4 {
        let running = Running::spawn(deploy_command(&cm, &manifests, &["--settle", "60"]));
        running.signal_when_logged("a: watching it for", Signal::SIGKILL);
    }
    deploy(&cm, &manifests, &[])
        .expect_code(0)
        .expect_lines(&["a  replaced", "1 manifest: 1 deployed"]);
    expect_running(&cm, "a", 2);
}

#[test]
fn a_new_one_that_loops_has_failed_already() {
    let mut looping = version("a", 2);
    looping["config"]["cmd"] = json!(["/simulated/exit", "3", "100"]);
    let mut next = stand_in("kad-next", &version("a", 2));
    next.container["config"] = looping["config"].clone();
    let cm = kanto_cm()
        .containers([next, stand_in("kad-prev", &version("a", 1))])
        .left(&looping, Left::Created)
        .start();
    Agent::new(&cm).call(&methods::start(), json!({ "id": "a" }));
    // In the pause between two of its runs.
    cm.wait_until(|state| {
        state
            .container("a")
            .is_some_and(|container| container.status == "Exited" && container.restart_count > 3)
    });
    let manifests = Manifests::new().with_json("a", &looping);
    deploy(&cm, &manifests, &[]).expect_code(1);
    expect_running(&cm, "a", 1);
}

#[test]
fn a_signal_does_not_stop_it() {
    let mut waiting = manifest_after("a", &["p"]);
    waiting["config"] = version("a", 2)["config"].clone();
    let mut next = stand_in("kad-next", &version("a", 2));
    next.container["host_config"] = waiting["host_config"].clone();
    let cm = kanto_cm()
        .endless_pull("p")
        .containers([next, stand_in("kad-prev", &version("a", 1))])
        .start();
    let manifests = Manifests::new().with_json("a", &waiting).with("p");
    let running = Running::spawn(deploy_command(&cm, &manifests, &["-j", "1"]));
    let run = running.signal_when_logged("p: creating it", Signal::SIGTERM);
    run.expect_code(143).expect_lines(&[
        "a  replaced",
        "p  not finished",
        "2 manifests: 1 deployed, 1 not finished",
    ]);
    assert_eq!(ids(&cm), ["a"]);
    expect_running(&cm, "a", 2);
}

#[test]
fn a_healed_one_whose_name_changes_is_still_the_same() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with_json("a", &version("a", 1));
    deploy(&cm, &manifests, &[]).expect_code(0);
    let mut healed = version("a", 1);
    healed["container_id"] = json!("a-2");
    let text = fs::read_to_string(state_file(&cm)).unwrap();
    let mut record: Value = serde_json::from_str(&text).unwrap();
    record["containers"][0]["id"] = json!("a-2");
    let cm = kanto_cm().running(&healed).start();
    fs::write(state_file(&cm), record.to_string()).unwrap();
    let mut renamed = version("a", 1);
    renamed["container_name"] = json!("b");
    let manifests = Manifests::new().with_json("a", &renamed);
    deploy(&cm, &manifests, &[]).expect_code(0);
    assert_eq!(ids(&cm), ["a-2"]);
    assert_eq!(cm.containers()[0].name, "b");
}

#[test]
fn a_signal_while_kanto_cm_comes_back_does_not_stop_it() {
    let cm = kanto_cm().start();
    let of = |number| Manifests::new().with_json("a", &version("a", number));
    deploy(&cm, &of(1), &[]).expect_code(0);
    cm.fault(Fault::at(Method::Create, What::KillBefore).of("a"));
    let manifests = of(2);
    let running = Running::spawn(deploy_command(&cm, &manifests, &[]));
    cm.wait_for_end();
    cm.start_again_with(|setup| setup.load_ms = 60_000);
    let run = running.wait_doing("waiting until it has restored its containers", |running| {
        running.signal(Signal::SIGTERM);
        cm.change(|setup| setup.load_ms = 0);
    });
    run.expect_code(143);
    assert_eq!(ids(&cm), ["a"]);
    expect_running(&cm, "a", 2);
}

#[test]
fn a_container_goes_with_the_manifest_that_gives_its_id() {
    let mut by_id = version("b", 1);
    by_id["container_id"] = json!("x");
    let mut by_name = version("a", 2);
    by_name.as_object_mut().unwrap().remove("container_id");
    let mut held = version("a", 1);
    held["container_id"] = json!("x");
    for (first, second) in [(&by_id, &by_name), (&by_name, &by_id)] {
        let cm = kanto_cm().running(&held).start();
        let manifests = Manifests::new()
            .with_json("1", first)
            .with_json("2", second);
        deploy(&cm, &manifests, &[]).expect_code(0);
        let names: Vec<String> = cm
            .containers()
            .into_iter()
            .map(|container| container.name)
            .collect();
        assert_eq!(cm.container("x").unwrap().name, "b");
        assert!(
            names.len() == 2 && names.contains(&"a".to_owned()),
            "{names:?}"
        );
    }
}

/// `x` gets the id that `y` had, and `y` a new one.
#[test]
fn what_had_the_id_before_goes_when_ids_shift() {
    let called = |name: &str, id: &str, number: u32, port: u32| {
        let mut manifest = version(name, number);
        manifest["container_id"] = json!(id);
        if port != 0 {
            let mapping = json!({ "host_port": port, "container_port": 80 });
            manifest["host_config"] = json!({ "port_mappings": [mapping] });
        }
        manifest
    };
    for port in [0, 8080] {
        let cm = kanto_cm().start();
        let manifests = Manifests::new()
            .with_json("x", &called("x", "i1", 1, port))
            .with_json("y", &called("y", "i2", 1, 0));
        deploy(&cm, &manifests, &[]).expect_code(0);
        manifests.put("x", &called("x", "i2", 2, port));
        manifests.put("y", &called("y", "i3", 2, 0));
        deploy(&cm, &manifests, &["--settle", "1"]).expect_code(0);
        assert_eq!(ids(&cm), ["i2", "i3"], "{}", cm.journal());
        cm.clear_calls();
        deploy(&cm, &manifests, &[]).expect_code(0);
        let methods: Vec<Method> = cm.calls().iter().map(|call| call.method).collect();
        assert_eq!(methods, [Method::List]);
    }
}
