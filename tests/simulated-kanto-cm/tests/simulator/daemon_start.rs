//! The daemon's start and end: loading, restoring, the deadlock, the sign that it is over, crashes and power cuts.

use crate::common::*;
use serde_json::json;
use simulated_kanto_cm::proto::containers::ListContainersRequest;
use simulated_kanto_cm::{methods, Existing, Image, Left, Method, Phase, Process, Setup, State};

fn stopped(ids: &[&str]) -> Setup {
    let containers = ids
        .iter()
        .map(|id| Existing::new(plain(id), Left::Stopped))
        .collect();
    Setup {
        containers,
        ..Setup::default()
    }
}

#[test]
fn while_loading_a_create_destroys_what_is_stored() {
    let (simulator, client) = started(Setup {
        load_ms: LONG,
        ..stopped(&["a", "b"])
    });
    assert_eq!(simulator.state().phase, Phase::Loading);
    assert!(client.list().unwrap().is_empty());
    assert!(client.get("a").unwrap().is_none());
    assert_eq!(
        refusal(client.create(plain("a"))),
        "snapshot \"a-snapshot\": already exists"
    );
    client.create(plain("new")).unwrap();
    // What is loaded replaces it, and its directory is not found.
    client
        .create(container("no/file", json!({"name": "n"})))
        .unwrap();
    assert!(refusal(client.start("new")).contains("no network controller"));
    simulator.change(|setup| setup.load_ms = 0);
    let state = simulator.wait_ready();
    let ids: Vec<&str> = state
        .containers
        .iter()
        .map(|container| container.id.as_str())
        .collect();
    assert_eq!(ids, ["b", "new"]);
    assert!(state.runs("b") && !state.runs("new"));
    simulator.kill();
    simulator.start_again();
    assert!(simulator.container("a").is_none());
}

#[test]
fn while_restoring_containers_start_side_by_side() {
    let of = |id: &str, image: &str| container(id, json!({"image": {"name": image}}));
    let slow = |start_ms| Image::new("slow").start_ms(start_ms);
    let (simulator, client) = started(Setup {
        restore_ms: LONG,
        images: vec![slow(LONG)],
        containers: vec![
            Existing::new(of("a", "slow"), Left::Stopped),
            Existing::new(of("b", "quick"), Left::Stopped),
            Existing::new(of("c", "slow"), Left::Stopped),
        ],
        ..Setup::default()
    });
    let state = simulator.wait_until(|state| state.containers.len() == 3);
    assert!(state
        .containers
        .iter()
        .all(|container| container.status == "Stopped"));
    assert_eq!(client.list().unwrap().len(), 3);
    assert!(refusal(client.start("a")).contains("no network"));
    simulator.change(|setup| setup.restore_ms = 0);
    let both_under_way = |state: &State| {
        let has_address = |id| state.container(id).unwrap().address.is_some();
        state.runs("b") && has_address("a") && has_address("c")
    };
    let state = simulator.wait_until(both_under_way);
    assert_eq!(state.phase, Phase::Restoring);
    assert!(!state.runs("a") && !state.runs("c"));
    assert!(refusal(client.start("b")).contains("is already running"));
    simulator.change(|setup| setup.put_image(slow(0)));
    let state = simulator.wait_ready();
    assert!(state.runs("a") && state.runs("c"));
}

#[test]
fn a_start_while_restoring_does_no_harm() {
    let (simulator, client) = started(Setup {
        restore_ms: LONG,
        ..stopped(&["a"])
    });
    simulator.wait_until(|state| state.phase == Phase::Restoring);
    assert_eq!(
        refusal(client.start("a")),
        "no network controller to connect to default network"
    );
    simulator.change(|setup| setup.restore_ms = 0);
    simulator.wait_ready();
    assert!(simulator.state().runs("a"));
    assert!(simulator.state().ruined_ids.is_empty());
}

fn deadlocks(simulator: &Process, client: &Client) {
    let state = simulator.wait_until(|state| state.deadlocked);
    assert_eq!(state.phase, Phase::Restoring);
    simulator.change(|setup| setup.restore_ms = 0);
    assert_eq!(unanswered(client.within(200).list()), DEADLINE_EXCEEDED);
    assert_eq!(unanswered(client.within(200).get("a")), DEADLINE_EXCEEDED);
    assert_eq!(unanswered(client.within(200).start("a")), DEADLINE_EXCEEDED);
    assert!(!simulator.state().runs("a"), "nothing more is restored");
    assert!(!shows_ready(simulator));
    simulator.clean_stop();
    assert!(!simulator.is_running());
    assert!(simulator.socket().exists(), "the signal killed it");
}

