//! A job that has done its work is not started again, but by a touch.

use nix::sys::signal::Signal;
use simulated_kanto_cm::Method;

use crate::common::daemon::{send, Daemon, From};
use crate::common::{changes, count, deploy, kanto_cm, manifest, manifest_running, Manifests};

/// The manifest of a job `j` that ends by itself.
fn job(after_ms: u64) -> serde_json::Value {
    manifest_running("j", "no", &["/simulated/exit", "0", &after_ms.to_string()])
}

#[test]
fn a_touch_starts_a_finished_job_and_a_start_does_not() {
    let job = job(100);
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with_json("j", &job);
    deploy(&cm, &manifests, &[]).expect_code(0);
    cm.clear_calls();
    let daemon = Daemon::start(&cm, &manifests, &[]).ready();
    daemon.wait_for_status("1 container up to date");
    assert_eq!(changes(&cm.calls()), [""; 0]);
    manifests.touch("j");
    daemon.wait_for(From::Out, "j  started, finished", 1);
    assert_eq!(changes(&cm.calls()), ["Start j"]);
    daemon.end();
}

#[test]
fn a_job_that_finished_in_a_cancelled_deployment_is_done() {
    let cm = kanto_cm().endless_pull("slow").start();
    let job = job(100);
    let manifests = Manifests::new().with_json("j", &job).with("slow");
    let daemon = Daemon::start(&cm, &manifests, &[]);
    cm.wait_for_call(Method::Create, "slow");
    let has_finished = |state: &simulated_kanto_cm::State| {
        state.container("j").is_some_and(|j| j.status == "Exited")
    };
    cm.wait_until(has_finished);
    let mut other = manifest("slow");
    other["image"]["name"] = "registry.example/other:1".into();
    manifests.put("slow", &other);
    daemon.wait_for_status("2 containers up to date");
    let starts = |id: &str| {
        let calls = cm.calls();
        let of = calls
            .iter()
            .filter(|call| call.method == Method::Start && call.id == id);
        of.count()
    };
    assert_eq!((starts("j"), starts("slow")), (1, 1), "{}", cm.journal());
    daemon.end();
}

#[test]
fn a_job_that_finished_unwatched_is_done() {
    let cm = kanto_cm().start();
    let job = job(200);
    let manifests = Manifests::new().with_json("j", &job);
    let daemon = Daemon::start(&cm, &manifests, &["--settle", "600"]);
    daemon.wait_for(From::Log, "j: watching it for", 1);
    send(daemon.wait_for_worker(), Signal::SIGKILL);
    daemon.wait_for(From::Log, "the worker process ended early", 1);
    daemon.wait_for_status("1 container up to date");
    assert_eq!(count(&cm.calls(), Method::Start), 1, "{}", cm.journal());
    daemon.end();
}

#[test]
fn a_job_that_failed_is_tried_again() {
    let cm = kanto_cm().start();
    let mut job = job(0);
    job["config"]["cmd"] = serde_json::json!(["/simulated/exit", "3", "0"]);
    let manifests = Manifests::new().with_json("j", &job);
    let daemon = Daemon::start(&cm, &manifests, &[]);
    daemon.wait_for(From::Out, "it exited after its start, with exit code 3", 2);
    assert_eq!(count(&cm.calls(), Method::Start), 2, "{}", cm.journal());
    daemon.end();
}
