//! Calls that meet the end of a process, refused Updates, and a clock that a test sets.

use std::time::{Duration, SystemTime};

use crate::common::*;
use simulated_kanto_cm::{Fault, Method, Process, Setup, What};

/// A running container `a` whose process ends by itself when this call comes.
fn about_to_end(method: Method) -> (Process, Client) {
    let (simulator, client) = started(Setup::default());
    client.run(plain("a"));
    simulator.fault(Fault::at(method, What::MeetExit(3)));
    (simulator, client)
}

#[test]
fn a_removed_container_can_be_back_at_the_next_start() {
    let (simulator, client) = about_to_end(Method::Remove);
    client.remove("a").unwrap();
    assert!(client.list().unwrap().is_empty());
    assert!(!simulator.history().last().unwrap().runs("a"));
    simulator.clean_stop();
    simulator.start_again();
    let container = simulator.container("a").unwrap();
    assert!(container.running, "its policy starts it");
    client.remove("a").unwrap();
    simulator.clean_stop();
    simulator.start_again();
    assert!(simulator.containers().is_empty());
}

#[test]
fn until_its_policy_starts_it_it_is_exited() {
    let (simulator, client) = about_to_end(Method::Remove);
    client.update("a", policy("no")).unwrap();
    client.remove("a").unwrap();
    simulator.kill();
    simulator.start_again();
    let container = simulator.container("a").unwrap();
    assert_eq!(
        (container.status.as_str(), container.exit_code),
        ("Exited", 3)
    );
}

#[test]
fn a_create_after_it_fails_once_and_then_nothing_comes_back() {
    let (simulator, client) = about_to_end(Method::Remove);
    client.remove("a").unwrap();
    assert_eq!(
        refusal(client.create(plain("a"))),
        "failed to create containerIO"
    );
    client.create(plain("a")).unwrap();
    assert!(simulator.state().ruined_ids.is_empty());
    simulator.kill();
    simulator.start_again();
    assert_eq!(simulator.container("a").unwrap().status, "Created");
    client.start("a").unwrap();
}

#[test]
fn a_stop_fails_and_the_policy_starts_it_again() {
    let (simulator, client) = about_to_end(Method::Stop);
    assert_eq!(
        refusal(client.stop("a", stop_options(5, true))),
        "process already finished: not found"
    );
    let state = simulator.wait_until(|state| {
        let container = state.container("a").unwrap();
        container.running && container.restart_count == 1
    });
    let container = state.container("a").unwrap();
    assert_eq!(container.whole["manually_stopped"], false);
    client.stop("a", None).unwrap();
}

#[test]
fn what_does_not_run_has_no_end_to_meet() {
    let (simulator, client) = about_to_end(Method::Remove);
    client.stop("a", None).unwrap();
    client.remove("a").unwrap();
    client.create(plain("a")).unwrap();
    assert!(simulator.state().ruined_ids.is_empty());
}

#[test]
fn a_refused_update_changes_nothing() {
    let (simulator, client) = started(Setup::default());
    client.run(plain("a"));
    let before = simulator.container("a");
    let text = "OCI runtime update failed: device or resource busy";
    simulator.fault(Fault::at(Method::Update, What::FailWith(text.to_owned())).of("a"));
    let mut both = policy("no");
    both.resources = resources("200M", "").resources;
    assert_eq!(refusal(client.update("a", both.clone())), text);
    assert_eq!(simulator.container("a"), before);
    client.update("a", both).unwrap();
    assert_ne!(simulator.container("a"), before);
}

fn started_at(simulator: &Process, id: &str) -> SystemTime {
    let container = simulator.container(id).unwrap();
    let text = container.whole["state"]["started_at"].as_str().unwrap();
    humantime::parse_rfc3339_weak(text).unwrap()
}

#[test]
fn the_clock_is_where_a_test_sets_it() {
    const DAY_MS: i64 = 24 * 3600 * 1000;
    let day = Duration::from_secs(24 * 3600);
    let (simulator, client) = started(Setup {
        clock_ms: -DAY_MS,
        ..Setup::default()
    });
    client.run(plain("a"));
    let hour = Duration::from_secs(3600);
    assert!(started_at(&simulator, "a") < SystemTime::now() - day + hour);
    simulator.change(|setup| setup.clock_ms = DAY_MS);
    client.run(plain("b"));
    assert!(started_at(&simulator, "b") > SystemTime::now() + day - hour);
    simulator.clean_stop();
    simulator.start_again();
    assert!(started_at(&simulator, "a") > SystemTime::now() + day - hour);
}

#[test]
fn a_clock_set_ahead_looks_like_a_long_run() {
    let (simulator, client) = started(Setup::default());
    client.run(plain("a"));
    let restarted = |count: i64| {
        simulator.wait_until(|state| {
            let container = state.container("a").unwrap();
            container.running && container.restart_count == count
        });
    };
    for count in 1..=4 {
        simulator.exit_container("a", 1);
        restarted(count);
    }
    // The next pause would be 1.6 s.
    simulator.change(|setup| setup.clock_ms = 3_600_000);
    let begin = std::time::Instant::now();
    simulator.exit_container("a", 1);
    restarted(5);
    assert!(begin.elapsed() < Duration::from_millis(1200));
}
