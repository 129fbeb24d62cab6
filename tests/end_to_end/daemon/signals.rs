//! SIGTERM and SIGINT end the daemon cleanly at any moment: a pull is given up, a Start is waited for, a replacement is
//! brought to one of its ends.

use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use serde_json::json;
use simulated_kanto_cm::{Call, Fault, Method, Outcome, Process, What};

use crate::common::daemon::{send, Daemon, From};
use crate::common::replacing::{
    expect_clean, expect_running, nth_call, second_versions, version, version_running,
    wait_for_nth_call,
};
use crate::common::{count, endless_pull, image, kanto_cm, stops_in, Manifests, LONG};

/// Waits until the Create for `name` was given up: the worker process knows that it is to end.
fn wait_until_given_up(cm: &Process, name: &str) {
    let is_it = |call: &Call| call.name == name && call.outcome == Outcome::Cancelled;
    cm.wait_for_calls("a pull that was given up", |calls| {
        calls.iter().any(is_it).then_some(())
    });
}

#[test]
fn a_pull_is_given_up() {
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let cm = kanto_cm().endless_pull("a").start();
        let manifests = Manifests::new().with("a");
        let daemon = Daemon::start(&cm, &manifests, &[]);
        cm.wait_for_call(Method::Create, "a");
        daemon.signal(signal);
        daemon.wait_for(From::Notify, "STOPPING=1", 1);
        let daemon = daemon.ended(0);
        assert_eq!(daemon.lines(From::Out), [""; 0], "{}", daemon.shown());
        wait_until_given_up(&cm, "a");
        cm.wait_until(|state| state.containers.is_empty());
        assert_eq!(count(&cm.calls(), Method::Start), 0);
    }
}

#[test]
fn a_start_is_waited_for() {
    let cm = kanto_cm().endless_pull("p").start_ms(LONG).start();
    let manifests = Manifests::new().with("a").with("p");
    let daemon = Daemon::start(&cm, &manifests, &[]);
    cm.wait_for_call(Method::Start, "a");
    cm.wait_for_call(Method::Create, "p");
    daemon.signal(Signal::SIGTERM);
    wait_until_given_up(&cm, "p");
    cm.change(|setup| setup.start_ms = 0);
    daemon.wait_for_end(0);
    assert!(cm.state().runs("a"), "{}", cm.journal());
    assert!(cm.state().ruined_ids.is_empty(), "{}", cm.journal());
}

#[test]
fn a_replacement_is_completed_however_many_signals_come() {
    let cm = kanto_cm().first_versions(&["a"]).start();
    cm.set_image(stops_in("a", LONG));
    cm.set_image(endless_pull(image("p")));
    let manifests = second_versions(&["a"]).with("p");
    let daemon = Daemon::start(&cm, &manifests, &["--stop-timeout", "3600"]);
    cm.wait_for_call(Method::Remove, "a");
    cm.wait_for_call(Method::Create, "p");
    daemon.signal(Signal::SIGTERM);
    wait_until_given_up(&cm, "p");
    daemon.signal(Signal::SIGTERM);
    daemon.signal(Signal::SIGINT);
    cm.change(|setup| setup.put_image(stops_in("a", 0)));
    daemon.wait_for(From::Out, "a  replaced", 1);
    daemon.wait_for_end(0);
    expect_running(&cm, "a", 2);
    expect_clean(&cm);
}

/// Half a minute is what a Kanto-CM that crashed needs to come back, if it does; the stand-ins hold what the next run needs.
#[test]
fn without_kanto_cm_a_replacement_is_left_to_the_next_run() {
    let cm = kanto_cm().first_versions(&["a"]).start();
    cm.fault(Fault::at(Method::Remove, What::KillAfter).of("a"));
    let manifests = second_versions(&["a"]);
    let daemon = Daemon::start(&cm, &manifests, &[]);
    cm.wait_for_end();
    daemon.wait_for(From::Log, "waiting for Kanto-CM", 1);
    daemon.signal(Signal::SIGTERM);
    let daemon = daemon.ended(0);
    daemon.wait_for(From::Log, "Kanto-CM cannot be reached", 1);
    cm.start_again();
    Daemon::start(&cm, &manifests, &[]).ready().end();
    expect_running(&cm, "a", 2);
    assert_eq!(cm.containers().len(), 1, "{}", cm.journal());
}

