//! Containers that were there before the daemon, and those that are listed and not there: whose end it has missed, and dead
//! ones.

use std::time::{Duration, Instant};

use crate::common::*;
use simulated_kanto_cm::{Existing, Fault, Left, Method, Outcome, Process, Setup, What};

const GONE: i64 = 4_194_305;

#[test]
fn policies_and_states_of_containers_that_were_there_before() {
    let existing = |id: &str, left| Existing::new(plain(id), left);
    let (simulator, client) = started(Setup {
        containers: vec![
            existing("created", Left::Created),
            existing("running", Left::Running),
            existing("paused", Left::Paused),
            existing("stopped", Left::Stopped),
            existing("by-hand", Left::ManuallyStopped),
            existing("exited", Left::Exited(3)),
            existing("lost", Left::LostExit),
        ],
        ..Setup::default()
    });
    let status = |id: &str| simulator.container(id).unwrap().status;
    assert_eq!(status("created"), "Created");
    assert_eq!(status("running"), "Running");
    assert_eq!(status("paused"), "Paused");
    // The daemon starts these by itself.
    assert_eq!(status("stopped"), "Running");
    assert_eq!(status("exited"), "Running");
    assert_eq!(status("by-hand"), "Stopped");
    assert_eq!(status("lost"), "Running");
    assert_eq!(simulator.container("lost").unwrap().pid, 4_194_305);
    client.stop("running", None).unwrap();
    client.unpause("paused").unwrap();
    assert!(simulator.state().ruined_ids.is_empty());
    let addresses: Vec<_> = simulator
        .containers()
        .into_iter()
        .filter_map(|container| container.address)
        .collect();
    let unique: std::collections::BTreeSet<_> = addresses.iter().collect();
    assert_eq!(addresses.len(), unique.len());
}

/// A running container `a` whose Stop or Remove loses its exit at once.
fn about_to_lose(method: Method) -> (Process, Client) {
    let (simulator, client) = started(Setup {
        lost_exit_ms: Some(0),
        ..Setup::default()
    });
    client.run(with_command("a", "/simulated/run 0 3"));
    simulator.fault(Fault::at(method, What::LoseExit));
    (simulator, client)
}

#[track_caller]
fn is_listed_without_a_process(simulator: &Process) {
    let container = simulator.container("a").unwrap();
    assert_eq!(
        (container.status.as_str(), container.running, container.pid),
        ("Running", true, GONE)
    );
    assert_eq!(container.whole["manually_stopped"], false);
    assert!(!simulator.history().last().unwrap().runs("a"));
}

#[test]
fn a_stop_that_loses_the_exit_fails() {
    let (simulator, client) = about_to_lose(Method::Stop);
    assert_eq!(
        refusal(client.stop("a", stop_options(10, true))),
        "could not stop container with ID = a with SIGKILL"
    );
    is_listed_without_a_process(&simulator);
    for force in [false, true] {
        assert_eq!(
            refusal(client.stop("a", stop_options(10, force))),
            "process already finished: not found"
        );
    }
    assert!(refusal(client.start("a")).contains("is already running"));
    assert!(refusal(client.remove_with("a", false, None)).contains("must set the force flag"));
    is_listed_without_a_process(&simulator);
}

#[test]
fn without_force_the_stop_speaks_of_its_own_signal() {
    let (simulator, client) = about_to_lose(Method::Stop);
    assert_eq!(
        refusal(client.stop("a", None)),
        "could not stop container with ID = a with SIGTERM"
    );
    is_listed_without_a_process(&simulator);
}

#[test]
fn it_takes_twice_the_timeout() {
    let (simulator, client) = about_to_lose(Method::Stop);
    simulator.change(|setup| setup.lost_exit_ms = None);
    let begin = Instant::now();
    refusal(client.stop("a", stop_options(1, true)));
    assert!(begin.elapsed() >= Duration::from_secs(2));
}

#[test]
fn it_goes_on_without_its_caller() {
    let (simulator, client) = about_to_lose(Method::Stop);
    simulator.change(|setup| setup.lost_exit_ms = Some(60_000));
    unanswered(client.within(100).stop("a", stop_options(1, true)));
    is_listed_without_a_process(&simulator);
    simulator.change(|setup| setup.lost_exit_ms = Some(0));
    simulator.wait_for_calls("its end", |calls| {
        matches!(calls.last()?.outcome, Outcome::Error(_)).then_some(())
    });
}

