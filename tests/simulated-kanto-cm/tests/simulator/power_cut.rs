//! Power cuts that lose writes of the store, process ids that have become those of others, and a full disk.

use crate::common::*;
use serde_json::json;
use simulated_kanto_cm::{Phase, PowerCut, Process, Setup};

fn ids(simulator: &Process) -> Vec<String> {
    let containers = simulator.containers().into_iter();
    containers.map(|container| container.id).collect()
}

#[test]
fn without_more_nothing_is_lost() {
    let (simulator, client) = started(Setup::default());
    client.run(plain("a"));
    client.create(plain("b")).unwrap();
    simulator.power_cut();
    simulator.start_again();
    assert_eq!(ids(&simulator), ["a", "b"]);
}

#[test]
fn the_last_writes_are_lost_and_containerd_keeps_its_own() {
    let (simulator, client) = started(Setup::default());
    client.create(plain("a")).unwrap();
    client.create(plain("b")).unwrap();
    client.create(plain("c")).unwrap();
    simulator.power_cut_with(&PowerCut::losing(2));
    simulator.start_again();
    assert_eq!(ids(&simulator), ["a"]);
    assert_eq!(
        refusal(client.create(plain("b"))),
        "snapshot \"b-snapshot\": already exists"
    );
    assert_eq!(
        refusal(client.create(plain("b"))),
        "failed to create containerIO"
    );
    client.run(plain("b"));
}

#[test]
fn a_lost_remove_brings_a_container_back_that_cannot_start() {
    let (simulator, client) = started(Setup::default());
    client.run(plain("a"));
    client.remove("a").unwrap();
    simulator.power_cut_with(&PowerCut::losing(1));
    simulator.start_again();
    let container = simulator.container("a").unwrap();
    assert_ne!(container.status, "Running");
    assert_eq!(
        container.whole["state"]["error"],
        "snapshot for container with ID = a does not exist"
    );
    assert!(refusal(client.start("a")).contains("snapshot for container"));
}

#[test]
fn what_was_written_since_a_moment_is_lost() {
    let (simulator, client) = started(Setup::default());
    client.run(plain("a"));
    client.rename("a", "before").unwrap();
    simulator.clear_calls();
    client.rename("a", "after").unwrap();
    client.update("a", policy("no")).unwrap();
    client.create(plain("b")).unwrap();
    let since = simulator.calls()[0].begin_ms;
    simulator.power_cut_with(&PowerCut::losing_since(since));
    simulator.start_again();
    assert_eq!(ids(&simulator), ["a"]);
    let container = simulator.container("a").unwrap();
    assert_eq!(container.name, "before");
    let policy = &container.whole["host_config"]["restart_policy"];
    assert_eq!(policy["type"], "unless-stopped");
}

#[test]
fn a_lost_start_ruins_the_id() {
    let (simulator, client) = started(Setup::default());
    client.create(plain("a")).unwrap();
    simulator.clear_calls();
    client.start("a").unwrap();
    let since = simulator.calls()[0].begin_ms;
    simulator.power_cut_with(&PowerCut::losing_since(since));
    simulator.start_again();
    assert_eq!(simulator.container("a").unwrap().status, "Created");
    assert_eq!(
        refusal(client.start("a")),
        "container with ID = a already exists"
    );
}

#[test]
fn a_second_power_cut_loses_what_was_written_after_the_first() {
    let (simulator, client) = started(Setup::default());
    client.create(plain("a")).unwrap();
    client.create(plain("b")).unwrap();
    for left in ["a", ""] {
        simulator.power_cut_with(&PowerCut::losing(1));
        simulator.start_again();
        assert_eq!(ids(&simulator).concat(), left);
    }
}

#[test]
fn the_history_tells_of_what_was_lost() {
    let (simulator, client) = started(Setup::default());
    client.create(plain("a")).unwrap();
    client.create(plain("b")).unwrap();
    simulator.power_cut_with(&PowerCut::losing(1));
    simulator.start_again();
    let history = simulator.history();
    assert!(history.iter().any(|moment| moment.container("b").is_some()));
    assert!(history.last().unwrap().container("b").is_none());
}

#[test]
fn an_old_process_id_can_belong_to_another_process() {
    let (simulator, client) = started(Setup::default());
    client.run(plain("a"));
    client.run(plain("paused"));
    client.pause("paused").unwrap();
    let own = i64::from(std::process::id());
    simulator.power_cut_with(&PowerCut::default().stale_pid(own));
    simulator.start_again_with(|setup| setup.restore_ms = LONG);
    let state = simulator.wait_until(|state| state.phase == Phase::Restoring);
    let container = state.container("a").unwrap();
    assert_eq!((container.status.as_str(), container.pid), ("Running", own));
    assert_eq!(state.container("paused").unwrap().pid, own);
    assert!(
        !simulator.history().last().unwrap().runs("a"),
        "though there is such a process"
    );
    simulator.change(|setup| setup.restore_ms = 0);
    let state = simulator.wait_ready();
    assert_eq!(state.container("a").unwrap().pid, 1);
    assert!(state.runs("paused"));
}

#[test]
fn on_a_full_disk_calls_succeed_and_are_lost() {
    let (simulator, client) = started(Setup::default());
    client.run(plain("a"));
    simulator.change(|setup| setup.disk_full = true);
    client.create(plain("b")).unwrap();
    client.update("a", policy("no")).unwrap();
    let listed = client.get("a").unwrap().unwrap();
    assert_eq!(listed.host_config.restart_policy.type_, "no");
    simulator.kill();
    simulator.start_again();
    assert_eq!(ids(&simulator), ["a"]);
    let policy = json!({"type": "unless-stopped", "maximum_retry_count": 0, "retry_timeout": 0});
    let container = simulator.container("a").unwrap();
    assert_eq!(container.whole["host_config"]["restart_policy"], policy);
    simulator.change(|setup| setup.disk_full = false);
    client.rename("a", "renamed").unwrap();
    simulator.kill();
    simulator.start_again();
    assert_eq!(simulator.container("a").unwrap().name, "renamed");
}
