//! What is not there is created, what does not run is started, and what is right is left alone.

use serde_json::json;
use simulated_kanto_cm::{Call, Fault, Left, Method, What};

use crate::common::{changes, count, deploy, image, kanto_cm, manifest, Manifests};

#[test]
fn a_fresh_device_runs_every_manifest() {
    let cm = kanto_cm().start();
    let run = deploy(&cm, &Manifests::leda(), &[]);
    run.expect_code(0).expect_lines(&[
        "databroker  created, started",
        "feedercan   created, started",
        "feedergps   created, started",
        "sua         created, started",
        "4 manifests: 4 deployed",
    ]);
    let state = cm.state();
    for name in ["databroker", "feedercan", "feedergps", "sua"] {
        assert!(state.runs(name), "{name}: {state:?}");
    }
    assert_eq!(
        state.containers.len(),
        4,
        "the disabled one is none of them"
    );
    let databroker = &state.container("databroker").unwrap().whole;
    assert_eq!(
        databroker["config"]["env"],
        json!(["RUST_LOG=info", "vehicle_data_broker=debug"])
    );
    assert_eq!(
        databroker["host_config"]["port_mappings"][0]["host_port"]
            .to_string()
            .trim_matches('"'),
        "30555"
    );
}

#[test]
fn what_runs_already_costs_one_list() {
    let cm = kanto_cm().start();
    let manifests = Manifests::leda();
    deploy(&cm, &manifests, &[]).expect_code(0);
    cm.clear_calls();
    deploy(&cm, &manifests, &[]).expect_code(0).expect_lines(&[
        "databroker  up to date",
        "feedercan   up to date",
        "feedergps   up to date",
        "sua         up to date",
        "4 manifests: 4 up to date",
    ]);
    let calls = cm.calls();
    assert_eq!(calls.len(), 1, "{calls:?}");
    assert_eq!(calls[0].method, Method::List);
}

#[test]
fn what_does_not_run_is_made_to_run() {
    let cm = kanto_cm()
        .left(&manifest("created"), Left::Created)
        .left(&manifest("paused"), Left::Paused)
        .running(&manifest("running"))
        .left(&manifest("stopped"), Left::ManuallyStopped)
        .start();
    let manifests = Manifests::new()
        .with("created")
        .with("paused")
        .with("running")
        .with("stopped");
    deploy(&cm, &manifests, &[]).expect_code(0).expect_lines(&[
        "created  started",
        "paused   unpaused",
        "running  up to date",
        "stopped  started",
        "4 manifests: 3 deployed, 1 up to date",
    ]);
    let mut calls = changes(&cm.calls());
    calls.sort_unstable();
    assert_eq!(calls, ["Start created", "Start stopped", "Unpause paused"]);
    assert!(cm
        .state()
        .containers
        .iter()
        .all(|container| container.running));
}

#[test]
fn a_container_is_found_by_its_name() {
    let container = json!({ "id": "made-by-hand", "name": "a", "image": { "name": image("a") } });
    let cm = kanto_cm().left(&container, Left::ManuallyStopped).start();
    let nameless = json!({ "container_name": "a", "image": { "name": image("a") } });
    deploy(&cm, &Manifests::new().with_json("a", &nameless), &[]).expect_code(0);
    assert_eq!(changes(&cm.calls()), ["Start made-by-hand"]);
}

#[test]
fn two_of_one_name_are_not_touched() {
    let container = |id: &str| json!({ "id": id, "name": "a", "image": { "name": image("a") } });
    let cm = kanto_cm()
        .left(&container("1"), Left::ManuallyStopped)
        .left(&container("2"), Left::ManuallyStopped)
        .start();
    let nameless = json!({ "container_name": "a", "image": { "name": image("a") } });
    let run = deploy(
        &cm,
        &Manifests::new().with_json("a", &nameless).with("b"),
        &[],
    );
    run.expect_code(1)
        .expect_log("2 containers have this name (ids 1, 2)");
    assert_eq!(changes(&cm.calls()), ["Create b", "Start b"]);
}

#[test]
fn what_exists_is_named_and_left_alone_if_that_is_asked_for() {
    let container = json!({
        "id": "a", "name": "a", "image": { "name": image("a") },
        "config": { "env": ["LEVEL=info"] }, "mounts": [{ "source": "/a", "destination": "/a" }],
    });
    let cm = kanto_cm().left(&container, Left::ManuallyStopped).start();
    let mut wanted = manifest("a");
    wanted["config"] = json!({ "env": ["LEVEL=debug"] });
    wanted["mount_points"] = json!([{ "source": "/a", "destination": "/a" }]);
    let manifests = Manifests::new().with_json("a", &wanted);
    let run = deploy(&cm, &manifests, &["--keep-existing"]);
    run.expect_code(0)
        .expect_log("a: differs from its manifest and is left as it is: config.env");
    run.expect_lines(&[
        "a  started",
        "     differs: config.env is [\"LEVEL=…\"], the manifest says [\"LEVEL=…\"]",
        "1 manifest: 1 deployed",
    ]);
    assert_eq!(changes(&cm.calls()), ["Start a"]);
}

