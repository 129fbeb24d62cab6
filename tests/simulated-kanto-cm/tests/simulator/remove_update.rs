//! Remove, Update and Rename.

use std::time::{Duration, Instant};

use crate::common::*;
use serde_json::json;
use simulated_kanto_cm::proto::types::{RestartPolicy, UpdateOptions};
use simulated_kanto_cm::{methods, Fault, Image, Method, Outcome, Setup, What};

#[test]
fn what_runs_is_removed_by_force_alone() {
    let (simulator, client) = started(Setup::default());
    client.run(plain("a"));
    assert!(refusal(client.remove_with("a", false, None)).contains("must set the force flag"));
    client.pause("a").unwrap();
    assert!(refusal(client.remove_with("a", false, None)).contains("must set the force flag"));
    client
        .remove_with("a", true, stop_options(1, true))
        .unwrap();
    assert!(simulator.containers().is_empty());
    client.create(plain("a")).unwrap();
    client.remove_with("a", false, None).unwrap();
    client.run(plain("a"));
}

#[test]
fn remove_stops_with_its_options_first() {
    let (_simulator, client) = started(Setup::default());
    client.run(with_command("a", "/simulated/stubborn"));
    assert!(
        refusal(client.remove_with("a", true, stop_options(1, false)))
            .contains("could not stop container")
    );
    assert!(client.get("a").unwrap().unwrap().state.running);
    let begin = Instant::now();
    client
        .remove_with("a", true, stop_options(1, true))
        .unwrap();
    assert!(begin.elapsed() >= Duration::from_secs(1));
}

#[test]
fn an_interrupted_remove_goes_on_and_leaves_pieces() {
    let (simulator, client) = started(Setup::default());
    client.run(with_command("a", "/simulated/run 400"));
    assert_eq!(
        unanswered(client.within(100).remove("a")),
        DEADLINE_EXCEEDED
    );
    assert!(simulator.container("a").is_some(), "still listed");
    simulator.wait_until(|state| state.container("a").is_none());
    expect_leftovers_of_a(&client);
    client.create(plain("a")).unwrap();
    assert_eq!(
        refusal(client.start("a")),
        "container with ID = a already exists"
    );
}

#[test]
fn a_kill_during_a_remove_leaves_what_cannot_start() {
    let (simulator, client) = started(Setup::default());
    client.run(plain("a"));
    simulator.fault(Fault::at(Method::Remove, What::KillDuring));
    unanswered(client.remove("a"));
    simulator.wait_for_end();
    simulator.start_again();
    let container = simulator.container("a").unwrap();
    assert_ne!(container.status, "Running");
    assert!(
        refusal(client.start("a")).contains("snapshot for container with ID = a does not exist")
    );
    client.remove("a").unwrap();
    client.run(plain("a"));
}

#[test]
fn an_update_waits_for_a_pending_remove_and_changes_nothing() {
    let (simulator, client) = started(Setup::default());
    client.run(with_command("a", "/simulated/run 1000"));
    let remove = client.begin(&methods::remove(), &remove_request("a", true, None));
    simulator.wait_for_call(Method::Remove, "a");
    // From when on the Remove holds the container, its journal does not show.
    while client
        .within(50)
        .update("a", UpdateOptions::default())
        .is_ok()
    {}
    client.update("a", UpdateOptions::default()).unwrap();
    assert!(client.list().unwrap().is_empty());
    futures_executor::block_on(remove).unwrap();
}

#[test]
fn the_last_container_of_an_old_image_takes_the_image_with_it() {
    let (simulator, client) = started(Setup {
        images: vec![
            Image::new("old").in_store(32).pull_fails("no network"),
            Image::new("new").in_store(30),
        ],
        ..Setup::default()
    });
    let of = |id: &str, image: &str| container(id, json!({"image": {"name": image}}));
    client.run(of("a", "old"));
    client.create(of("b", "old")).unwrap();
    client.run(of("c", "new"));
    client.remove("a").unwrap();
    client.remove("c").unwrap();
    assert_eq!(
        simulator.state().images,
        ["new", "old"],
        "b holds the old one, though it was never started"
    );
    client.remove("b").unwrap();
    assert_eq!(simulator.state().images, ["new"]);
    assert_eq!(refusal(client.create(of("a", "old"))), "no network");
}

