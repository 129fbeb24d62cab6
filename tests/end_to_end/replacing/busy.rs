//! Replacements while something else takes long or goes wrong at the same time.

use simulated_kanto_cm::{Fault, Method, What};

use crate::common::replacing::{expect_clean, expect_running, ids, version, version_running};
use crate::common::{changes, deploy, deploy_command, finish_pull, kanto_cm, Manifests, Running};

#[test]
fn a_roll_back_does_not_wait_for_a_pull() {
    let cm = kanto_cm().endless_pull("slow").start();
    deploy(&cm, &Manifests::new().with_json("a", &version("a", 1)), &[]).expect_code(0);
    let ending = version_running("a", 2, &["/simulated/exit", "3", "100"]);
    let manifests = Manifests::new().with_json("a", &ending).with("slow");
    let running = Running::spawn(deploy_command(&cm, &manifests, &["--jobs", "1"]));
    cm.wait_for_call(Method::Create, "slow");
    let back = |state: &simulated_kanto_cm::State| {
        let a = state.container("a");
        a.is_some_and(|a| a.running && a.whole["config"]["env"][0] == "VERSION=1")
    };
    // It begins as the old one, ends as the new one, and is back long before the image is.
    cm.wait_for_calls("Start of the old one", |calls| {
        (changes(calls)
            .iter()
            .filter(|call| *call == "Start a")
            .count()
            == 3)
            .then_some(())
    });
    cm.wait_until(back);
    finish_pull(&cm, "slow");
    running.wait().expect_code(1);
    expect_clean(&cm);
}

#[test]
fn an_exit_that_kanto_cm_misses_ruins_only_the_id() {
    let cm = kanto_cm().lost_exit_ms(0).start();
    deploy(&cm, &Manifests::new().with_json("a", &version("a", 1)), &[]).expect_code(0);
    cm.fault(Fault::at(Method::Remove, What::LoseExit).of("a"));
    let manifests = Manifests::new().with_json("a", &version("a", 2));
    deploy(&cm, &manifests, &[]).expect_code(0);
    assert_eq!(ids(&cm), ["a-2"]);
    expect_running(&cm, "a-2", 2);
    deploy(&cm, &manifests, &[])
        .expect_code(0)
        .expect_lines(&["a  up to date", "1 manifest: 1 up to date"]);
}

#[test]
fn an_exit_missed_while_rolling_back_ruins_only_the_id() {
    let cm = kanto_cm().lost_exit_ms(0).start();
    deploy(&cm, &Manifests::new().with_json("a", &version("a", 1)), &[]).expect_code(0);
    let looping = version_running("a", 2, &["/simulated/exit", "3", "400"]);
    cm.fault(Fault::at(Method::Remove, What::LoseExit).of("a").nth(2));
    deploy(&cm, &Manifests::new().with_json("a", &looping), &[]).expect_code(1);
    let containers = cm.containers();
    assert_eq!(containers.len(), 1, "{containers:?}");
    assert!(containers[0].running, "{containers:?}");
    assert_eq!(containers[0].whole["config"]["env"][0], "VERSION=1");
}
