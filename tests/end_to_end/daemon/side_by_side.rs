//! A change is handled at once: not behind a pull that takes minutes, nor behind Kanto-CM's start.

use simulated_kanto_cm::{Call, Method, Outcome};

use crate::common::daemon::{Daemon, From};
use crate::common::replacing::{expect_clean, expect_running, version, wait_for_success};
use crate::common::{endless_pull, finish_pull, image, kanto_cm, Manifests, LONG};

fn creates<'a>(calls: &'a [Call], name: &str) -> Vec<&'a Outcome> {
    let of = |call: &&Call| call.method == Method::Create && call.name == name;
    calls.iter().filter(of).map(|call| &call.outcome).collect()
}

#[test]
fn a_change_does_not_wait_for_a_pull_of_another_file() {
    let cm = kanto_cm().endless_pull("slow").start();
    let manifests = Manifests::new().with("a");
    let daemon = Daemon::start(&cm, &manifests, &["--settle", "0"]).ready();
    manifests.put("slow", &version("slow", 1));
    cm.wait_for_call(Method::Create, "slow");
    manifests.put("a", &version("a", 2));
    daemon.wait_for(From::Out, "a  replaced", 1);
    daemon.wait_for_status("1 container up to date, 1 being deployed");
    // Nor does it disturb that pull.
    assert_eq!(creates(&cm.calls(), "slow"), [&Outcome::Pending]);
    finish_pull(&cm, "slow");
    daemon.wait_for_status("2 containers up to date");
    expect_running(&cm, "a", 2);
    expect_running(&cm, "slow", 1);
    expect_clean(&cm);
    daemon.end();
}

#[test]
fn neither_where_both_files_came_together() {
    let cm = kanto_cm().endless_pull("slow").start();
    let manifests = Manifests::new().with("a").with("slow");
    let daemon = Daemon::start(&cm, &manifests, &["--settle", "0"]);
    cm.wait_for_call(Method::Create, "slow");
    manifests.put("a", &version("a", 2));
    wait_for_success(&cm, Method::Remove, "kad-prev.a");
    finish_pull(&cm, "slow");
    let daemon = daemon.ready();
    daemon.wait_for_status("2 containers up to date");
    assert_eq!(creates(&cm.calls(), "slow").len(), 1, "its pull goes on");
    expect_running(&cm, "a", 2);
    expect_clean(&cm);
    daemon.end();
}

#[test]
fn the_change_of_a_file_gives_its_own_pull_up() {
    let cm = kanto_cm().endless_pull("a").start();
    let manifests = Manifests::new().with("a");
    let daemon = Daemon::start(&cm, &manifests, &["--settle", "0"]);
    cm.wait_for_call(Method::Create, "a");
    let mut other = version("a", 2);
    other["image"]["name"] = "registry.example/other:1".into();
    manifests.put("a", &other);
    daemon.wait_for_status("1 container up to date");
    let calls = cm.calls();
    // Kanto-CM may refuse the first one afterwards: it tidies up.
    let ends = creates(&calls, "a");
    assert_eq!(ends.first(), Some(&&Outcome::Cancelled), "{calls:#?}");
    assert_eq!(ends.last(), Some(&&Outcome::Ok), "{calls:#?}");
    expect_running(&cm, "a", 2);
    daemon.end();
}

#[test]
fn a_touch_does_not_give_its_own_pull_up() {
    let cm = kanto_cm().endless_pull("a").start();
    let manifests = Manifests::new().with("a");
    let daemon = Daemon::start(&cm, &manifests, &["--settle", "0"]);
    cm.wait_for_call(Method::Create, "a");
    manifests.touch("a");
    daemon.wait_for(From::Log, "touched: a.json", 1);
    // Behind it in line.
    manifests.put("b", &version("b", 1));
    daemon.wait_for(From::Out, "b  created, started", 1);
    finish_pull(&cm, "a");
    daemon.wait_for_status("2 containers up to date");
    assert_eq!(creates(&cm.calls(), "a"), [&Outcome::Ok]);
    daemon.end();
}

#[test]
fn a_file_that_goes_gives_its_pull_up() {
    let cm = kanto_cm().endless_pull("a").start();
    let manifests = Manifests::new().with("a").with("b");
    let daemon = Daemon::start(&cm, &manifests, &["--settle", "0"]);
    cm.wait_for_call(Method::Create, "a");
    manifests.remove("a");
    daemon.wait_for_status("1 container up to date");
    let is_given_up = |calls: &[Call]| creates(calls, "a") == [&Outcome::Cancelled];
    cm.wait_for_calls("a pull that was given up", |calls| {
        is_given_up(calls).then_some(())
    });
    cm.wait_until(|state| state.containers.len() == 1);
    daemon.end();
}

#[test]
fn two_changes_during_a_deployment_end_in_the_newest_content() {
    let cm = kanto_cm().start_ms(LONG).start();
    let manifests = Manifests::new().with_json("a", &version("a", 1));
    let daemon = Daemon::start(&cm, &manifests, &["--settle", "0"]);
    cm.wait_for_call(Method::Start, "a");
    for (number, seen) in [(2, 1), (3, 2)] {
        manifests.put("a", &version("a", number));
        daemon.wait_for(From::Log, "changed: a.json", seen);
    }
    cm.change(|setup| setup.start_ms = 0);
    daemon.wait_for_status("1 container up to date");
    expect_running(&cm, "a", 3);
    expect_clean(&cm);
    daemon.end();
}

#[test]
fn a_change_counts_while_it_waits_for_kanto_cm() {
    let cm = kanto_cm().prepare();
    let manifests = Manifests::new().with_json("a", &version("a", 1)).with("b");
    let daemon = Daemon::start(&cm, &manifests, &["--settle", "0"]);
    daemon.wait_for(From::Log, "waiting for Kanto-CM", 1);
    manifests.put("a", &version("a", 2));
    daemon.wait_for(From::Log, "changed: a.json", 1);
    manifests.put("c", &version("c", 1));
    daemon.wait_for(From::Log, "changed: c.json", 1);
    daemon.wait_for_status("3 being deployed");
    assert_eq!(daemon.lines(From::Out), [""; 0], "{}", daemon.shown());
    cm.start_again();
    let daemon = daemon.ready();
    daemon.wait_for_status("3 containers up to date");
    expect_running(&cm, "a", 2);
    let calls = cm.calls();
    for name in ["a", "b", "c"] {
        assert_eq!(creates(&calls, name), [&Outcome::Ok], "{}", cm.journal());
    }
    daemon.end();
}

#[test]
fn many_changes_during_endless_pulls_are_all_handled() {
    let slow: Vec<String> = (0..12).map(|i| format!("slow-{i}")).collect();
    let names: Vec<&str> = slow.iter().map(String::as_str).collect();
    let cm = kanto_cm()
        .images(names.iter().map(|name| endless_pull(image(name))))
        .start();
    let manifests = Manifests::new();
    let daemon = Daemon::start(&cm, &manifests, &["--settle", "0"]).ready();
    for name in &names {
        manifests.put(name, &version(name, 1));
        cm.wait_for_call(Method::Create, name);
    }
    manifests.put("a", &version("a", 1));
    cm.wait_until_running("a");
    for name in &names {
        finish_pull(&cm, name);
    }
    daemon.wait_for_status("13 containers up to date");
    assert!(names.iter().all(|name| cm.state().runs(name)));
    expect_clean(&cm);
    daemon.end();
}
