//! Start, Stop, Pause, the ends of programs and the restart policies.

use std::time::{Duration, Instant};

use crate::common::*;
use simulated_kanto_cm::{methods, Fault, Image, Method, Outcome, Program, Setup, What};

#[test]
fn a_started_container_runs_with_a_process_that_exists() {
    let (simulator, client) = started(Setup::default());
    client.run(plain("a"));
    let container = client.get("a").unwrap().unwrap();
    let state = &container.state;
    assert_eq!(
        (state.status.as_str(), state.running, state.pid),
        ("Running", true, 1)
    );
    assert!(!state.started_at.is_empty());
    assert_eq!(
        container.network_settings.networks["bridge"].ip_address,
        "172.17.0.2"
    );
    assert!(
        container.hosts_path.ends_with("/a/hosts")
            && container.resolv_conf_path.ends_with("/a/resolv.conf")
    );
    assert!(std::path::Path::new("/proc")
        .join(state.pid.to_string())
        .exists());
    simulator.kill();
    assert!(std::path::Path::new("/proc/1").exists());
}

#[test]
fn a_start_that_makes_no_sense_is_refused() {
    let (_simulator, client) = started(Setup::default());
    client.run(plain("a"));
    assert!(refusal(client.start("a")).contains("is already running"));
    client.pause("a").unwrap();
    assert!(refusal(client.start("a")).contains("is paused"));
    assert_eq!(
        refusal(client.start("b")),
        "no such container with id = b exists"
    );
}

#[test]
fn every_call_but_get_refuses_an_unknown_id() {
    let (_simulator, client) = started(Setup::default());
    let unknown = "no such container with id = x exists";
    assert!(client.get("x").unwrap().is_none());
    assert_eq!(refusal(client.start("x")), unknown);
    assert_eq!(refusal(client.stop("x", None)), unknown);
    assert_eq!(refusal(client.update("x", policy("no"))), unknown);
    assert_eq!(refusal(client.pause("x")), unknown);
    assert_eq!(refusal(client.unpause("x")), unknown);
    assert_eq!(refusal(client.rename("x", "y")), unknown);
    assert_eq!(refusal(client.remove("x")), unknown);
}

#[test]
fn starts_take_their_time_side_by_side() {
    let (simulator, client) = started(Setup {
        start_ms: 300,
        ..Setup::default()
    });
    for id in ["a", "b", "c"] {
        client.create(plain(id)).unwrap();
    }
    let begin = Instant::now();
    let calls: Vec<_> = ["a", "b", "c"]
        .iter()
        .map(|id| client.begin(&methods::start(), &start_request(id)))
        .collect();
    for call in calls {
        futures_executor::block_on(call).unwrap();
    }
    let took = begin.elapsed();
    assert!(
        took >= Duration::from_millis(300) && took < Duration::from_millis(850),
        "{took:?}"
    );
    assert!(simulator
        .containers()
        .iter()
        .all(|container| container.running));
}

#[test]
fn a_command_that_does_not_exist() {
    let (simulator, client) = started(Setup {
        images: vec![Image::new("registry/image:1").program(Program::Missing)],
        ..Setup::default()
    });
    client.create(plain("a")).unwrap();
    let text = refusal(client.start("a"));
    assert!(text.contains("no such file or directory"), "{text}");
    let state = client.get("a").unwrap().unwrap().state;
    assert_eq!((state.status.as_str(), &state.error), ("Stopped", &text));
    assert!(simulator.state().ruined_ids.is_empty());
    simulator.set_image(Image::new("registry/image:1"));
    client.start("a").unwrap();
    client.stop("a", None).unwrap();
    simulator.forget_image("registry/image:1");
    assert!(refusal(client.start("a")).contains("image \"registry/image:1\": not found"));
}

#[test]
fn a_program_that_ends_at_once_is_restarted_with_a_backoff() {
    let (simulator, client) = started(Setup::default());
    client.run(with_command("a", "/simulated/exit 3"));
    let mut begin = None;
    for count in 1..=4 {
        let state = simulator.wait_until(|state| {
            state
                .container("a")
                .is_some_and(|a| a.restart_count == count && a.status == "Exited")
        });
        let container = state.container("a").unwrap();
        assert_eq!(container.exit_code, 3);
        assert_eq!(container.whole["state"]["exited"], true);
        assert!(container.address.is_none() && container.whole["network_settings"].is_null());
        begin.get_or_insert_with(Instant::now);
    }
    let took = begin.unwrap().elapsed();
    assert!(
        took >= Duration::from_millis(600),
        "100 + 200 + 400 ms: {took:?}"
    );
    assert!(refusal(client.stop("a", None)).contains("with state: Exited"));
    client.remove("a").unwrap();
    assert!(simulator.containers().is_empty());
}

