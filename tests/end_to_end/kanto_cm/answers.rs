//! What Kanto-CM says of one container is about that one alone, however it says it.

use serde_json::json;
use simulated_kanto_cm::{Fault, Method, What};

use crate::common::daemon::{Daemon, From};
use crate::common::replacing::{expect_running, version};
use crate::common::{changes, deploy, kanto_cm, Manifests};

/// As Kanto-CM passes on what containerd says; with the status that goes with it.
const AWAY: &str = "rpc error: code = Unavailable desc = containerd is away";

fn five() -> Manifests {
    Manifests::new().with_all(&["a", "b", "c", "d", "e"])
}

#[test]
fn a_service_that_is_away_for_one_container_keeps_no_other_back() {
    for method in [Method::Create, Method::Start] {
        for jobs in ["1", "16"] {
            let cm = kanto_cm().start();
            cm.fault(
                Fault::at(method, What::FailWith(AWAY.to_owned()))
                    .of("a")
                    .always(),
            );
            let run = deploy(&cm, &five(), &["--jobs", jobs, "-o", "json"]);
            let document = run.expect_code(1).json();
            let reason = document["manifests"][0]["reason"].as_str().unwrap();
            assert!(reason.contains("containerd is away"), "{reason}");
            let others = document["manifests"].as_array().unwrap()[1..].iter();
            assert!(
                others.clone().all(|entry| entry["status"] == "deployed"),
                "{document}"
            );
            assert!(["b", "c", "d", "e"]
                .iter()
                .all(|name| cm.state().runs(name)));
        }
    }
}

#[test]
fn the_daemon_tries_it_again() {
    let cm = kanto_cm().start();
    let away = Fault::at(Method::Create, What::FailWith(AWAY.to_owned()));
    cm.fault(away.of("a").always());
    let manifests = Manifests::new().with("a").with("b");
    let daemon = Daemon::start(&cm, &manifests, &["--settle", "0"]);
    daemon.wait_for(From::Log, "containerd is away", 1);
    cm.clear_faults();
    daemon.wait_for_status("2 containers up to date");
    daemon.end();
}

/// Five connections that bring nothing are no five calls within a moment.
#[test]
fn between_connections_that_bring_nothing_there_is_a_pause() {
    let cm = kanto_cm().first_versions(&["a"]).start();
    cm.fault(Fault::at(Method::Get, What::DropAnswer).always());
    let manifests = Manifests::new().with_json("a", &version("a", 2));
    let run = deploy(&cm, &manifests, &["--cm-grace", "0"]);
    run.expect_code(3)
        .expect_log("broke 5 times in a row without progress");
    assert!(run.took.as_millis() >= 1000, "{:?}", run.took);
    assert!(changes(&cm.calls()).len() < 10, "{}", cm.journal());
}

/// A hook that prints a megabyte, as it does to whoever asks.
#[test]
fn a_reason_without_end_is_cut() {
    let cm = kanto_cm().first_versions(&["a"]).start();
    let endless = "no such device\u{1b}[31m\r\n".repeat(300);
    cm.fault(Fault::at(Method::Start, What::FailWith(endless)).of("a"));
    let manifests = Manifests::new().with_json("a", &version("a", 2));
    let run = deploy(&cm, &manifests, &[]);
    run.expect_code(1);
    expect_running(&cm, "a", 1);
    for line in run.stderr.lines().chain(run.stdout.lines()) {
        assert!(line.len() < 10_000, "{} bytes: {line}", line.len());
        assert!(!line.contains(['\u{1b}', '\r']), "{line}");
    }
    let state = std::fs::read(crate::common::state_file(&cm)).unwrap();
    assert!(state.len() < 10_000, "{} bytes", state.len());
    let state: serde_json::Value = serde_json::from_slice(&state).unwrap();
    assert_eq!(state["containers"][0]["state"], json!("rolled-back"));
}