#[test]
fn a_roll_back_is_brought_to_its_end() {
    let cm = kanto_cm().first_versions(&["a"]).start();
    let missing = version_running("a", 2, &["/simulated/missing"]);
    let manifests = Manifests::new().with_json("a", &missing);
    cm.fault(Fault::at(Method::Create, What::DelayMs(500)).of("a").nth(2));
    let daemon = Daemon::start(&cm, &manifests, &[]);
    wait_for_nth_call(&cm, Method::Create, "a", 2);
    daemon.signal(Signal::SIGTERM);
    daemon.wait_for(From::Out, "a  rolled back, failed: ", 1);
    daemon.wait_for_end(0);
    expect_running(&cm, "a", 1);
    expect_clean(&cm);
}

#[test]
fn before_the_old_one_is_touched_a_replacement_is_given_up() {
    let cm = kanto_cm().first_versions(&["a"]).start();
    cm.set_image(endless_pull("registry.example/a:2"));
    let mut new = version("a", 2);
    new["image"]["name"] = json!("registry.example/a:2");
    let manifests = Manifests::new().with_json("a", &new);
    let daemon = Daemon::start(&cm, &manifests, &[]);
    cm.wait_for_call(Method::Create, "kad-next.a");
    daemon.end();
    let calls = cm.calls();
    let removed = nth_call(&calls, Method::Remove, "a", 1);
    assert!(removed.is_none(), "{}", cm.journal());
    let pull = nth_call(&calls, Method::Create, "kad-next.a", 1);
    assert_eq!(pull.map(|call| &call.outcome), Some(&Outcome::Cancelled));
    expect_running(&cm, "a", 1);
}

#[test]
fn what_is_being_watched_runs_on() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with("a");
    let daemon = Daemon::start(&cm, &manifests, &["--settle", "600"]);
    daemon.wait_for(From::Log, "a: watching it for", 1);
    daemon.end();
    assert!(cm.state().runs("a"));
}

#[test]
fn it_ends_during_a_backoff() {
    let cm = kanto_cm().failing_pull("a", "no network").start();
    let manifests = Manifests::new().with("a");
    let daemon = Daemon::start(&cm, &manifests, &[]);
    daemon.wait_for(From::Log, "a: trying again in", 1);
    let (begin, before) = (Instant::now(), cm.calls().len());
    daemon.end();
    assert!(begin.elapsed() < Duration::from_secs(4));
    assert_eq!(cm.calls().len(), before, "{}", cm.journal());
}

#[test]
fn it_ends_while_it_is_idle() {
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let cm = kanto_cm().start();
        let manifests = Manifests::new().with("a");
        let daemon = Daemon::start(&cm, &manifests, &[]).ready();
        daemon.wait_until_idle();
        daemon.signal(signal);
        daemon.wait_for(From::Notify, "STOPPING=1", 1);
        daemon.wait_for_end(0);
        assert!(cm.state().runs("a"));
    }
}

#[test]
fn it_ends_while_it_waits_for_kanto_cm() {
    let cm = kanto_cm().prepare();
    let manifests = Manifests::new().with("a");
    let daemon = Daemon::start(&cm, &manifests, &[]);
    daemon.wait_for(From::Log, "waiting for Kanto-CM", 1);
    daemon.end();
}

#[test]
fn it_ends_while_kanto_cm_restores_its_containers() {
    let cm = kanto_cm().load_ms(LONG).start();
    let manifests = Manifests::new().with("a");
    let daemon = Daemon::start(&cm, &manifests, &[]);
    daemon.wait_for(From::Log, "Kanto-CM has just started: waiting", 1);
    daemon.end();
    assert_eq!(count(&cm.calls(), Method::Create), 0);
}

#[test]
fn it_ends_while_it_waits_for_the_directory() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new();
    let missing = manifests.path().join("missing");
    let daemon = Daemon::start_at(&cm, &missing, &[]);
    daemon.wait_for_status(&format!("waiting for {}", missing.display()));
    daemon.end();
    assert_eq!(cm.calls().len(), 0, "{}", cm.journal());
}

/// As a terminal does, and systemd.
#[test]
fn the_worker_may_get_the_signal_too() {
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let cm = kanto_cm().first_versions(&["a"]).start();
        cm.set_image(endless_pull(image("p")));
        cm.fault(Fault::at(Method::Create, What::DelayMs(500)).of("a"));
        let manifests = second_versions(&["a"]).with("p");
        let daemon = Daemon::start(&cm, &manifests, &[]);
        cm.wait_for_call(Method::Create, "p");
        cm.wait_for_call(Method::Create, "a");
        send(daemon.wait_for_worker(), signal);
        daemon.signal(signal);
        let log = daemon.wait_for_end(0);
        let early = log.iter().any(|line| line.contains("ended early"));
        assert!(!early, "{log:#?}");
        expect_running(&cm, "a", 2);
        expect_clean(&cm);
    }
}
