//! A Kanto-CM that is still loading or restoring its containers is not touched: a Create then would destroy one or
//! deadlock it.

use std::time::Duration;

use serde_json::json;
use simulated_kanto_cm::{Call, Existing, Left, Method, Outcome, Phase, Process};

use crate::common::replacing::existing;
use crate::common::{
    changes, count, deploy, deploy_command, kanto_cm, manifest, manifest_running, Manifests,
    Running,
};

/// Three containers, left like this.
fn stored(left: Left) -> [Existing; 3] {
    ["a", "b", "c"].map(|name| existing(&manifest(name), left))
}

/// A manifest for every stored container and one new one, begun the moment in which Kanto-CM starts again.
#[track_caller]
fn deploys_unharmed(cm: &Process) {
    let manifests = Manifests::new().with_all(&["a", "b", "c", "new"]);
    let running = Running::spawn(deploy_command(cm, &manifests, &[]));
    cm.start_again();
    let run = running.wait();
    run.expect_code(0);
    let waits = run
        .stderr
        .matches("waiting until it has restored its containers");
    assert_eq!(waits.count(), 1, "it waits once\n{}", run.stderr);
    let state = cm.state();
    assert!(!state.deadlocked, "{state:?}");
    assert_eq!(state.containers.len(), 4, "{state:?}");
    assert!(
        state.containers.iter().all(|container| container.running),
        "{state:?}"
    );
    assert_eq!(changes(&cm.calls()), ["Create new", "Start new"]);
    let failed = |call: &Call| matches!(call.outcome, Outcome::Error(_));
    assert!(!cm.calls().iter().any(failed), "{:?}", cm.calls());
}

/// The same after Kanto-CM was ready, and ended like this.
#[track_caller]
fn deploys_unharmed_after(end: fn(&Process), cm: &Process) {
    cm.wait_until(|state| state.phase == Phase::Ready);
    end(cm);
    cm.clear_calls();
    deploys_unharmed(cm);
}

#[test]
fn loading() {
    let cm = kanto_cm()
        .load_ms(1_500)
        .containers(stored(Left::Running))
        .prepare();
    deploys_unharmed(&cm);
}

#[test]
fn loading_without_the_sign() {
    let cm = kanto_cm()
        .load_ms(1_000)
        .ready_sign(false)
        .containers(stored(Left::Running))
        .prepare();
    deploys_unharmed(&cm);
}

#[test]
fn restoring_after_a_clean_stop() {
    let cm = kanto_cm()
        .restore_ms(400)
        .containers(stored(Left::Stopped))
        .start();
    deploys_unharmed_after(Process::clean_stop, &cm);
}

#[test]
fn restoring_after_a_power_cut() {
    for ready_sign in [true, false] {
        let cm = kanto_cm()
            .restore_ms(400)
            .ready_sign(ready_sign)
            .containers(stored(Left::Running))
            .start();
        deploys_unharmed_after(Process::power_cut, &cm);
    }
}

#[test]
fn restoring_without_the_sign() {
    let cm = kanto_cm()
        .restore_ms(400)
        .ready_sign(false)
        .containers(stored(Left::Stopped))
        .start();
    deploys_unharmed_after(Process::clean_stop, &cm);
}

#[test]
fn a_ready_kanto_cm_is_not_waited_for_however_young() {
    let cm = kanto_cm().start();
    let run = deploy(&cm, &Manifests::new().with("a"), &["--settle", "0"]);
    run.expect_code(0);
    // It may have become ready after the first List.
    assert_eq!(
        count(&cm.calls(), Method::List),
        2,
        "one List to know, one to plan from"
    );
}

#[test]
fn a_young_kanto_cm_without_the_sign_is_not_believed() {
    let cm = kanto_cm().ready_sign(false).running(&manifest("a")).start();
    cm.wait_until(|state| state.phase == Phase::Ready);
    let run = deploy(&cm, &Manifests::new().with("a"), &["--settle", "0"]);
    run.expect_code(0).expect_log("Kanto-CM has just started");
    assert!(run.took >= Duration::from_secs(5), "{:?}", run.took);
    assert!(cm.changing_calls().is_empty());
}

#[test]
fn the_grace_ends_the_watching_with_a_warning() {
    // Kanto-CM wants to start it, and cannot.
    let missing = manifest_running("a", "unless-stopped", &["/simulated/missing"]);
    let cm = kanto_cm()
        .ready_sign(false)
        .left(&missing, Left::Stopped)
        .start();
    let manifests = Manifests::new().with("new");
    let run = deploy(&cm, &manifests, &["--cm-grace", "7"]);
    run.expect_code(0)
        .expect_log("still seems to restore containers after the 7 s of --cm-grace, going on");
    let waits = run.stderr.matches("waiting until it has restored");
    assert_eq!(waits.count(), 1, "it waits once\n{}", run.stderr);
}

#[test]
fn no_grace_means_no_waiting() {
    let cm = kanto_cm().ready_sign(false).start();
    let run = deploy(
        &cm,
        &Manifests::new().with("a"),
        &["--cm-grace", "0", "--settle", "0"],
    );
    run.expect_code(0);
    assert_eq!(
        count(&cm.calls(), Method::List),
        2,
        "the second under the lock"
    );
}

#[test]
fn sigterm_ends_the_waiting() {
    // It would be waited for for thirty seconds: Kanto-CM wants to start it, and cannot.
    let missing = manifest_running("a", "unless-stopped", &["/simulated/missing"]);
    let cm = kanto_cm()
        .ready_sign(false)
        .left(&missing, Left::Stopped)
        .start();
    let manifests = Manifests::new().with("new");
    let running = Running::spawn(deploy_command(&cm, &manifests, &[]));
    let run =
        running.signal_when_logged("until it has restored", nix::sys::signal::Signal::SIGTERM);
    run.expect_code(143);
    assert!(
        run.took < std::time::Duration::from_secs(20),
        "{:?}",
        run.took
    );
    assert_eq!(changes(&cm.calls()), [""; 0]);
}

#[test]
fn what_a_power_cut_ended_is_started_though_listed_as_running() {
    for ready_sign in [true, false] {
        let cm = kanto_cm()
            .restore_ms(400)
            .ready_sign(ready_sign)
            .running(&manifest_running("a", "no", &[]))
            .start();
        cm.wait_until(|state| state.phase == Phase::Ready);
        cm.power_cut();
        cm.clear_calls();
        let mut wanted = crate::common::manifest("a");
        wanted["host_config"] = json!({ "restart_policy": { "type": "no" } });
        let manifests = Manifests::new().with_json("a", &wanted);
        let running = Running::spawn(deploy_command(&cm, &manifests, &[]));
        cm.start_again();
        running.wait().expect_code(0);
        assert!(cm.state().runs("a"), "sign {ready_sign}: {:?}", cm.state());
    }
}

#[test]
fn a_restart_begins_the_waiting_again() {
    let cm = kanto_cm()
        .ready_sign(false)
        .restore_ms(1_500)
        .containers(stored(Left::Running))
        .start();
    cm.wait_until(|state| state.phase == Phase::Ready);
    cm.clear_calls();
    let names = ["a", "b", "c", "new"];
    let manifests = Manifests::new().with_all(&names);
    let running = Running::spawn(deploy_command(&cm, &manifests, &[]));
    let run = running.wait_doing("until it has restored its containers", |_| {
        cm.clean_stop();
        cm.start_again();
    });
    run.expect_code(0)
        .expect_log("the connection to Kanto-CM broke");
    let state = cm.state();
    assert!(!state.deadlocked);
    assert!(names.iter().all(|name| state.runs(name)), "{state:?}");
}
