//! SIGTERM, SIGINT, SIGHUP and SIGQUIT give a pull up at once, and never interrupt a Start.

use std::time::Duration;

use nix::sys::signal::Signal;
use simulated_kanto_cm::{Method, Outcome};

use crate::common::{command_with, count, deploy, deploy_command, kanto_cm, Manifests, Running};

const ALL: [(Signal, i32); 4] = [
    (Signal::SIGTERM, 143),
    (Signal::SIGINT, 130),
    (Signal::SIGHUP, 129),
    (Signal::SIGQUIT, 131),
];

#[test]
fn a_pull_is_given_up() {
    for (signal, code) in ALL {
        let cm = kanto_cm().endless_pull("a").start();
        let manifests = Manifests::new().with("a");
        let running = Running::spawn(deploy_command(&cm, &manifests, &[]));
        cm.wait_for_call(Method::Create, "a");
        running.signal(signal);
        let run = running.wait();
        run.expect_code(code).expect_log("error: ended by signal ");
        run.expect_lines(&["a  not finished", "1 manifest: 1 not finished"]);
        cm.wait_until(|state| state.containers.is_empty());
        assert_eq!(count(&cm.calls(), Method::Start), 0);
    }
}

#[test]
fn a_start_is_waited_for() {
    for (signal, code) in ALL {
        let cm = kanto_cm().start_ms(1_500).start();
        let manifests = Manifests::new().with("a").with("b");
        let running = Running::spawn(deploy_command(&cm, &manifests, &["--jobs", "1"]));
        cm.wait_for_call(Method::Start, "a");
        running.signal(signal);
        running.wait().expect_code(code);
        let calls = cm.calls();
        let start = calls
            .iter()
            .find(|call| call.method == Method::Start)
            .unwrap();
        assert_eq!(start.outcome, Outcome::Ok);
        assert_eq!(
            count(&calls, Method::Start),
            1,
            "nothing more is begun: {calls:?}"
        );
        assert!(cm.state().ruined_ids.is_empty());
        deploy(&cm, &manifests, &[]).expect_code(0);
    }
}

#[test]
fn waiting_for_kanto_cm_and_settling_end_at_once() {
    let cm = kanto_cm().prepare();
    let manifests = Manifests::new().with("a");
    let running = Running::spawn(deploy_command(
        &cm,
        &manifests,
        &["--connect-timeout", "100"],
    ));
    let run = running.signal_when_logged("waiting for Kanto-CM", Signal::SIGTERM);
    run.expect_code(143);
    assert!(run.took < Duration::from_secs(20), "{:?}", run.took);
    cm.start_again();
    let running = Running::spawn(deploy_command(&cm, &manifests, &["--settle", "100"]));
    let run = running.signal_when_logged("watching", Signal::SIGINT);
    run.expect_code(130);
    assert!(run.took < Duration::from_secs(20), "{:?}", run.took);
    assert!(cm.state().runs("a"));
}

#[test]
fn starts_are_waited_for_while_pulls_are_given_up() {
    let cm = kanto_cm()
        .endless_pull("p1")
        .endless_pull("p2")
        .start_ms(1_500)
        .start();
    let names = ["a", "b", "p1", "p2", "c"];
    let manifests = Manifests::new().with_all(&names);
    let running = Running::spawn(deploy_command(&cm, &manifests, &[]));
    for (method, name) in [
        (Method::Create, "p1"),
        (Method::Create, "p2"),
        (Method::Start, "a"),
        (Method::Start, "b"),
        (Method::Start, "c"),
    ] {
        cm.wait_for_call(method, name);
    }
    running.signal(Signal::SIGTERM);
    running.wait().expect_code(143);
    let state = cm.state();
    assert!(
        ["a", "b", "c"].iter().all(|name| state.runs(name)),
        "{state:?}"
    );
    assert!(state.ruined_ids.is_empty());
}

#[test]
fn what_nohup_has_ignored_stays_ignored() {
    let cm = kanto_cm().start_ms(1_000).start();
    let manifests = Manifests::new().with("a");
    let (socket, path) = (cm.socket(), manifests.path());
    let arguments = [
        "--settle=0",
        "-s",
        socket.to_str().unwrap(),
        path.to_str().unwrap(),
    ];
    let running = Running::spawn(command_with("--ignore-signal=HUP", &arguments));
    cm.wait_for_call(Method::Start, "a");
    running.signal(Signal::SIGHUP);
    running.wait().expect_code(0);
    assert!(cm.state().runs("a"));
}
