//! The ends of the daemon, a clean stop, a crash and a power cut: what they leave, and what the next start makes of it.

use simulated_kanto_cm::{methods, Outcome, Phase, Setup};

use crate::common::*;

#[test]
fn a_clean_stop_stops_all_and_the_next_start_starts_them() {
    let (simulator, client) = started(Setup::default());
    client.run(with_command("a", "/simulated/run 20"));
    client.run(plain("b"));
    client.create(plain("c")).unwrap();
    client.stop("b", None).unwrap();
    simulator.clean_stop();
    assert!(!simulator.socket().exists());
    simulator.start_again_with(|setup| setup.restore_ms = LONG);
    let state = simulator.wait_until(|state| state.phase == Phase::Restoring);
    assert!(state
        .containers
        .iter()
        .all(|container| container.status != "Running"));
    simulator.change(|setup| setup.restore_ms = 0);
    let state = simulator.wait_ready();
    assert!(state.runs("a") && !state.runs("b") && !state.runs("c"));
}

#[test]
fn a_clean_stop_calls_pending_restarts_off() {
    let (simulator, client) = started(Setup::default());
    client.run(with_policy("a", "/simulated/exit 1", "on-failure"));
    simulator.wait_until(|state| state.container("a").unwrap().restart_count == 3);
    simulator.clean_stop();
    simulator.start_again();
    let container = simulator.container("a").unwrap();
    assert_eq!(
        (container.status.as_str(), container.exit_code),
        ("Stopped", 0)
    );
}

#[test]
fn a_crash_leaves_containers_running() {
    let (simulator, client) = started(Setup::default());
    client.run(plain("a"));
    simulator.kill();
    assert!(simulator.socket().exists(), "nothing tidied it up");
    simulator.start_again_with(|setup| setup.restore_ms = LONG);
    let state = simulator.wait_until(|state| state.phase == Phase::Restoring);
    assert!(state.runs("a"));
    assert_eq!(state.container("a").unwrap().pid, 1);
    let before = state.container("a").unwrap().whole["state"]["started_at"].clone();
    simulator.change(|setup| setup.restore_ms = 0);
    let state = simulator.wait_ready();
    assert_eq!(
        state.container("a").unwrap().whole["state"]["started_at"],
        before
    );
    client.stop("a", None).unwrap();
    client.start("a").unwrap();
}

#[test]
fn after_a_crash_restart_policies_of_what_runs_on_are_lost() {
    let (simulator, client) = started(Setup::default());
    client.run(plain("a"));
    simulator.kill();
    simulator.start_again();
    simulator.wait_ready();
    client.run(plain("b"));
    simulator.exit_container("a", 1);
    simulator.exit_container("b", 1);
    let state = simulator.wait_until(|state| state.runs("b"));
    assert_eq!(
        state.container("a").unwrap().status,
        "Exited",
        "though it ended first"
    );
    client.start("a").unwrap();
    simulator.exit_container("a", 1);
    simulator.wait_until(|state| state.runs("a"));
}

#[test]
fn after_a_power_cut_dead_pids_are_listed_as_running_first() {
    let (simulator, client) = started(Setup::default());
    client.run(plain("a"));
    client.run(with_policy("job", "/bin/true", "no"));
    simulator.power_cut();
    simulator.start_again_with(|setup| setup.restore_ms = 300);
    let state = simulator.wait_until(|state| state.phase == Phase::Restoring);
    let container = state.container("a").unwrap();
    assert_eq!(
        (container.status.as_str(), container.pid),
        ("Running", 4_194_305)
    );
    assert!(!std::path::Path::new("/proc/4194305").exists());
    let state = simulator.wait_until(|state| state.container("a").unwrap().status == "Exited");
    let container = state.container("a").unwrap();
    assert_eq!(container.exit_code, 0);
    assert!(!container.whole["state"]["error"]
        .as_str()
        .unwrap()
        .is_empty());
    let state = simulator.wait_ready();
    assert!(state.runs("a"));
    assert_eq!(state.container("job").unwrap().status, "Exited");
    assert!(state.ruined_ids.is_empty());
    client.start("job").unwrap();
}

#[test]
fn a_clean_stop_cuts_the_calls_under_way() {
    let (simulator, client) = started(Setup {
        start_ms: LONG,
        ..Setup::default()
    });
    client.create(plain("a")).unwrap();
    let call = client.begin(&methods::start(), &start_request("a"));
    simulator.wait_until(|state| state.container("a").unwrap().address.is_some());
    simulator.clean_stop();
    assert!(futures_executor::block_on(call).is_err());
    let outcome = simulator.calls().last().unwrap().outcome.clone();
    assert!(
        matches!(outcome, Outcome::Cancelled | Outcome::Lost),
        "{outcome:?}"
    );
    simulator.start_again();
    assert_eq!(simulator.state().ruined_ids, ["a"]);
}
