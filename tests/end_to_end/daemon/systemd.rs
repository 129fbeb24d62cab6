//! What the daemon reports to systemd (`Type=notify`), and what it asks for.

use std::fs;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use serde_json::json;
use simulated_kanto_cm::{Image, Method};

use crate::common::daemon::{send, Daemon, From};
use crate::common::replacing::{version, version_running};
use crate::common::{count, finish_pull, image, kanto_cm, manifest, Manifests, LONG};

/// Where a line that was reported to systemd came among the others.
#[track_caller]
fn position(daemon: &Daemon, line: &str) -> usize {
    let lines = daemon.lines(From::Notify);
    let position = lines.iter().position(|other| other == line);
    position.unwrap_or_else(|| panic!("never reported: {line}\n{}", daemon.shown()))
}

#[test]
fn it_is_ready_after_the_first_deployment() {
    let cm = kanto_cm().start_ms(LONG).start();
    let manifests = Manifests::new().with("a").with("b");
    let daemon = Daemon::start(&cm, &manifests, &[]);
    daemon.wait_for_status("2 being deployed");
    cm.wait_for_call(Method::Start, "a");
    cm.change(|setup| setup.start_ms = 0);
    let daemon = daemon.ready();
    let first = position(&daemon, "STATUS=2 being deployed");
    let right = position(&daemon, "STATUS=2 containers up to date");
    let ready = position(&daemon, "READY=1");
    assert!(first < right && right < ready, "{}", daemon.shown());
    assert!(cm.state().runs("a") && cm.state().runs("b"));
    daemon.end();
}

#[test]
fn a_worker_that_died_is_no_answer() {
    let cm = kanto_cm().endless_pull("b").start();
    let manifests = Manifests::new().with("a").with("b");
    let daemon = Daemon::start(&cm, &manifests, &["--settle", "0"]);
    cm.wait_for_call(Method::Create, "b");
    cm.wait_until_running("a");
    send(daemon.wait_for_worker(), Signal::SIGKILL);
    daemon.wait_for(From::Log, "trying again in", 2);
    daemon.wait_for_status("2 failed: a.json, b.json");
    cm.set_image(Image::new(image("b")));
    let daemon = daemon.ready();
    let lost = position(&daemon, "STATUS=2 failed: a.json, b.json");
    let ready = position(&daemon, "READY=1");
    let right = position(&daemon, "STATUS=2 containers up to date");
    assert!(lost < right && right < ready, "{}", daemon.shown());
    daemon.end();
}

#[test]
fn the_state_is_reported_in_a_sentence() {
    let missing = version_running("rolled-back", 2, &["/simulated/missing"]);
    let cm = kanto_cm()
        .failing_pull("failed", "no network")
        .first_versions(&["rolled-back"])
        .start();
    let manifests = Manifests::new()
        .with_all(&["a", "b", "failed"])
        .with_json("rolled-back", &missing)
        .with_text("broken.json", "{");
    let daemon = Daemon::start(&cm, &manifests, &["--settle", "0"]).ready();
    daemon.wait_for_status(
        "2 containers up to date, 1 failed: failed, 1 rolled back: rolled-back, \
         1 invalid: broken.json",
    );
    for name in ["b", "failed", "rolled-back"] {
        manifests.remove(name);
    }
    daemon.wait_for_status("1 container up to date, 1 invalid: broken.json");
    fs::remove_file(manifests.file("broken")).unwrap();
    manifests.remove("a");
    daemon.wait_for_status("no manifests");
    daemon.end();
}

#[test]
fn with_nothing_to_deploy_it_is_ready_at_once() {
    let cm = kanto_cm().prepare();
    let manifests = Manifests::new();
    let daemon = Daemon::start(&cm, &manifests, &[]).ready();
    daemon.wait_for_status("no manifests");
    let missing = manifests.path().join("missing");
    let other = Daemon::start_at(&cm, &missing, &[]).ready();
    other.wait_for_status(&format!("waiting for {}", missing.display()));
    daemon.end();
    other.end();
}

#[test]
fn it_reports_that_it_reads_again_and_that_it_has() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with("a");
    let daemon = Daemon::start(&cm, &manifests, &[]).ready();
    daemon.wait_until_idle();
    cm.clear_calls();
    daemon.signal(Signal::SIGHUP);
    daemon.wait_for(From::Notify, "READY=1", 2);
    let lines = daemon.lines(From::Notify);
    let reloading = position(&daemon, "RELOADING=1");
    assert!(lines[reloading + 1].starts_with("MONOTONIC_USEC="));
    assert_eq!(lines[reloading + 2], "READY=1", "{}", daemon.shown());
    // Nothing has changed: there is nothing to ask Kanto-CM for.
    manifests.put("b", &manifest("b"));
    daemon.wait_for_status("2 containers up to date");
    assert!(cm.calls().iter().all(|call| call.id != "a"));
    daemon.end();
}