#[test]
fn removing_what_has_lost_its_exit_ruins_the_id() {
    let (simulator, client) = about_to_lose(Method::Remove);
    assert!(
        refusal(client.remove_with("a", true, stop_options(10, true))).ends_with("with SIGKILL")
    );
    is_listed_without_a_process(&simulator);
    client.remove("a").unwrap();
    assert!(simulator.containers().is_empty());
    assert_eq!(
        refusal(client.create(plain("a"))),
        "failed to create containerIO"
    );
    client.create(plain("a")).unwrap();
    for _ in 0..2 {
        assert_eq!(
            refusal(client.start("a")),
            "container with ID = a already exists"
        );
        simulator.clean_stop();
        simulator.start_again();
    }
    assert_eq!(simulator.state().ruined_ids, ["a"]);
}

#[test]
fn a_remove_that_is_killed_may_leave_the_task_which_ruins_the_id() {
    let (simulator, client) = started(Setup::default());
    client.run(plain("a"));
    simulator.fault(Fault::at(Method::Remove, What::LeaveTask));
    assert_eq!(
        unanswered(client.remove_with("a", true, stop_options(10, true))),
        UNAVAILABLE
    );
    simulator.wait_for_end();
    for _ in 0..2 {
        simulator.start_again();
        simulator.wait_ready();
        assert_eq!(refusal(client.start("a")), "task a: already exists");
        client.remove("a").unwrap();
        client.create(plain("a")).unwrap();
        assert_eq!(refusal(client.start("a")), "task a: already exists");
        assert_eq!(simulator.state().ruined_ids, ["a"]);
        simulator.clean_stop();
    }
}

#[test]
fn a_restart_of_the_daemon_notices_and_the_next_one_starts_it() {
    let (simulator, client) = about_to_lose(Method::Stop);
    refusal(client.stop("a", None));
    simulator.clean_stop();
    simulator.start_again();
    let container = simulator.container("a").unwrap();
    assert_eq!(
        (container.status.as_str(), container.exit_code),
        ("Exited", 3)
    );
    simulator.clean_stop();
    simulator.start_again();
    assert!(simulator.wait_ready().runs("a"));
    client.stop("a", None).unwrap();
}

#[test]
fn after_a_restart_it_can_be_started_by_a_call() {
    let containers = vec![Existing::new(plain("a"), Left::LostExit)];
    let (simulator, client) = started(Setup {
        containers,
        ..Setup::default()
    });
    is_listed_without_a_process(&simulator);
    simulator.kill();
    simulator.start_again();
    assert_eq!(simulator.container("a").unwrap().status, "Exited");
    client.start("a").unwrap();
    client.remove("a").unwrap();
    assert!(simulator.state().ruined_ids.is_empty());
}

#[test]
fn one_that_survives_its_signal_has_no_exit_to_lose() {
    let (simulator, client) = started(Setup::default());
    client.run(with_command("a", "/simulated/stubborn"));
    simulator.fault(Fault::at(Method::Stop, What::LoseExit));
    refusal(client.stop("a", stop_options(1, false)));
    assert_eq!(simulator.container("a").unwrap().pid, 1);
}

#[test]
fn a_dead_container_can_neither_be_started_nor_removed() {
    let containers = vec![Existing::new(plain("a"), Left::Dead)];
    let (simulator, client) = started(Setup {
        containers,
        ..Setup::default()
    });
    let state = client.list().unwrap()[0].state.clone();
    assert_eq!((state.status.as_str(), state.dead), ("Dead", true));
    assert!(!state.running && !state.exited && !state.paused);
    assert!(refusal(client.create(plain("a"))).contains("already exists"));
    assert!(refusal(client.start("a")).contains("is dead - cannot start it"));
    assert!(refusal(client.stop("a", None)).contains("with state: Dead"));
    client.remove("a").unwrap();
    assert_eq!(simulator.container("a").unwrap().status, "Dead");
}

#[test]
fn a_restart_of_the_daemon_forgets_a_dead_container() {
    let containers = vec![Existing::new(plain("a"), Left::Dead)];
    let (simulator, client) = started(Setup {
        containers,
        ..Setup::default()
    });
    simulator.kill();
    simulator.start_again_with(|setup| setup.restore_ms = 60_000);
    let state = simulator.wait_until(|state| !state.containers.is_empty());
    assert_eq!(
        state.container("a").unwrap().status,
        "Dead",
        "while it restores"
    );
    simulator.change(|setup| setup.restore_ms = 0);
    assert!(simulator.wait_ready().containers.is_empty());
    client.run(plain("a"));
    simulator.kill();
    simulator.start_again();
    assert!(simulator.state().runs("a"));
}
