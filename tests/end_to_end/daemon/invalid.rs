//! A file that holds no valid manifest: its container stays as it is, and its errors are logged once.

use std::fs;

use serde_json::json;
use simulated_kanto_cm::Method;

use crate::common::daemon::{Daemon, From};
use crate::common::replacing::{expect_clean, expect_running, version};
use crate::common::{changes, kanto_cm, manifest, Manifests};

const QUICKLY: [&str; 2] = ["--settle", "0"];

fn write(manifests: &Manifests, name: &str, text: &str) {
    fs::write(manifests.file(name), text).unwrap();
}

/// How many lines from there contain this.
fn count_lines(daemon: &Daemon, from: From, text: &str) -> usize {
    let lines = daemon.lines(from);
    lines.iter().filter(|line| line.contains(text)).count()
}

#[test]
fn a_manifest_that_becomes_invalid_leaves_its_container_alone() {
    let cm = kanto_cm().first_versions(&["a"]).start();
    let manifests = Manifests::new().with_json("a", &version("a", 1));
    let daemon = Daemon::start(&cm, &manifests, &QUICKLY).ready();
    write(&manifests, "a", r#"{ "image": { "name": 7 } }"#);
    daemon.wait_for(From::Out, "a.json  invalid: ", 1);
    daemon.wait_for_status("1 invalid: a.json");
    daemon.wait_for(From::Log, "error: a.json:1:22: image.name", 1);
    manifests.put("b", &manifest("b"));
    daemon.wait_for_status("1 container up to date, 1 invalid: a.json");
    assert_eq!(changes(&cm.calls()), ["Create b", "Start b"]);
    manifests.put("a", &version("a", 2));
    daemon.wait_for_status("2 containers up to date");
    expect_running(&cm, "a", 2);
    expect_clean(&cm);
    daemon.end();
}

#[test]
fn an_error_is_logged_once_per_content() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with("a").with_text("x.json", "{");
    let daemon = Daemon::start(&cm, &manifests, &QUICKLY).ready();
    daemon.wait_for(From::Out, "x.json  invalid: ", 1);
    manifests.put("a", &version("a", 2));
    daemon.wait_for(From::Out, "a  replaced", 1);
    manifests.put("b", &manifest("b"));
    daemon.wait_for(From::Out, "b  created", 1);
    daemon.signal(nix::sys::signal::Signal::SIGHUP);
    daemon.wait_for(From::Notify, "READY=1", 2);
    manifests.remove("b");
    daemon.wait_for_status("1 container up to date, 1 invalid: x.json");
    assert_eq!(
        count_lines(&daemon, From::Log, "error: x.json"),
        1,
        "{}",
        daemon.shown()
    );
    // Who touches it gets the result again.
    let results = count_lines(&daemon, From::Out, "x.json");
    manifests.touch("x");
    daemon.wait_for(From::Out, "x.json  invalid: ", results + 1);
    assert_eq!(
        count_lines(&daemon, From::Log, "error: x.json"),
        1,
        "{}",
        daemon.shown()
    );
    write(&manifests, "x", r#"{ "image": 7 }"#);
    daemon.wait_for(From::Out, "x.json  invalid: ", results + 2);
    daemon.wait_for(From::Log, "error: x.json", 2);
    daemon.end();
}

#[test]
fn an_error_that_comes_back_is_logged_again() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with_text("x.json", "{");
    let daemon = Daemon::start(&cm, &manifests, &QUICKLY).ready();
    daemon.wait_for_status("1 invalid: x.json");
    for times in 2..4 {
        manifests.put("x", &manifest("x"));
        daemon.wait_for_status("1 container up to date");
        write(&manifests, "x", "{");
        daemon.wait_for(From::Out, "x.json  invalid: ", times);
        daemon.wait_for_status("1 invalid: x.json");
    }
    daemon.end();
}

#[test]
fn the_conversion_is_logged_once_per_content() {
    let cm = kanto_cm().failing_pull("a", "no network").start();
    let converted = "warning: a.json: in the Container Management format, converted";
    let manifests = Manifests::new().with("a");
    let daemon = Daemon::start(&cm, &manifests, &QUICKLY);
    daemon.wait_for(From::Log, "a: trying again in", 1);
    manifests.touch("a");
    daemon.wait_for(From::Log, "a: trying again in", 2);
    assert_eq!(
        count_lines(&daemon, From::Log, converted),
        1,
        "{}",
        daemon.shown()
    );
    manifests.put("a", &version("a", 2));
    daemon.wait_for(From::Log, converted, 2);
    daemon.end();
}

#[test]
fn a_pull_is_given_up_when_its_manifest_becomes_invalid() {
    let cm = kanto_cm().endless_pull("a").start();
    let manifests = Manifests::new().with("a");
    let daemon = Daemon::start(&cm, &manifests, &QUICKLY);
    cm.wait_for_call(Method::Create, "a");
    write(&manifests, "a", "{");
    daemon.wait_for_status("1 invalid: a.json");
    cm.wait_until(|state| state.containers.is_empty());
    daemon.end();
}

#[test]
fn with_strict_a_warning_makes_a_manifest_invalid() {
    let cm = kanto_cm().start();
    let mut misspelt = manifest("a");
    misspelt["imgae"] = json!("?");
    let manifests = Manifests::new().with_json("a", &misspelt).with("b");
    let daemon = Daemon::start(&cm, &manifests, &["--strict", "--settle", "0"]).ready();
    daemon.wait_for(From::Log, "error: a.json:1:", 1);
    daemon.wait_for_status("1 container up to date, 1 invalid: a.json");
    manifests.put("a", &manifest("a"));
    daemon.wait_for_status("2 containers up to date");
    manifests.put("b", &misspelt);
    daemon.wait_for_status("1 container up to date, 1 invalid: b.json");
    assert!(cm.state().runs("a") && cm.state().runs("b"));
    assert_eq!(changes(&cm.calls()).len(), 4, "{}", cm.journal());
    daemon.end();
}

#[test]
fn with_strict_a_missing_provider_is_an_error_until_it_comes() {
    let cm = kanto_cm().start();
    let after = crate::common::manifest_after("a", &["b"]);
    let manifests = Manifests::new().with_json("a", &after);
    let daemon = Daemon::start(&cm, &manifests, &["--strict", "--settle", "0"]).ready();
    daemon.wait_for_status("1 failed: a");
    manifests.put("b", &manifest("b"));
    daemon.wait_for_status("2 containers up to date");
    assert!(cm.state().runs("a") && cm.state().runs("b"));
    daemon.end();
}