#[test]
fn removing_ends_a_crash_loop_for_good() {
    let (simulator, client) = started(Setup::default());
    client.run(with_policy("a", "/simulated/exit 1", "always"));
    simulator.wait_until(|state| state.container("a").is_some_and(|a| a.restart_count == 1));
    client.remove("a").unwrap();
    client.create(plain("a")).unwrap();
    client.run(with_command("z", "/simulated/exit 1"));
    simulator.wait_until(|state| state.container("z").is_some_and(|z| z.restart_count == 4));
    assert_eq!(simulator.container("a").unwrap().status, "Created");
}

#[test]
fn a_start_during_the_pause_works_and_counts_anew() {
    let (simulator, client) = started(Setup::default());
    client.run(plain("a"));
    for _ in 0..3 {
        simulator.wait_until_running("a");
        simulator.exit_container("a", 1);
    }
    assert_eq!(simulator.container("a").unwrap().status, "Exited");
    client.start("a").unwrap();
    let container = simulator.container("a").unwrap();
    assert_eq!(
        (container.status.as_str(), container.restart_count),
        ("Running", 0)
    );
}

#[test]
fn a_job_without_restart_policy_stays_exited() {
    let (simulator, client) = started(Setup::default());
    client.run(with_policy("a", "/simulated/exit 0", "no"));
    client.run(with_policy("b", "/simulated/exit 0", "on-failure"));
    client.run(with_policy("c", "/simulated/exit 1", "on-failure"));
    let state = simulator.wait_until(|state| {
        let ended = |id| state.container(id).unwrap().status == "Exited";
        ended("a") && ended("b") && state.container("c").unwrap().restart_count == 3
    });
    assert_eq!(state.container("a").unwrap().restart_count, 0);
    assert_eq!(state.container("b").unwrap().restart_count, 0);
    client.start("a").unwrap();
}

#[test]
fn an_interrupted_start_ruins_the_id_for_good() {
    let (simulator, client) = started(Setup {
        start_ms: 20_000,
        ..Setup::default()
    });
    client.create(plain("a")).unwrap();
    assert_eq!(unanswered(client.within(100).start("a")), DEADLINE_EXCEEDED);
    simulator.wait_until(|state| state.container("a").is_some_and(|a| a.status == "Stopped"));
    assert_eq!(simulator.state().ruined_ids, ["a"]);
    simulator.kill();
    simulator.start_again_with(|setup| setup.start_ms = 0);
    assert_eq!(
        refusal(client.start("a")),
        "container with ID = a already exists"
    );
    client.remove("a").unwrap();
    client.create(plain("a")).unwrap();
    assert_eq!(
        refusal(client.start("a")),
        "container with ID = a already exists"
    );
    simulator.clean_stop();
    simulator.start_again();
    assert_eq!(
        refusal(client.start("a")),
        "container with ID = a already exists"
    );
    client.run(plain("a-2"));
}

#[test]
fn a_start_whose_caller_dies_is_interrupted() {
    let (simulator, client) = started(Setup {
        start_ms: 20_000,
        ..Setup::default()
    });
    client.create(plain("a")).unwrap();
    let other = Client::new(&simulator);
    let mut call = other.begin(&methods::start(), &start_request("a"));
    simulator.wait_for_call(Method::Start, "a");
    call.cancel();
    simulator.wait_for_calls("the end of the start", |calls| {
        calls
            .iter()
            .any(|call| call.outcome == Outcome::Cancelled)
            .then_some(())
    });
    assert_eq!(simulator.state().ruined_ids, ["a"]);
}

#[test]
fn a_kill_or_a_power_cut_during_a_start_ruins_the_id() {
    let (simulator, client) = started(Setup::default());
    for id in ["a", "b"] {
        client.create(plain(id)).unwrap();
    }
    simulator.fault(Fault::at(Method::Start, What::KillDuring));
    unanswered(client.start("a"));
    simulator.wait_for_end();
    simulator.start_again_with(|setup| setup.start_ms = 20_000);
    let call = client.begin(&methods::start(), &start_request("b"));
    simulator.wait_until(|state| state.container("b").unwrap().address.is_some());
    simulator.power_cut();
    drop(call);
    simulator.start_again_with(|setup| setup.start_ms = 0);
    assert_eq!(simulator.state().ruined_ids, ["a", "b"]);
    for id in ["a", "b"] {
        assert!(refusal(client.start(id)).contains("already exists"));
    }
}
