//! When the way back is not free: the old container cannot be kept, removed, created again or started.

use std::fs;

use serde_json::{json, Value};
use simulated_kanto_cm::{Fault, Left, Method, Process, What};

use crate::common::replacing::{
    configuration, expect_clean, expect_running, started_at, version, version_of, version_running,
};
use crate::common::{changes, deploy, kanto_cm, state_file, Manifests};

const NEW_IMAGE: &str = "registry.example/a:2";

/// A second version that does not start.
fn missing() -> Value {
    let mut missing = version_running("a", 2, &["/simulated/missing"]);
    missing["image"]["name"] = json!(NEW_IMAGE);
    missing
}

fn manifests(manifest: &Value) -> Manifests {
    Manifests::new().with_json("a", manifest)
}

/// A first version whose image is gone, and not to be had again.
fn without_old_image(left: Left) -> Process {
    let old = version("a", 1);
    let cm = kanto_cm().left(&old, left).start();
    let old_image = old["image"]["name"].as_str().unwrap();
    cm.set_image(simulated_kanto_cm::Image::new(old_image).pull_fails("no such image any more"));
    cm.forget_image(old_image);
    cm
}

#[test]
fn without_a_backup_one_that_runs_stays() {
    let cm = without_old_image(Left::Running);
    let started = started_at(&cm, "a");
    deploy(&cm, &manifests(&missing()), &[])
        .expect_code(1)
        .expect_log("no such image any more");
    assert_eq!(started_at(&cm, "a"), started);
    expect_running(&cm, "a", 1);
    expect_clean(&cm);
}

#[test]
fn without_a_backup_one_that_does_not_run_is_replaced() {
    let cm = without_old_image(Left::ManuallyStopped);
    let mut new = version("a", 2);
    new["image"]["name"] = json!(NEW_IMAGE);
    deploy(&cm, &manifests(&new), &[])
        .expect_code(0)
        .expect_log("without a backup");
    expect_running(&cm, "a", 2);
    expect_clean(&cm);
}

#[test]
fn without_a_backup_the_new_one_stays_and_has_failed() {
    for cmd in [&["/simulated/missing"][..], &["/simulated/exit", "3"]] {
        let cm = without_old_image(Left::ManuallyStopped);
        let mut new = version_running("a", 2, cmd);
        new["image"]["name"] = json!(NEW_IMAGE);
        let run = deploy(&cm, &manifests(&new), &["-o", "json"]);
        run.expect_code(1);
        let entry = &run.json()["manifests"][0];
        assert_eq!(entry["status"], "failed", "{entry}");
        let reason = entry["reason"].as_str().unwrap();
        assert!(
            reason.contains("there is no backup to go back to"),
            "{entry}"
        );
        assert_eq!(version_of(&cm, "a"), "VERSION=2");
        expect_clean(&cm);
        // It is no more than a container that does not run: the next run starts it.
        cm.clear_calls();
        deploy(&cm, &manifests(&new), &[]).expect_code(1);
        let changes = changes(&cm.calls());
        assert!(changes.iter().all(|call| call == "Start a"), "{changes:?}");
    }
}

#[test]
fn one_that_cannot_be_removed_runs_on() {
    let cm = kanto_cm().first_versions(&["a"]).start();
    let before = configuration(&cm, "a");
    let refusal = What::FailWith("it is busy".to_owned());
    cm.fault(Fault::at(Method::Remove, refusal).of("a").always());
    deploy(&cm, &manifests(&missing()), &[])
        .expect_code(1)
        .expect_log("error: a: the old container cannot be removed: it is busy");
    assert_eq!(configuration(&cm, "a"), before);
    expect_running(&cm, "a", 1);
    expect_clean(&cm);
    let created: Vec<String> = changes(&cm.calls());
    assert!(
        !created.iter().any(|call| call == "Create a"),
        "{created:?}"
    );
    // Nothing was rolled back: it is tried again.
    cm.clear_faults();
    deploy(&cm, &manifests(&version("a", 2)), &[]).expect_code(0);
    expect_running(&cm, "a", 2);
}

