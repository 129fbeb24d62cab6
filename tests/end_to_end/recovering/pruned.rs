//! A replacement was interrupted, and then its manifest went: its container is made whole, and pruned in the same run.

use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use serde_json::json;
use simulated_kanto_cm::{Fault, Method, Process, What};

use crate::common::replacing::{version, version_running};
use crate::common::{deploy, deploy_command, kanto_cm, manifest, state_file, Manifests, Running};

/// Leaves `a` as a deployer does that is killed before its `nth` changing call.
fn killed_at(nth: u32) -> (Process, Manifests) {
    let cm = kanto_cm().start();
    let manifests = Manifests::new()
        .with_json("a", &version("a", 1))
        .with_json("b", &version("b", 1));
    deploy(&cm, &manifests, &[]).expect_code(0);
    manifests.put("a", &version("a", 2));
    cm.fault(Fault::at_any(What::KillCallerBefore).nth(nth));
    let run = Running::spawn(deploy_command(&cm, &manifests, &[]));
    cm.set_caller(run.pid());
    run.wait();
    manifests.remove("a");
    (cm, manifests)
}

#[test]
fn what_is_made_whole_is_pruned_in_the_same_run() {
    // Both stand-ins, Remove, Create, Start, and the Removes of both stand-ins.
    for nth in 2..=7 {
        let (cm, manifests) = killed_at(nth);
        let run = deploy(&cm, &manifests, &["--prune"]);
        run.expect_code(0);
        assert!(
            cm.container("a").is_none(),
            "killed at {nth}: {}",
            run.stderr
        );
        assert!(cm.state().runs("b"), "killed at {nth}: {}", run.stderr);
        assert_eq!(cm.containers().len(), 1, "killed at {nth}: {}", run.stderr);
    }
}

/// The old `a` was put back for the new one does not run, and its Start interrupted: it has to go on under another id.
fn ruined() -> (Process, Manifests) {
    let cm = kanto_cm().start();
    let manifests = Manifests::new()
        .with_json("a", &version("a", 1))
        .with_json("b", &version("b", 1));
    deploy(&cm, &manifests, &[]).expect_code(0);
    manifests.put("a", &version_running("a", 2, &["/simulated/missing"]));
    cm.fault(Fault::at(Method::Start, What::KillCallerDuring).nth(2));
    let run = Running::spawn(deploy_command(&cm, &manifests, &[]));
    cm.set_caller(run.pid());
    run.wait();
    (cm, manifests)
}

#[test]
fn what_is_healed_is_pruned_in_the_same_run() {
    let (cm, manifests) = ruined();
    manifests.remove("a");
    let run = deploy(&cm, &manifests, &["--prune"]);
    run.expect_code(0).expect_log("going on as a-2");
    assert_eq!(cm.containers().len(), 1, "{}", run.stderr);
    assert!(cm.state().runs("b"));
}

#[test]
fn what_was_healed_is_pruned_later() {
    let (cm, manifests) = ruined();
    deploy(&cm, &manifests, &[])
        .expect_code(1)
        .expect_log("going on as a-2");
    assert!(cm.state().runs("a-2"));
    manifests.remove("a");
    let run = deploy(&cm, &manifests, &["--prune"]);
    run.expect_code(0);
    assert_eq!(cm.containers().len(), 1, "{}", run.stderr);
    assert!(cm.state().runs("b"));
}

/// The record knows it until all of it has gone.
#[test]
fn what_healing_could_not_remove_is_pruned_with_it() {
    let (cm, manifests) = ruined();
    let refusal = || Fault::at(Method::Remove, What::FailWith("busy".to_owned())).of("a");
    cm.fault(refusal());
    deploy(&cm, &manifests, &[])
        .expect_code(1)
        .expect_log("cannot remove the container with the ruined id a: busy");
    assert!(cm.state().runs("a-2"));
    manifests.remove("a");
    cm.fault(refusal());
    let run = deploy(&cm, &manifests, &["--prune"]);
    run.expect_code(1).expect_lines(&[
        "b  up to date",
        "a  failed: busy",
        "1 manifest: 1 up to date, 1 failed",
    ]);
    assert!(cm.state().runs("a-2"));
    deploy(&cm, &manifests, &["--prune"]).expect_code(0);
    assert_eq!(cm.containers().len(), 1, "{:?}", cm.containers());
    assert!(cm.state().runs("b"));
}

#[test]
fn what_a_killed_run_has_updated_is_pruned() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with("a").with("b");
    deploy(&cm, &manifests, &[]).expect_code(0);
    let mut limited = manifest("a");
    limited["host_config"] = json!({ "resources": { "memory": "64M" } });
    manifests.put("a", &limited);
    let manifests = manifests.with("c");
    let noted = || std::fs::read_to_string(state_file(&cm)).unwrap();
    let before = noted();
    cm.fault(Fault::at(Method::Create, What::DelayMs(60_000)).of("c"));
    let run = Running::spawn(deploy_command(&cm, &manifests, &[]));
    cm.wait_for_call(Method::Create, "c");
    let deadline = Instant::now() + Duration::from_secs(30);
    while noted() == before {
        assert!(
            Instant::now() < deadline,
            "the change is not in the state file"
        );
        thread::sleep(Duration::from_millis(20));
    }
    run.signal(Signal::SIGKILL);
    run.wait();
    manifests.remove("a");
    manifests.remove("c");
    let run = deploy(&cm, &manifests, &["--prune"]);
    run.expect_code(0);
    assert!(cm.container("a").is_none(), "{}", run.stderr);
}

#[test]
fn what_was_created_though_that_was_given_up_is_pruned_later() {
    let mut without_id = manifest("a");
    without_id["container_id"] = serde_json::Value::Null;
    for a in [manifest("a"), without_id] {
        let cm = kanto_cm().start();
        let manifests = Manifests::new().with("b");
        deploy(&cm, &manifests, &[]).expect_code(0);
        manifests.put("a", &a);
        cm.fault(Fault::at(Method::Create, What::DelayAnswerMs(60_000)));
        let run = Running::spawn(deploy_command(&cm, &manifests, &[]));
        cm.wait_until(|state| state.container("a").is_some());
        run.signal(Signal::SIGTERM);
        run.wait().expect_code(143);
        deploy(&cm, &manifests, &[]).expect_code(0);
        assert!(cm.state().runs("a"));
        manifests.remove("a");
        let run = deploy(&cm, &manifests, &["--prune"]);
        run.expect_code(0);
        assert_eq!(cm.containers().len(), 1, "{}", run.stderr);
    }
}

/// Kanto-CM brings a container back that ended by itself while it was removed.
#[test]
fn what_comes_back_after_pruning_is_removed_and_reported() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with("a").with("b");
    deploy(&cm, &manifests, &[]).expect_code(0);
    manifests.remove("a");
    cm.fault(Fault::at(Method::Remove, What::MeetExit(0)).of("a"));
    for round in 0..2 {
        assert!(cm.container("a").is_some(), "{round}");
        deploy(&cm, &manifests, &["--prune"])
            .expect_code(0)
            .expect_lines(&[
                "b  up to date",
                "a  removed",
                "1 manifest: 1 up to date, 1 removed",
            ]);
        assert!(cm.container("a").is_none(), "{round}");
        cm.clean_stop();
        cm.start_again();
    }
    assert!(cm.container("a").is_none());
}
