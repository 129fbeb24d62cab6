//! A new container that fails is taken back: the old one is there again and runs as it was, and the manifest has failed for
//! the reason that the new one gave.

use serde_json::{json, Value};
use simulated_kanto_cm::{methods, Fault, Image, Left, Method, Process, What};

use crate::common::agent::Agent;
use crate::common::replacing::{
    calls_that_roll_back, configuration, existing, expect_clean, expect_running, nth_call,
    recorded_state, version, version_of, version_running, wait_for_nth_call, wait_for_success,
};
use crate::common::{changes, deploy, deploy_command, kanto_cm, Manifests, Run, Running};

/// A deployment of this as the second version of the container `a` that Kanto-CM holds.
fn deploy_second(cm: &Process, second: &Value) -> Run {
    deploy(cm, &Manifests::new().with_json("a", second), &[])
}

#[test]
fn the_new_one_goes_before_the_old_one_comes() {
    let cm = kanto_cm().first_versions(&["a"]).start();
    let run = deploy_second(&cm, &version_running("a", 2, &["/simulated/exit", "3"]));
    run.expect_code(1).expect_log("rolling back: ");
    assert_eq!(changes(&cm.calls()), calls_that_roll_back("a", "a"));
    let line = run.stdout.lines().next().unwrap();
    assert!(
        line.starts_with("a  rolled back, failed: ") && line.contains("exit code 3"),
        "{line}"
    );
    assert!(
        run.stdout.ends_with("1 manifest: 1 failed\n"),
        "{}",
        run.stdout
    );
    expect_clean(&cm);
}

#[test]
fn an_old_one_of_another_id_or_name_is_back_under_its_own() {
    for (id, name) in [("by-hand", "a"), ("a", "old-name")] {
        let mut old = existing(&version("a", 1), Left::Running);
        old.container["id"] = json!(id);
        old.container["name"] = json!(name);
        let cm = kanto_cm().containers([old]).start();
        let before = configuration(&cm, id);
        deploy_second(&cm, &version_running("a", 2, &["/simulated/missing"])).expect_code(1);
        assert_eq!(configuration(&cm, id), before);
        assert_eq!(cm.containers().len(), 1);
        expect_running(&cm, name, 1);
        assert_eq!(changes(&cm.calls()), calls_that_roll_back(id, "a"));
    }
}

#[test]
fn an_old_one_that_did_not_run_is_made_to() {
    for left in [Left::Created, Left::ManuallyStopped, Left::Paused] {
        let cm = kanto_cm().left(&version("a", 1), left).start();
        let second = version_running("a", 2, &["/simulated/missing"]);
        let manifests = Manifests::new().with_json("a", &second);
        // The Remove of a paused one takes that long.
        deploy(&cm, &manifests, &["--stop-timeout", "1"]).expect_code(1);
        expect_running(&cm, "a", 1);
        expect_clean(&cm);
    }
}

#[test]
fn everything_about_the_old_one_is_as_it_was() {
    for host_config in [
        json!({ "resources": { "memory": "200M", "memory_swap": "-1" } }),
        json!({ "resources": { "memory": "200M" } }),
        json!({ "network_mode": "host" }),
        json!({ "restart_policy": { "type": "on-failure", "maximum_retry_count": 3, "retry_timeout": 5 } }),
        json!({ "privileged": true, "log_config": { "driver_config": { "type": "none" } } }),
        json!({ "port_mappings": [{ "host_port": 8080, "container_port": 80 }], "extra_hosts": ["x:1.2.3.4"] }),
    ] {
        let mut old = version("a", 1);
        old["host_config"] = host_config;
        let cm = kanto_cm().start();
        deploy_second(&cm, &old).expect_code(0);
        let before = configuration(&cm, "a");
        deploy_second(&cm, &version_running("a", 2, &["/simulated/missing"])).expect_code(1);
        assert_eq!(configuration(&cm, "a"), before);
        cm.clear_calls();
        // Back to the manifest of the old one: there is nothing to do.
        let old = Manifests::new().with_json("a", &old);
        deploy(&cm, &old, &["--settle", "0"]).expect_code(0);
        assert_eq!(cm.calls().len(), 1, "{}", cm.journal());
    }
}

#[test]
fn its_image_is_kept_though_it_had_expired() {
    let old = version("a", 1);
    let old_image = old["image"]["name"].as_str().unwrap();
    let mut new = version_running("a", 2, &["/simulated/missing"]);
    new["image"]["name"] = json!("registry.example/a:2");
    let cm = kanto_cm()
        .images([Image::new(old_image).in_store(40).pull_fails("no network")])
        .running(&old)
        .start();
    deploy_second(&cm, &new).expect_code(1);
    expect_running(&cm, "a", 1);
    assert!(cm.state().images.iter().any(|image| image == old_image));
    expect_clean(&cm);
}

#[test]
fn it_is_recorded_before_anything_is_removed() {
    let cm = kanto_cm().first_versions(&["a"]).start();
    let remove = Fault::at(Method::Remove, What::DelayMs(1_500))
        .of("a")
        .nth(2);
    cm.fault(remove);
    let missing = version_running("a", 2, &["/simulated/missing"]);
    let manifests = Manifests::new().with_json("a", &missing);
    let running = Running::spawn(deploy_command(&cm, &manifests, &[]));
    wait_for_nth_call(&cm, Method::Remove, "a", 2);
    let recorded = recorded_state(&cm, "a");
    let calls = cm.calls();
    running.wait().expect_code(1);
    assert_eq!(recorded, "rolled-back");
    assert_eq!(
        nth_call(&calls, Method::Remove, "a", 2).unwrap().end_ms,
        None,
        "too late a look"
    );
}

#[test]
fn a_new_one_that_is_removed_during_its_start_is_rolled_back() {
    let cm = kanto_cm().first_versions(&["a"]).start();
    let manifests = Manifests::new().with_json("a", &version("a", 2));
    cm.fault(Fault::at(Method::Start, What::DelayAnswerMs(2_000)).of("a"));
    let running = Running::spawn(deploy_command(&cm, &manifests, &["--settle", "2"]));
    cm.wait_for_call(Method::Start, "a");
    cm.wait_until(|state| state.runs("a"));
    Agent::new(&cm).call(&methods::remove(), json!({ "id": "a", "force": true }));
    running.wait().expect_code(1);
    assert_eq!(version_of(&cm, "a"), "VERSION=1");
    expect_clean(&cm);
}

#[test]
fn what_somebody_else_does_to_the_new_one_while_it_settles() {
    let remove: fn(&Agent) = |agent| {
        agent.call(&methods::remove(), json!({ "id": "a", "force": true }));
    };
    let pause: fn(&Agent) = |agent| agent.call(&methods::pause(), json!({ "id": "a" }));
    for (act, code, number) in [(remove, 1, 1), (pause, 0, 2)] {
        let cm = kanto_cm().first_versions(&["a"]).start();
        let manifests = Manifests::new().with_json("a", &version("a", 2));
        let running = Running::spawn(deploy_command(&cm, &manifests, &["--settle", "2"]));
        wait_for_success(&cm, Method::Start, "a");
        act(&Agent::new(&cm));
        running.wait().expect_code(code);
        assert_eq!(version_of(&cm, "a"), format!("VERSION={number}"));
        assert_eq!(cm.state().runs("a"), number == 1, "paused on purpose");
        expect_clean(&cm);
    }
}
