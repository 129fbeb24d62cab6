//! The daemon's start and end: loading, restoring, the deadlock, the sign that it is over, crashes and power cuts.

use crate::common::*;
use serde_json::json;
use simulated_kanto_cm::proto::containers::ListContainersRequest;
use simulated_kanto_cm::{
    methods, Existing, Image, Left, Method, Outcome, Phase, Process, Setup, State,
};

const LONG: u64 = 60_000;

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
