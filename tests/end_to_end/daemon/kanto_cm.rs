//! Kanto-CM comes and goes.

use std::fs;

use simulated_kanto_cm::{Fault, Image, Method, Process, What};

use crate::common::daemon::{Daemon, From};
use crate::common::replacing::{expect_running, recorded_state, version};
use crate::common::{changes, endless_pull, image, kanto_cm, Manifests, LONG};

const QUICKLY: [&str; 2] = ["--settle", "0"];

fn first_version() -> Manifests {
    Manifests::new().with_json("a", &version("a", 1))
}

/// Follows the first version of `a`, which runs.
fn with_a() -> (Process, Manifests, Daemon) {
    let cm = kanto_cm().first_versions(&["a"]).start();
    let manifests = first_version();
    let daemon = Daemon::start(&cm, &manifests, &QUICKLY).ready();
    daemon.wait_until_idle();
    cm.clear_calls();
    (cm, manifests, daemon)
}

#[test]
fn it_is_waited_for_at_the_start_for_as_long_as_it_takes() {
    let cm = kanto_cm().prepare();
    let manifests = first_version();
    let daemon = Daemon::start(&cm, &manifests, &QUICKLY);
    daemon.wait_for(From::Log, "waiting for Kanto-CM: ", 1);
    daemon.wait_for_status("1 being deployed");
    cm.start_again();
    daemon.wait_for_status("1 container up to date");
    let daemon = daemon.ready();
    let reports = daemon.lines(From::Notify);
    let of = |line: &str| reports.iter().position(|report| report == line);
    assert!(
        of("STATUS=1 container up to date") < of("READY=1"),
        "{reports:#?}"
    );
    expect_running(&cm, "a", 1);
    daemon.end();
}

#[test]
fn with_a_limit_it_is_tried_again_after_a_pause() {
    let cm = kanto_cm().prepare();
    let manifests = first_version();
    let arguments = ["--settle", "0", "--connect-timeout", "1"];
    let daemon = Daemon::start(&cm, &manifests, &arguments);
    daemon.wait_for(From::Log, "Kanto-CM cannot be reached", 1);
    daemon.wait_for(From::Log, "trying again in", 1);
    daemon.wait_for_status("1 failed: a");
    let reports = daemon.lines(From::Notify);
    assert!(!reports.contains(&"READY=1".to_owned()), "{reports:#?}");
    cm.start_again();
    let daemon = daemon.ready();
    daemon.wait_for_status("1 container up to date");
    expect_running(&cm, "a", 1);
    daemon.end();
}

#[test]
fn a_socket_that_nobody_listens_at_is_waited_at() {
    let cm = kanto_cm().start();
    cm.kill();
    assert!(cm.socket().exists());
    let manifests = first_version();
    let daemon = Daemon::start(&cm, &manifests, &QUICKLY);
    daemon.wait_for(From::Log, "waiting for Kanto-CM: ", 1);
    fs::remove_file(cm.socket()).unwrap();
    cm.start_again();
    daemon.wait_for_status("1 container up to date");
    daemon.end();
}

#[test]
fn a_restart_without_consequences_changes_nothing() {
    for go in [Process::clean_stop, Process::kill, Process::power_cut] {
        let (cm, manifests, daemon) = with_a();
        go(&cm);
        cm.start_again();
        cm.wait_until_running("a");
        cm.wait_for_call(Method::List, "");
        daemon.wait_until_idle();
        assert_eq!(changes(&cm.calls()), [""; 0]);
        // It is another one, behind another socket, that what changes now goes to.
        manifests.put("a", &version("a", 2));
        daemon.wait_for(From::Out, "a  replaced", 1);
        expect_running(&cm, "a", 2);
        daemon.end();
    }
}

#[test]
fn it_is_gone_when_something_changes() {
    let (cm, manifests, daemon) = with_a();
    cm.clean_stop();
    manifests.put("a", &version("a", 2));
    daemon.wait_for(From::Log, "waiting for Kanto-CM: ", 1);
    daemon.wait_for_status("1 being deployed");
    cm.start_again();
    daemon.wait_for_status("1 container up to date");
    expect_running(&cm, "a", 2);
    daemon.end();
}

/// A replacement by the daemon, in which Kanto-CM dies in that call.
fn dies_in(method: Method, id: &str, what: What) {
    let (cm, manifests, daemon) = with_a();
    cm.fault(Fault::at(method, what).of(id));
    manifests.put("a", &version("a", 2));
    cm.wait_for_end();
    cm.start_again();
    daemon.wait_for(From::Out, "a  replaced", 1);
    daemon.wait_for_status("1 container up to date");
    let containers = cm.containers();
    assert_eq!(containers.len(), 1, "{containers:#?}");
    expect_running(&cm, "a", 2);
    assert_eq!(recorded_state(&cm, "a"), "applied");
    // The same process that deploys has seen to it.
    assert_eq!(pauses(&daemon), 0, "{}", daemon.shown());
    daemon.end();
}

fn pauses(daemon: &Daemon) -> usize {
    let log = daemon.lines(From::Log);
    log.iter()
        .filter(|line| line.contains("trying again"))
        .count()
}

#[test]
fn it_dies_while_the_replacement_is_prepared() {
    dies_in(Method::Create, "kad-prev.a", What::KillAfter);
}

#[test]
fn it_dies_while_the_old_one_is_removed() {
    dies_in(Method::Remove, "a", What::KillDuring);
}

#[test]
fn it_dies_when_the_old_one_was_removed() {
    dies_in(Method::Remove, "a", What::KillAfter);
}

#[test]
fn it_dies_while_the_new_one_is_created() {
    dies_in(Method::Create, "a", What::KillDuring);
}

#[test]
fn it_dies_while_the_new_one_is_started() {
    dies_in(Method::Start, "a", What::KillDuring);
}

#[test]
fn it_is_cleanly_restarted_during_a_pull() {
    let (cm, manifests, daemon) = with_a();
    cm.set_image(endless_pull(image("b")));
    manifests.put("b", &version("b", 1));
    cm.wait_for_call(Method::Create, "b");
    cm.kill();
    cm.start_again_with(|setup| setup.put_image(Image::new(image("b"))));
    daemon.wait_for_status("2 containers up to date");
    expect_running(&cm, "a", 1);
    expect_running(&cm, "b", 1);
    daemon.end();
}

#[test]
fn it_waits_until_kanto_cm_has_restored_its_containers() {
    let (cm, manifests, daemon) = with_a();
    cm.clean_stop();
    cm.start_again_with(|setup| setup.restore_ms = LONG);
    manifests.put("a", &version("a", 2));
    daemon.wait_for(From::Log, "Kanto-CM has just started: waiting", 1);
    assert_eq!(changes(&cm.calls()), [""; 0]);
    cm.change(|setup| setup.restore_ms = 0);
    daemon.wait_for_status("1 container up to date");
    expect_running(&cm, "a", 2);
    daemon.end();
}
