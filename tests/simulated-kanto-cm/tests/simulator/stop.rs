//! Stop, Pause and Unpause, and what a stopped container does next.

use std::time::{Duration, Instant};

use simulated_kanto_cm::proto::types::StopOptions;
use simulated_kanto_cm::{Outcome, Setup};

use crate::common::*;

#[test]
fn stop_stops_and_says_so() {
    let (simulator, client) = started(Setup::default());
    client.run(with_command("a", "/simulated/run 10 143"));
    client.stop("a", None).unwrap();
    let container = client.get("a").unwrap().unwrap();
    assert_eq!(
        (container.state.status.as_str(), container.state.exit_code),
        ("Stopped", 143)
    );
    assert!(container.manually_stopped && container.network_settings.is_none());
    assert!(refusal(client.stop("a", None)).contains("cannot perform stop operation"));
    client.start("a").unwrap();
    assert!(!client.get("a").unwrap().unwrap().manually_stopped);
    assert!(simulator.state().ruined_ids.is_empty());
}

#[test]
fn a_stubborn_container_is_killed_by_force_alone() {
    let (_simulator, client) = started(Setup::default());
    client.run(with_command("a", "/simulated/stubborn"));
    let begin = Instant::now();
    assert_eq!(
        refusal(client.stop("a", stop_options(1, false))),
        "could not stop container with ID = a with SIGTERM"
    );
    assert!(begin.elapsed() >= Duration::from_secs(1));
    let container = client.get("a").unwrap().unwrap();
    assert!(container.state.running && !container.manually_stopped);
    client.stop("a", stop_options(1, true)).unwrap();
    assert_eq!(client.get("a").unwrap().unwrap().state.exit_code, 137);
    client.start("a").unwrap();
    let kill = StopOptions {
        signal: "SIGKILL".into(),
        ..StopOptions::default()
    };
    client.stop("a", Some(kill)).unwrap();
    assert_eq!(client.get("a").unwrap().unwrap().state.exit_code, 137);
}

#[test]
fn invalid_stop_options() {
    let (_simulator, client) = started(Setup::default());
    client.run(plain("a"));
    assert!(refusal(client.stop("a", stop_options(-1, true))).contains("negative"));
    let options = StopOptions {
        signal: "SIGODD".into(),
        ..StopOptions::default()
    };
    assert!(refusal(client.stop("a", Some(options))).contains("invalid signal"));
    assert!(refusal(client.remove_with("a", true, stop_options(-1, true))).contains("negative"));
    assert!(client.get("a").unwrap().unwrap().state.running);
}

#[test]
fn always_starts_again_half_a_second_after_a_stop() {
    let (simulator, client) = started(Setup::default());
    client.run(with_policy("a", "/bin/true", "always"));
    client.stop("a", None).unwrap();
    let begin = Instant::now();
    assert_eq!(simulator.container("a").unwrap().status, "Stopped");
    simulator.wait_until_running("a");
    assert!(begin.elapsed() >= Duration::from_millis(400));
    client.remove("a").unwrap();
    assert!(simulator.containers().is_empty());
}

#[test]
fn on_failure_starts_again_after_a_stop_that_ends_with_a_code() {
    let (simulator, client) = started(Setup::default());
    client.run(with_policy("bad", "/simulated/run 0 143", "on-failure"));
    client.run(with_policy("good", "/simulated/run 0 0", "on-failure"));
    client.stop("good", None).unwrap();
    client.stop("bad", None).unwrap();
    assert_eq!(simulator.container("bad").unwrap().status, "Stopped");
    let state = simulator.wait_until_running("bad");
    let container = state.container("bad").unwrap();
    assert_eq!(container.restart_count, 1);
    assert_eq!(container.whole["manually_stopped"], true);
    assert_eq!(state.container("good").unwrap().status, "Stopped");
}

#[test]
fn pausing() {
    let (_simulator, client) = started(Setup::default());
    client.create(plain("a")).unwrap();
    assert!(refusal(client.pause("a")).contains("is not running - current status is Created"));
    client.start("a").unwrap();
    assert!(refusal(client.unpause("a")).contains("is not paused"));
    client.pause("a").unwrap();
    let state = client.get("a").unwrap().unwrap().state;
    assert_eq!(
        (state.paused, state.running, state.status.as_str()),
        (true, false, "Paused")
    );
    client.unpause("a").unwrap();
    assert!(client.get("a").unwrap().unwrap().state.running);
    client.pause("a").unwrap();
    client.stop("a", stop_options(1, true)).unwrap();
    assert_eq!(client.get("a").unwrap().unwrap().state.status, "Stopped");
}

#[test]
fn a_paused_programs_plans_end_with_it() {
    let (simulator, client) = started(Setup::default());
    client.run(plain("a"));
    client.pause("a").unwrap();
    assert!(client.stop("a", stop_options(1, false)).is_err());
    client.stop("a", stop_options(1, true)).unwrap();
    client.start("a").unwrap();
    client.pause("a").unwrap();
    client.unpause("a").unwrap();
    client.run(with_command("b", "/simulated/exit 1"));
    simulator.wait_until(|state| state.container("b").unwrap().restart_count >= 2);
    assert_eq!(simulator.container("a").unwrap().restart_count, 0);
}

#[test]
fn an_interrupted_stop_lets_it_run_on_and_one_remove_fails() {
    let (simulator, client) = started(Setup::default());
    client.run(with_command("a", "/simulated/run 20000"));
    assert_eq!(
        unanswered(client.within(100).stop("a", None)),
        DEADLINE_EXCEEDED
    );
    simulator.wait_for_calls("the end of the stop", |calls| {
        (calls.last()?.outcome == Outcome::Cancelled).then_some(())
    });
    let container = client.get("a").unwrap().unwrap();
    assert!(container.state.running && !container.manually_stopped);
    assert!(
        refusal(client.remove_with("a", true, stop_options(1, true)))
            .contains("failed precondition")
    );
    client.stop("a", stop_options(1, true)).unwrap();
    client.remove("a").unwrap();
}