#[test]
fn sighup_tries_at_once_what_has_failed() {
    let cm = kanto_cm().failing_pull("a", "no network").start();
    let manifests = Manifests::new().with("a");
    let daemon = Daemon::start(&cm, &manifests, &["--settle", "0"]);
    daemon.wait_for(From::Log, "a: trying again in", 1);
    let begin = Instant::now();
    daemon.signal(Signal::SIGHUP);
    daemon.wait_for(From::Log, "a: trying again in", 2);
    cm.set_image(Image::new(image("a")));
    daemon.signal(Signal::SIGHUP);
    daemon.wait_for_status("1 container up to date");
    assert!(begin.elapsed() < Duration::from_secs(4));
    daemon.end();
}

#[test]
fn with_a_watchdog_it_sends_keep_alives_also_while_it_deploys() {
    let cm = kanto_cm().endless_pull("a").start();
    let manifests = Manifests::new().with("a");
    let every = [("WATCHDOG_USEC", "200000")];
    let daemon = Daemon::start_with(&cm, manifests.path(), &[], &every);
    cm.wait_for_call(Method::Create, "a");
    let count = count_alive(&daemon);
    daemon.wait_for(From::Notify, "WATCHDOG=1", count + 5);
    finish_pull(&cm, "a");
    let daemon = daemon.ready();
    daemon.wait_until_idle();
    let count = count_alive(&daemon);
    daemon.wait_for(From::Notify, "WATCHDOG=1", count + 5);
    daemon.end();
}

fn count_alive(daemon: &Daemon) -> usize {
    let lines = daemon.lines(From::Notify);
    lines.iter().filter(|line| *line == "WATCHDOG=1").count()
}

#[test]
fn without_a_watchdog_of_its_own_it_sends_no_keep_alive() {
    let others = [("WATCHDOG_USEC", "1000"), ("WATCHDOG_PID", "1")];
    for variables in [&others[..0], &others[..], &others[1..]] {
        let cm = kanto_cm().start();
        let manifests = Manifests::new().with("a");
        let daemon = Daemon::start_with(&cm, manifests.path(), &[], variables).ready();
        manifests.put("a", &version("a", 2));
        daemon.wait_for(From::Out, "a  replaced", 1);
        assert_eq!(count_alive(&daemon), 0, "{}", daemon.shown());
        daemon.end();
    }
}

#[test]
fn the_worker_does_not_notify_systemd() {
    let cm = kanto_cm().endless_pull("a").start();
    let manifests = Manifests::new().with("a");
    let every = [("WATCHDOG_USEC", "60000000")];
    let daemon = Daemon::start_with(&cm, manifests.path(), &[], &every);
    cm.wait_for_call(Method::Create, "a");
    let environment = |pid: u32| fs::read_to_string(format!("/proc/{pid}/environ")).unwrap();
    let worker = environment(daemon.wait_for_worker());
    for name in ["NOTIFY_SOCKET=", "WATCHDOG_USEC=", "WATCHDOG_PID="] {
        assert!(environment(daemon.pid()).contains(name));
        assert!(!worker.contains(name), "{worker}");
    }
    assert!(worker.contains("PATH="), "{worker}");
    daemon.end();
    assert_eq!(count(&cm.calls(), Method::Create), 1);
}

#[test]
fn without_systemd_it_does_the_same_and_names_variables_that_it_cannot_use() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with("a");
    let nobody = [
        ("NOTIFY_SOCKET", "/nonexistent/notify"),
        ("WATCHDOG_USEC", "2min"),
    ];
    let daemon = Daemon::start_with(&cm, manifests.path(), &["--settle", "0"], &nobody);
    daemon.wait_for(From::Out, "a  created, started", 1);
    manifests.put("b", &json!({ "image": { "name": "b" } }));
    daemon.wait_for(From::Out, "b  created, started", 1);
    for (name, problem) in [
        (
            nobody[0].0,
            "expected its socket, found \"/nonexistent/notify\": No such file",
        ),
        (
            nobody[1].0,
            "expected a number, found \"2min\": systemd gets no sign of life",
        ),
    ] {
        daemon.wait_for(From::Log, &format!("{name}: {problem}"), 1);
    }
    daemon.end();
}
