//! Several manifests for one container: the first by its file's name counts, as long as it is one.

use std::fs;

use simulated_kanto_cm::Process;

use crate::common::daemon::{Daemon, From};
use crate::common::replacing::{expect_clean, expect_running, version};
use crate::common::{changes, kanto_cm, Manifests};

const QUICKLY: [&str; 2] = ["--settle", "0"];

/// Two manifests for `a`, the first by its file's name being version 1.
fn twice() -> (Process, Manifests, Daemon) {
    let cm = kanto_cm().first_versions(&["a"]).start();
    let manifests = Manifests::new()
        .with_json("1", &version("a", 1))
        .with_json("2", &version("a", 2));
    let daemon = Daemon::start(&cm, &manifests, &QUICKLY).ready();
    daemon.wait_for_status("1 container up to date, 1 invalid: 2.json");
    expect_running(&cm, "a", 1);
    (cm, manifests, daemon)
}

#[test]
fn the_second_manifest_counts_when_the_first_goes() {
    let (cm, manifests, daemon) = twice();
    manifests.remove("1");
    daemon.wait_for_status("1 container up to date");
    expect_running(&cm, "a", 2);
    expect_clean(&cm);
    daemon.end();
}

#[test]
fn the_second_manifest_counts_when_the_first_names_another() {
    let (cm, manifests, daemon) = twice();
    manifests.put("1", &version("b", 1));
    daemon.wait_for_status("2 containers up to date");
    expect_running(&cm, "a", 2);
    expect_running(&cm, "b", 1);
    daemon.end();
}

#[test]
fn the_second_manifest_counts_when_the_first_is_invalid() {
    let (cm, manifests, daemon) = twice();
    fs::write(manifests.file("1"), "{").unwrap();
    daemon.wait_for_status("1 container up to date, 1 invalid: 1.json");
    expect_running(&cm, "a", 2);
    daemon.end();
}

#[test]
fn a_manifest_that_comes_first_takes_the_container_over() {
    let (cm, manifests, daemon) = twice();
    manifests.put("0", &version("a", 3));
    daemon.wait_for_status("1 container up to date, 2 invalid: 1.json, 2.json");
    expect_running(&cm, "a", 3);
    daemon.wait_for(From::Out, "1.json  invalid: ", 1);
    manifests.remove("0");
    daemon.wait_for_status("1 container up to date, 1 invalid: 2.json");
    expect_running(&cm, "a", 1);
    daemon.end();
}

#[test]
fn a_manifest_that_is_renamed_keeps_its_container() {
    let cm = kanto_cm().first_versions(&["a"]).start();
    let manifests = Manifests::new().with_json("a", &version("a", 1));
    let daemon = Daemon::start(&cm, &manifests, &QUICKLY).ready();
    fs::rename(manifests.file("a"), manifests.file("b")).unwrap();
    daemon.wait_for(From::Log, "gone: a.json", 1);
    daemon.wait_for(From::Out, "a  up to date", 2);
    assert_eq!(changes(&cm.calls()), [""; 0]);
    daemon.end();
}
