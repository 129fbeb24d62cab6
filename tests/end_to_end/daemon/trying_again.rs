//! What failed is tried again, after growing pauses or when its file is touched; what was rolled back waits for a touch or a
//! change.

use nix::sys::signal::Signal;
use simulated_kanto_cm::{Image, Method};

use crate::common::agent::Agent;
use crate::common::daemon::{Daemon, From};
use crate::common::replacing::{expect_clean, expect_running, version, version_running};
use crate::common::{changes, count, image, kanto_cm, manifest, manifest_running, Manifests};

const QUICKLY: [&str; 2] = ["--settle", "0"];

/// The pause in a line of the log.
fn seconds(line: &str) -> u64 {
    let words: Vec<&str> = line.split(' ').collect();
    let number = words.iter().rev().nth(1).and_then(|word| word.parse().ok());
    number.unwrap_or_else(|| panic!("no number: {line}"))
}

#[test]
fn what_failed_is_tried_again_with_a_growing_backoff() {
    let cm = kanto_cm().failing_pull("a", "no network").start();
    let manifests = Manifests::new().with("a").with("b");
    let daemon = Daemon::start(&cm, &manifests, &QUICKLY).ready();
    let first = daemon.wait_for(From::Log, "a: trying again in", 1);
    daemon.wait_for_status("1 container up to date, 1 failed: a");
    let second = daemon.wait_for(From::Log, "a: trying again in", 2);
    assert!((5..=6).contains(&seconds(&first)), "{first}");
    assert!((7..=12).contains(&seconds(&second)), "{second}");
    let calls = cm.calls();
    assert!(
        cm.changing_calls()
            .iter()
            .filter(|call| call.id == "b")
            .count()
            <= 2,
        "{}",
        cm.journal()
    );
    assert_eq!(count(&calls, Method::Start), 1, "{}", cm.journal());
    daemon.end();
}

#[test]
fn it_succeeds_in_the_end() {
    let cm = kanto_cm().failing_pull("a", "no network").start();
    let manifests = Manifests::new().with("a");
    let daemon = Daemon::start(&cm, &manifests, &QUICKLY).ready();
    daemon.wait_for_status("1 failed: a");
    daemon.wait_until_idle();
    cm.set_image(Image::new(image("a")));
    daemon.wait_for_status("1 container up to date");
    daemon.wait_for(From::Out, "a  created, started", 1);
    assert!(cm.state().runs("a"));
    daemon.end();
}

#[test]
fn a_change_does_not_wait_for_a_backoff() {
    let cm = kanto_cm().failing_pull("a", "no network").start();
    let manifests = Manifests::new().with("a");
    let daemon = Daemon::start(&cm, &manifests, &QUICKLY);
    // From the second pause on they are longer than what follows.
    daemon.wait_for(From::Log, "a: trying again in", 2);
    manifests.put("b", &manifest("b"));
    daemon.wait_for(From::Out, "b  created, started", 1);
    let mut other = version("a", 2);
    other["image"]["name"] = "registry.example/other:1".into();
    manifests.put("a", &other);
    daemon.wait_for(From::Out, "a  created, started", 1);
    let log = daemon.lines(From::Log);
    let pauses = log.iter().filter(|line| line.contains("trying again in"));
    assert_eq!(pauses.count(), 2, "{}", daemon.shown());
    daemon.end();
}

#[test]
fn a_touch_tries_at_once_and_resets_the_backoff() {
    let cm = kanto_cm().failing_pull("a", "no network").start();
    let manifests = Manifests::new().with("a");
    let daemon = Daemon::start(&cm, &manifests, &QUICKLY);
    for times in 1..4 {
        let pause = daemon.wait_for(From::Log, "a: trying again in", times);
        assert!((5..=6).contains(&seconds(&pause)), "{}", daemon.shown());
        manifests.touch("a");
        daemon.wait_for(From::Log, "touched: a.json", times);
    }
    daemon.end();
}

#[test]
fn what_was_rolled_back_waits_for_a_touch() {
    let missing = version_running("a", 2, &["/simulated/missing"]);
    let cm = kanto_cm()
        .failing_pull("f", "no network")
        .running(&version("a", 1))
        .start();
    let manifests = Manifests::new().with_json("a", &missing).with("f");
    let daemon = Daemon::start(&cm, &manifests, &QUICKLY).ready();
    daemon.wait_for_status("1 failed: f, 1 rolled back: a");
    assert!(
        daemon
            .lines(From::Log)
            .iter()
            .all(|line| !line.starts_with("a: trying again")),
        "{}",
        daemon.shown()
    );
    // What only failed is tried again, and this is not.
    daemon.signal(Signal::SIGHUP);
    daemon.wait_for(From::Out, "f  failed: no network", 2);
    let lines = daemon.lines(From::Out);
    let lines = lines.iter().filter(|line| line.starts_with("a  "));
    assert_eq!(lines.count(), 1, "{}", daemon.shown());
    manifests.touch("a");
    daemon.wait_for(From::Out, "a  rolled back, failed: ", 2);
    expect_running(&cm, "a", 1);
    manifests.put("a", &version("a", 2));
    daemon.wait_for_status("1 container up to date, 1 failed: f");
    expect_running(&cm, "a", 2);
    expect_clean(&cm);
    daemon.end();
}

#[test]
fn only_a_touch_starts_what_does_not_run() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with("a").with("b");
    let daemon = Daemon::start(&cm, &manifests, &QUICKLY).ready();
    daemon.wait_until_idle();
    let stop = serde_json::json!({ "id": "a" });
    Agent::new(&cm).call(&simulated_kanto_cm::methods::stop(), stop);
    cm.clear_calls();
    manifests.touch("b");
    daemon.wait_for(From::Out, "b  up to date", 1);
    assert_eq!(changes(&cm.calls()), [""; 0]);
    manifests.touch("a");
    daemon.wait_for(From::Out, "a  started", 1);
    assert_eq!(changes(&cm.calls()), ["Start a"]);
    daemon.end();
}

#[test]
fn a_crash_loop_is_reported_as_failed_as_long_as_it_lasts() {
    let cm = kanto_cm().start();
    let restarted = manifest_running("a", "always", &["/simulated/run", "0", "0"]);
    let manifests = Manifests::new().with_json("a", &restarted);
    let daemon = Daemon::start(&cm, &manifests, &[]);
    for times in 1..3 {
        // It runs when it is tried again, and that says nothing.
        daemon.wait_for(From::Log, "a: watching it for", times);
        cm.exit_container("a", 1);
        daemon.wait_for(From::Out, "crash loop", times);
        daemon.wait_for_status("1 failed: a");
        cm.wait_until_running("a");
    }
    let statuses = daemon.lines(From::Notify);
    assert!(
        !statuses.iter().any(|line| line.contains("up to date")),
        "{statuses:#?}"
    );
    daemon.signal(Signal::SIGHUP);
    daemon.wait_for_status("1 container up to date");
    assert_eq!(count(&cm.calls(), Method::Start), 1, "{}", cm.journal());
    daemon.end();
}