#[test]
fn defaults_and_what_start_rewrites_are_no_difference() {
    let cm = kanto_cm().start();
    let mut wanted = manifest("a");
    wanted["host_config"] = json!({
        "network_mode": "host", "resources": { "memory": "200M", "memory_swap": "-1" },
        "restart_policy": { "type": "on-failure", "maximum_retry_count": 3, "retry_timeout": 5 },
    });
    wanted["config"] = json!({ "env": ["B=2", "A=1"] });
    let manifests = Manifests::new().with_json("a", &wanted);
    deploy(&cm, &manifests, &[]).expect_code(0);
    wanted["config"] = json!({ "env": ["A=1", "B=2"] });
    wanted["domain_name"] = json!("a-domain");
    let manifests = manifests.with_json("a", &wanted);
    deploy(&cm, &manifests, &[])
        .expect_code(0)
        .expect_lines(&["a  up to date", "1 manifest: 1 up to date"]);
}

#[test]
fn a_failing_image_does_not_keep_the_others_back() {
    let cm = kanto_cm().failing_pull("b", "no such image").start();
    let run = deploy(&cm, &Manifests::new().with("a").with("b").with("c"), &[]);
    run.expect_code(1)
        .expect_log("error: b: no such image")
        .expect_lines(&[
            "a  created, started",
            "b  failed: no such image",
            "c  created, started",
            "3 manifests: 2 deployed, 1 failed",
        ]);
    let state = cm.state();
    assert!(state.runs("a") && state.runs("c") && state.container("b").is_none());
}

#[test]
fn a_command_that_does_not_exist_fails_with_kanto_cms_words() {
    let cm = kanto_cm().start();
    let missing = crate::common::manifest_running("a", "no", &["/simulated/missing"]);
    let run = deploy(
        &cm,
        &Manifests::new().with_json("a", &missing),
        &["-o", "json"],
    );
    run.expect_code(1);
    let error = cm.state().container("a").unwrap().whole["state"]["error"].clone();
    assert_ne!(error, "");
    assert_eq!(run.json()["manifests"][0]["reason"], error);
}

#[test]
fn what_an_interrupted_create_left_behind_is_got_over() {
    let cm = kanto_cm().start();
    let refusal = What::FailWith("failed to create containerIO".to_owned());
    cm.fault(Fault::at(Method::Create, refusal.clone()).of("a").times(2));
    cm.fault(Fault::at(Method::Create, refusal).of("b").times(3));
    let run = deploy(&cm, &Manifests::new().with("a").with("b"), &[]);
    run.expect_code(1).expect_lines(&[
        "a  created, started",
        "b  failed: failed to create containerIO",
        "2 manifests: 1 deployed, 1 failed",
    ]);
    let calls = cm.calls();
    assert_eq!(count(&calls, Method::Create), 6);
    // The interrupted one needs some time to end.
    let of_b = |call: &&Call| call.method == Method::Create && call.id == "b";
    let of_b: Vec<_> = calls.iter().filter(of_b).collect();
    let pause = |tries: &[&Call]| tries[1].begin_ms - tries[0].end_ms.expect("an end");
    let pauses: Vec<_> = of_b.windows(2).map(pause).collect();
    assert!(pauses[0] >= 100 && pauses[1] >= 200, "{pauses:?}");
}

#[test]
fn a_create_slower_than_its_deadline_fails_and_says_so() {
    let cm = kanto_cm().endless_pull("slow").start();
    let run = deploy(
        &cm,
        &Manifests::new().with("fast").with("slow"),
        &["--create-timeout", "1"],
    );
    run.expect_code(1).expect_lines(&[
        "fast  created, started",
        "slow  failed: Create did not finish within 1 s: raise --create-timeout if the image is large",
        "2 manifests: 1 deployed, 1 failed",
    ]);
    assert!(cm.state().container("slow").is_none());
}

#[test]
fn a_pulls_own_deadline_is_reported_in_kanto_cms_words() {
    let reason = "failed to do request: context deadline exceeded";
    let cm = kanto_cm().failing_pull("a", reason).start();
    let run = deploy(&cm, &Manifests::new().with("a"), &[]);
    run.expect_code(1).expect_log(reason);
    assert!(!run.stdout.contains("--create-timeout"), "{}", run.stdout);
}

#[test]
fn a_dry_run_changes_nothing() {
    let container = json!({ "id": "b", "name": "b", "image": { "name": "other:1" } });
    let cm = kanto_cm().left(&container, Left::ManuallyStopped).start();
    let run = deploy(&cm, &Manifests::new().with("a").with("b"), &["--dry-run"]);
    run.expect_code(0).expect_lines(&[
        "a  create, start: there is no such container",
        "b  replace: it differs in image.name",
        "     differs: image.name is \"other:1\", the manifest says \"registry.example/b:1\"",
        "2 manifests: 2 to be changed",
    ]);
    let calls = cm.calls();
    assert_eq!(calls.len(), 1, "{calls:?}");
    assert_eq!(calls[0].method, Method::List);
}

#[test]
fn a_container_whose_exit_kanto_cm_missed_is_no_success() {
    let cm = kanto_cm().left(&manifest("a"), Left::LostExit).start();
    let run = deploy(&cm, &Manifests::new().with("a").with("b"), &[]);
    run.expect_code(1).expect_lines(&[
        "a  failed: Kanto-CM lists it as running, but its process 4194305 is gone: restart Kanto-CM",
        "b  created, started",
        "2 manifests: 1 deployed, 1 failed",
    ]);
    assert_eq!(
        changes(&cm.calls()),
        ["Create b", "Start b"],
        "a Remove would ruin its id"
    );
}
