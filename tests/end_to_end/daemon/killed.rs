//! Processes that are killed in the middle: the one that deploys, or the daemon. And another deployer beside it.

use nix::sys::signal::Signal;
use simulated_kanto_cm::{Fault, Method, Process, What};

use crate::common::daemon::{send, Daemon, From};
use crate::common::replacing::{
    calls_that_replace, expect_clean, expect_running, recorded_state, second_versions, version,
};
use crate::common::{
    changes, count, deploy, deploy_command, kanto_cm, stops_in, Manifests, Running, LONG,
};

const QUICKLY: [&str; 2] = ["--settle", "0"];

/// A Kanto-CM in which the first version of `a` runs, and stops only when the test lets it.
fn that_does_not_stop() -> Process {
    let cm = kanto_cm().first_versions(&["a"]).start();
    cm.set_image(stops_in("a", LONG));
    cm
}

const PATIENTLY: [&str; 4] = ["--settle", "0", "--stop-timeout", "3600"];

/// A replacement by the daemon, in which the worker process is killed in that call.
fn killed_in(method: Method, id: &str, what: What) {
    let cm = kanto_cm().first_versions(&["a"]).start();
    cm.fault(Fault::at(method, what).of(id));
    let manifests = second_versions(&["a"]);
    let daemon = Daemon::start(&cm, &manifests, &QUICKLY);
    let worker = daemon.wait_for_worker();
    cm.set_caller(worker);
    let early = daemon.wait_for(From::Log, "the worker process ended early", 1);
    assert!(early.contains("signal: 9"), "{early}");
    daemon.wait_for_status("1 failed: a.json");
    daemon.wait_for(From::Log, "a.json: trying again in", 1);
    // Another one recovers.
    daemon.wait_for_status("1 container up to date");
    assert_ne!(daemon.worker(), Some(worker));
    let containers = cm.containers();
    assert_eq!(containers.len(), 1, "{containers:#?}");
    expect_running(&cm, &containers[0].id, 2);
    assert_eq!(recorded_state(&cm, "a"), "applied");
    daemon.end();
}

#[test]
fn the_worker_is_killed_while_it_prepares_a_replacement() {
    killed_in(Method::Create, "kad-prev.a", What::KillCallerAfter);
}

#[test]
fn the_worker_is_killed_before_it_removes_the_old_one() {
    killed_in(Method::Remove, "a", What::KillCallerBefore);
}

#[test]
fn the_worker_is_killed_after_it_removed_the_old_one() {
    killed_in(Method::Remove, "a", What::KillCallerAfter);
}

#[test]
fn the_worker_is_killed_while_it_starts_the_new_one() {
    killed_in(Method::Start, "a", What::KillCallerDuring);
}

#[test]
fn the_worker_is_killed_after_it_started_the_new_one() {
    killed_in(Method::Start, "a", What::KillCallerAfter);
}

#[test]
fn a_change_is_handled_at_once_after_the_worker_was_killed() {
    let cm = kanto_cm().first_versions(&["a"]).start();
    cm.fault(Fault::at(Method::Remove, What::KillCallerAfter).of("a"));
    let manifests = second_versions(&["a"]);
    let daemon = Daemon::start(&cm, &manifests, &QUICKLY);
    cm.set_caller(daemon.wait_for_worker());
    daemon.wait_for(From::Log, "trying again in", 1);
    manifests.put("a", &version("a", 3));
    daemon.wait_for_status("1 container up to date");
    expect_running(&cm, "a", 3);
    daemon.end();
}

#[test]
fn the_worker_of_a_killed_daemon_ends_what_it_has_begun() {
    let cm = that_does_not_stop();
    let manifests = second_versions(&["a"]);
    let mut daemon = Daemon::start(&cm, &manifests, &PATIENTLY);
    cm.wait_for_call(Method::Remove, "a");
    daemon.kill();
    cm.change(|setup| setup.put_image(stops_in("a", 0)));
    // Nobody listens, and it goes through all the same.
    daemon.wait_for_orphan();
    assert_eq!(changes(&cm.calls()), calls_that_replace("a", "a"));
    expect_running(&cm, "a", 2);
    expect_clean(&cm);
    let next = Daemon::start(&cm, &manifests, &QUICKLY).ready();
    next.wait_for_status("1 container up to date");
    assert_eq!(changes(&cm.calls()), calls_that_replace("a", "a"));
    next.end();
}