#[test]
fn update_changes_policy_and_resources_in_place() {
    let (simulator, client) = started(Setup::default());
    client.run(plain("a"));
    let host = || simulator.container("a").unwrap().whole["host_config"].clone();
    client.update("a", resources("200M", "")).unwrap();
    assert_eq!(
        host()["resources"],
        json!({"memory": "200M", "memory_reservation": "", "memory_swap": ""}),
        "not doubled"
    );
    assert_eq!(
        host()["restart_policy"]["type"],
        "unless-stopped",
        "an absent part is left"
    );
    client.update("a", resources("200M", "-1")).unwrap();
    assert_eq!(host()["resources"]["memory_swap"], "-1");
    client.update("a", policy("always")).unwrap();
    assert_eq!(host()["restart_policy"]["type"], "always");
    assert_eq!(host()["resources"]["memory"], "200M");
    client.update("a", resources("", "")).unwrap();
    assert!(host()["resources"].is_null());
    assert!(refusal(client.update("a", resources("-1", ""))).contains("invalid format of memory"));
    assert!(refusal(client.update("a", policy("unknown"))).contains("unsupported restart policy"));
    assert!(simulator.state().runs("a"));
}

#[test]
fn a_new_policy_starts_what_has_stopped() {
    let (simulator, client) = started(Setup::default());
    client.run(plain("a"));
    client.create(plain("b")).unwrap();
    client.stop("a", None).unwrap();
    client.update("a", policy("always")).unwrap();
    client.update("b", policy("always")).unwrap();
    simulator.wait_until_running("a");
    assert_eq!(simulator.container("b").unwrap().status, "Created");
}

#[test]
fn a_limit_of_restarts() {
    let (simulator, client) = started(Setup::default());
    let policy = RestartPolicy {
        type_: "on-failure".into(),
        maximum_retry_count: 1,
        ..RestartPolicy::default()
    };
    client
        .create(with_command("a", "/simulated/exit 1"))
        .unwrap();
    client
        .update(
            "a",
            UpdateOptions {
                restart_policy: Some(policy).into(),
                ..UpdateOptions::default()
            },
        )
        .unwrap();
    client.run(with_command("z", "/simulated/exit 1"));
    client.start("a").unwrap();
    let state = simulator.wait_until(|state| state.container("z").unwrap().restart_count == 4);
    let container = state.container("a").unwrap();
    assert_eq!(
        (container.restart_count, container.status.as_str()),
        (1, "Exited")
    );
}

#[test]
fn renaming() {
    let (simulator, client) = started(Setup::default());
    client.run(plain("a"));
    client.run(plain("b"));
    assert!(refusal(client.rename("a", "a b")).contains("name format"));
    client.rename("a", "b").unwrap();
    let container = simulator.container("a").unwrap();
    assert_eq!(
        (container.name.as_str(), &container.whole["host_name"]),
        ("b", &json!("a-host"))
    );
    client.rename("a", "").unwrap();
    assert_eq!(simulator.container("a").unwrap().name, "b");
}

#[test]
fn what_survives_a_restart() {
    let (simulator, client) = started(Setup::default());
    client.run(plain("a"));
    client.update("a", policy("no")).unwrap();
    client.rename("a", "renamed").unwrap();
    client.run(plain("b"));
    client.remove("b").unwrap();
    let before = simulator.container("a").unwrap();
    simulator.kill();
    simulator.start_again();
    assert_eq!(simulator.containers(), [before]);
    assert_eq!(
        simulator
            .calls()
            .iter()
            .filter(|call| call.outcome == Outcome::Ok)
            .count(),
        7
    );
}
