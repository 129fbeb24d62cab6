//! What was rolled back is not tried again, at the next boot neither, until it changes or somebody asks for it.

use serde_json::Value;
use simulated_kanto_cm::Process;

use crate::common::replacing::{
    calls_that_replace, calls_that_roll_back, expect_clean, expect_running, recorded_state,
    version, version_running,
};
use crate::common::{changes, deploy, kanto_cm, Manifests};

fn manifests(manifest: &Value) -> Manifests {
    Manifests::new().with_json("a", manifest)
}

fn missing() -> Value {
    version_running("a", 2, &["/simulated/missing"])
}

/// Its second version was rolled back.
fn after_a_roll_back() -> Process {
    let cm = kanto_cm().first_versions(&["a"]).start();
    deploy(&cm, &manifests(&missing()), &[]).expect_code(1);
    assert_eq!(recorded_state(&cm, "a"), "rolled-back");
    cm.clear_calls();
    cm
}

#[test]
fn the_next_run_does_not_try_it_again() {
    let cm = after_a_roll_back();
    for _ in 0..2 {
        let run = deploy(&cm, &manifests(&missing()), &["--settle", "0"]);
        run.expect_code(1)
            .expect_log("error: a: tried and rolled back (")
            .expect_log("no such file or directory")
            .expect_log("change the manifest, or use --reapply");
        let run = deploy(
            &cm,
            &manifests(&missing()),
            &["--settle", "0", "-o", "json"],
        );
        run.expect_code(1);
        let entry = &run.json()["manifests"][0];
        assert_eq!(entry["status"], "failed", "{entry}");
        assert_eq!(entry["differences"][1]["key"], "config.cmd", "{entry}");
    }
    assert_eq!(cm.calls().len(), 4, "a List each\n{}", cm.journal());
    expect_running(&cm, "a", 1);
}

#[test]
fn the_next_boot_does_not_try_it_again() {
    let cm = after_a_roll_back();
    for come_back in [Process::clean_stop, Process::power_cut] {
        come_back(&cm);
        cm.start_again();
        deploy(&cm, &manifests(&missing()), &[])
            .expect_code(1)
            .expect_log("tried and rolled back");
        cm.wait_until_running("a");
        expect_running(&cm, "a", 1);
    }
    assert_eq!(changes(&cm.calls()), [""; 0]);
}

#[test]
fn the_old_one_is_made_to_run() {
    let cm = after_a_roll_back();
    let agent = crate::common::agent::Agent::new(&cm);
    let stop = serde_json::json!({ "id": "a" });
    agent.call(&simulated_kanto_cm::methods::stop(), stop);
    cm.clear_calls();
    deploy(&cm, &manifests(&missing()), &[])
        .expect_code(1)
        .expect_log("tried and rolled back");
    assert_eq!(changes(&cm.calls()), ["Start a"]);
    expect_running(&cm, "a", 1);
}

#[test]
fn other_white_space_and_spelled_out_defaults_are_no_change() {
    let cm = after_a_roll_back();
    let mut same = missing();
    same["host_name"] = "a-host".into();
    same["host_config"]["network_mode"] = "bridge".into();
    let text = format!("\n\n{same:#}\n");
    let manifests = Manifests::new().with_text("other-name.json", &text);
    deploy(&cm, &manifests, &[]).expect_code(1);
    assert_eq!(changes(&cm.calls()), [""; 0]);
}

#[test]
fn it_is_tried_again_when_asked_for() {
    let cm = after_a_roll_back();
    deploy(&cm, &manifests(&missing()), &["--reapply"]).expect_code(1);
    assert_eq!(changes(&cm.calls()), calls_that_roll_back("a", "a"));
    cm.clear_calls();
    deploy(&cm, &manifests(&missing()), &[]).expect_code(1);
    assert_eq!(changes(&cm.calls()), [""; 0]);
    expect_clean(&cm);
}

#[test]
fn a_changed_manifest_is_tried() {
    let cm = after_a_roll_back();
    deploy(&cm, &manifests(&version("a", 2)), &[]).expect_code(0);
    assert_eq!(changes(&cm.calls()), calls_that_replace("a", "a"));
    assert_eq!(recorded_state(&cm, "a"), "applied");
    expect_running(&cm, "a", 2);
    // The one that failed is another content again.
    cm.clear_calls();
    deploy(&cm, &manifests(&missing()), &[]).expect_code(1);
    assert_eq!(changes(&cm.calls()), calls_that_roll_back("a", "a"));
    expect_running(&cm, "a", 2);
}

#[test]
fn back_to_the_old_manifest_there_is_nothing_to_do() {
    let cm = after_a_roll_back();
    deploy(&cm, &manifests(&version("a", 1)), &["--settle", "0"])
        .expect_code(0)
        .expect_lines(&["a  up to date", "1 manifest: 1 up to date"]);
    assert_eq!(cm.calls().len(), 1, "{}", cm.journal());
    assert_eq!(recorded_state(&cm, "a"), "applied");
}

#[test]
fn without_a_record_it_is_tried_every_time() {
    let cm = kanto_cm().first_versions(&["a"]).start();
    for _ in 0..2 {
        cm.clear_calls();
        deploy(&cm, &manifests(&missing()), &["--state", "none"]).expect_code(1);
        assert_eq!(changes(&cm.calls()), calls_that_roll_back("a", "a"));
        expect_running(&cm, "a", 1);
    }
}