#[test]
fn a_create_while_restoring_deadlocks_for_good() {
    let (simulator, client) = started(Setup {
        restore_ms: LONG,
        ..stopped(&["a"])
    });
    simulator.wait_until(|state| state.phase == Phase::Restoring);
    let call = client.begin(&methods::create(), &create_request(plain("new")));
    simulator.wait_for_call(Method::Create, "new");
    deadlocks(&simulator, &client);
    drop(call);
    simulator.start_again_with(|setup| setup.restore_ms = 0);
    assert!(simulator.state().runs("a"));
    assert_eq!(
        simulator.container("new").unwrap().status,
        "Created",
        "it had been saved"
    );
}

#[test]
fn a_remove_while_restoring_deadlocks_for_good() {
    let (simulator, client) = started(Setup {
        restore_ms: LONG,
        ..stopped(&["a", "b"])
    });
    simulator.wait_until(|state| state.phase == Phase::Restoring);
    assert_eq!(
        unanswered(client.within(200).remove("b")),
        DEADLINE_EXCEEDED
    );
    deadlocks(&simulator, &client);
    simulator.start_again_with(|setup| setup.restore_ms = 0);
    assert!(simulator.container("b").is_none(), "it had been deleted");
}

#[test]
fn a_refused_create_while_restoring_does_not_deadlock() {
    let (simulator, client) = started(Setup {
        restore_ms: LONG,
        ..stopped(&["a"])
    });
    simulator.wait_until(|state| state.phase == Phase::Restoring);
    assert!(refusal(client.create(plain("a"))).contains("already exists"));
    simulator.change(|setup| setup.restore_ms = 0);
    assert!(!simulator.wait_ready().deadlocked);
}

#[test]
fn the_ready_sign_comes_when_the_start_is_over() {
    let simulator = start(Setup {
        restore_ms: LONG,
        ..stopped(&["a"])
    });
    simulator.wait_until(|state| state.phase == Phase::Restoring);
    assert!(!shows_ready(&simulator));
    simulator.kill();
    simulator.start_again_with(|setup| setup.restore_ms = 0);
    assert!(shows_ready(&simulator));
    simulator.kill();
    simulator.start_again_with(|setup| setup.ready_sign = false);
    assert!(!shows_ready(&simulator));
}

#[test]
fn the_ready_sign_comes_after_a_slow_start_too() {
    let simulator = start(Setup {
        restore_ms: LONG,
        ..stopped(&["a"])
    });
    simulator.change(|setup| setup.restore_ms = 0);
    simulator.wait_ready();
    assert!(shows_ready(&simulator));
}

#[test]
fn the_ready_sign_can_be_late() {
    let simulator = start(Setup {
        ready_sign_ms: LONG,
        ..stopped(&["a"])
    });
    assert!(simulator.wait_ready().runs("a"));
    assert!(!shows_ready(&simulator));
    simulator.clean_stop();
    assert!(simulator.socket().exists(), "the signal killed it");
    simulator.start_again();
    simulator.wait_ready();
    simulator.change(|setup| setup.ready_sign_ms = 0);
    while !shows_ready(&simulator) {
        assert!(simulator.is_running());
        std::thread::yield_now();
    }
    simulator.clean_stop();
    assert!(!simulator.socket().exists(), "now it obeyed");
}

#[test]
fn what_the_daemon_starts_by_itself() {
    let with = |id: &str, policy: &str, left| {
        Existing::new(
            container(
                id,
                json!({"host_config": {"restart_policy": {"type": policy}}}),
            ),
            left,
        )
    };
    let limited = container(
        "limit",
        json!({"host_config": {"restart_policy": {"type": "on-failure", "maximum_retry_count": 2}}, "restart_count": 2}),
    );
    let simulator = start(Setup {
        containers: vec![
            with("always", "always", Left::ManuallyStopped),
            with("always-new", "always", Left::Created),
            with("unless", "unless-stopped", Left::Exited(0)),
            with("unless-hand", "unless-stopped", Left::ManuallyStopped),
            with("failed", "on-failure", Left::Exited(1)),
            with("done", "on-failure", Left::Exited(0)),
            with("no", "no", Left::Stopped),
            Existing::new(limited, Left::Exited(1)),
        ],
        ..Setup::default()
    });
    let running: Vec<String> = simulator
        .containers()
        .into_iter()
        .filter(|container| container.running)
        .map(|container| container.id)
        .collect();
    assert_eq!(running, ["always", "failed", "unless"]);
}

#[test]
fn a_simulator_that_starts_late() {
    let simulator = prepare(Setup::default());
    assert!(!simulator.socket().exists() && !simulator.is_running());
    let client = Client::new(&simulator);
    let call = client.begin(&methods::list(), &ListContainersRequest::default());
    simulator.start_again();
    assert!(futures_executor::block_on(call)
        .unwrap()
        .containers
        .is_empty());
}