#[test]
fn one_that_cannot_be_created_again_is_kept_for_the_next_run() {
    let cm = kanto_cm().first_versions(&["a"]).start();
    let before = configuration(&cm, "a");
    let refusal = What::FailWith("no space left".to_owned());
    // The first Create of it is the new one's.
    cm.fault(Fault::at(Method::Create, refusal).of("a").nth(2).times(3));
    deploy(&cm, &manifests(&missing()), &[])
        .expect_code(1)
        .expect_log("kad-prev.a keeps its configuration for the next run");
    assert!(cm.container("kad-prev.a").is_some());
    let run = deploy(&cm, &manifests(&missing()), &[]);
    run.expect_code(1).expect_log("tried and rolled back");
    assert_eq!(configuration(&cm, "a"), before);
    expect_running(&cm, "a", 1);
    expect_clean(&cm);
}

#[test]
fn the_next_run_rolls_back_a_new_one_that_could_not_be_removed() {
    let cm = kanto_cm().first_versions(&["a"]).start();
    let before = configuration(&cm, "a");
    let refusal = What::FailWith("it is busy".to_owned());
    // It does not run, so that is tried twice.
    cm.fault(Fault::at(Method::Remove, refusal).of("a").nth(2).times(2));
    deploy(&cm, &manifests(&missing()), &[])
        .expect_code(1)
        .expect_log("not rolled back yet, as the new container cannot be removed: it is busy");
    deploy(&cm, &manifests(&missing()), &[]).expect_code(1);
    assert_eq!(configuration(&cm, "a"), before);
    expect_running(&cm, "a", 1);
    expect_clean(&cm);
}

#[test]
fn an_old_one_that_does_not_start_either_is_there_all_the_same() {
    let cm = kanto_cm().first_versions(&["a"]).start();
    let before = configuration(&cm, "a");
    let refusal = What::FailWith("out of memory".to_owned());
    cm.fault(Fault::at(Method::Start, refusal).of("a").nth(2));
    let run = deploy(&cm, &manifests(&missing()), &[]);
    run.expect_code(1)
        .expect_log("no such file or directory")
        .expect_log("the old container does not start: out of memory");
    assert_eq!(configuration(&cm, "a"), before);
    // What is wrong with the new one is known; the old one is started again.
    deploy(&cm, &manifests(&missing()), &[]).expect_code(1);
    expect_running(&cm, "a", 1);
    expect_clean(&cm);
}

#[test]
fn a_rolled_back_version_does_not_replace_a_lost_old_one() {
    let cm = kanto_cm().first_versions(&["a"]).start();
    let before = configuration(&cm, "a");
    let refusal = What::FailWith("no space left".to_owned());
    // The first Create of it is the new one's.
    let fault = Fault::at(Method::Create, refusal).of("a").nth(2);
    cm.fault(fault.always());
    for _ in 0..2 {
        deploy(&cm, &manifests(&missing()), &[]).expect_code(1);
        assert!(cm.container("a").is_none(), "{}", cm.journal());
        assert!(cm.container("kad-prev.a").is_some(), "{}", cm.journal());
    }
    cm.clear_faults();
    deploy(&cm, &manifests(&missing()), &[]).expect_code(1);
    assert_eq!(configuration(&cm, "a"), before);
    expect_clean(&cm);
}

#[test]
fn an_old_one_that_cannot_be_removed_is_recorded_as_it_was() {
    let cm = kanto_cm().first_versions(&["a"]).start();
    deploy(&cm, &manifests(&version("a", 1)), &[]).expect_code(0);
    let record = || fs::read_to_string(state_file(&cm)).unwrap();
    let before = record();
    cm.fault(Fault::at(Method::Remove, What::FailWith("it is busy".to_owned())).of("a"));
    deploy(&cm, &manifests(&version("a", 2)), &[]).expect_code(1);
    assert_eq!(record(), before);
}