#[test]
fn the_next_daemon_waits_for_what_that_has_begun() {
    let cm = that_does_not_stop();
    let manifests = second_versions(&["a"]);
    let mut daemon = Daemon::start(&cm, &manifests, &PATIENTLY);
    cm.wait_for_call(Method::Remove, "a");
    daemon.kill();
    let next = Daemon::start(&cm, &manifests, &PATIENTLY);
    next.wait_for(From::Log, "another deployer is at work, waiting", 1);
    cm.change(|setup| setup.put_image(stops_in("a", 0)));
    let next = next.ready();
    next.wait_for_status("1 container up to date");
    assert_eq!(changes(&cm.calls()), calls_that_replace("a", "a"));
    expect_running(&cm, "a", 2);
    next.end();
}

#[test]
fn the_next_daemon_recovers_when_both_were_killed() {
    let cm = that_does_not_stop();
    let manifests = second_versions(&["a"]);
    let mut daemon = Daemon::start(&cm, &manifests, &PATIENTLY);
    cm.wait_for_call(Method::Remove, "a");
    let worker = daemon.wait_for_worker();
    daemon.kill();
    send(worker, Signal::SIGKILL);
    cm.change(|setup| setup.put_image(stops_in("a", 0)));
    let next = Daemon::start(&cm, &manifests, &QUICKLY).ready();
    next.wait_for_status("1 container up to date");
    let containers = cm.containers();
    assert_eq!(containers.len(), 1, "{containers:#?}");
    expect_running(&cm, "a", 2);
    next.end();
}

#[test]
fn a_pull_is_given_up_when_nobody_wants_it_any_more() {
    let cm = kanto_cm().endless_pull("a").start();
    let manifests = Manifests::new().with("a");
    let mut daemon = Daemon::start(&cm, &manifests, &QUICKLY);
    cm.wait_for_call(Method::Create, "a");
    daemon.kill();
    daemon.wait_for_orphan();
    assert!(cm.containers().is_empty(), "{}", cm.journal());
}

#[test]
fn another_deployer_at_work_is_waited_for() {
    let cm = kanto_cm().start_ms(LONG).start();
    let once = Manifests::new().with("x");
    let other = Running::spawn(deploy_command(&cm, &once, &[]));
    cm.wait_for_call(Method::Start, "x");
    let manifests = Manifests::new().with("a");
    let daemon = Daemon::start(&cm, &manifests, &QUICKLY);
    daemon.wait_for(From::Log, "another deployer is at work, waiting", 1);
    assert_eq!(count(&cm.calls(), Method::Create), 1, "{}", cm.journal());
    cm.change(|setup| setup.start_ms = 0);
    let daemon = daemon.ready();
    daemon.wait_for_status("1 container up to date");
    other.wait().expect_code(0);
    assert!(cm.state().runs("a") && cm.state().runs("x"));
    daemon.end();
}

#[test]
fn another_deployer_waits_only_while_the_daemon_deploys() {
    let cm = that_does_not_stop();
    let manifests = second_versions(&["a"]);
    let daemon = Daemon::start(&cm, &manifests, &PATIENTLY);
    cm.wait_for_call(Method::Remove, "a");
    let once = second_versions(&["a"]).with("x");
    let other = Running::spawn(deploy_command(&cm, &once, &[]));
    let run = other.wait_doing("another deployer is at work, waiting", |_| {
        cm.change(|setup| setup.put_image(stops_in("a", 0)));
    });
    run.expect_code(0);
    let daemon = daemon.ready();
    daemon.wait_until_idle();
    let other = deploy(
        &cm,
        &Manifests::new().with("y"),
        &["--connect-timeout", "0"],
    );
    other.expect_code(0);
    expect_running(&cm, "a", 2);
    assert!(cm.state().runs("x") && cm.state().runs("y"));
    daemon.end();
}
