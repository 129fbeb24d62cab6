//! Pause and Unpause, and Stop and Remove of what is paused: it gets its signal only once it is unpaused.

use std::time::{Duration, Instant};

use serde_json::{json, Value};
use simulated_kanto_cm::proto::types::StopOptions;

use crate::common::stop_options;
use crate::does::Does;
use crate::subject::{with_policy, Subject};

fn paused(cm: &Subject, short: &str, does: Does, more: Value) -> String {
    let id = cm.run(short, does, more);
    cm.client.pause(&id).unwrap();
    id
}

#[test]
fn what_is_paused_is_not_running() {
    let cm = Subject::new();
    let id = cm.made("a", Does::Run(0), json!({}));
    assert_eq!(
        cm.refusal(cm.client.pause(&id)),
        "container with id = a is not running - current status is Created"
    );
    cm.client.start(&id).unwrap();
    assert_eq!(
        cm.refusal(cm.client.unpause(&id)),
        "container id = a is not paused - cannot unpause it "
    );
    let pid = cm.get(&id).state.pid;
    cm.client.pause(&id).unwrap();
    let state = cm.get(&id).state;
    assert_eq!(
        (
            state.status.as_str(),
            state.paused,
            state.running,
            state.pid
        ),
        ("Paused", true, false, pid)
    );
    assert_eq!(
        cm.refusal(cm.client.pause(&id)),
        "container with id = a is not running - current status is Paused"
    );
    cm.client.unpause(&id).unwrap();
    let state = cm.get(&id).state;
    assert_eq!(
        (state.status.as_str(), state.running, state.pid),
        ("Running", true, pid)
    );
}

#[test]
fn stop_waits_for_the_timeout_and_kills() {
    let cm = Subject::new();
    let id = paused(&cm, "a", Does::Run(0), json!({}));
    let begin = Instant::now();
    cm.client.stop(&id, stop_options(1, true)).unwrap();
    assert!(begin.elapsed() >= Duration::from_secs(1));
    let container = cm.get(&id);
    assert_eq!(
        (container.state.status.as_str(), container.state.exit_code),
        ("Stopped", 137)
    );
    cm.client.start(&id).unwrap();
}

#[test]
fn remove_waits_for_the_timeout_and_kills() {
    let cm = Subject::new();
    let id = paused(&cm, "a", Does::Run(0), json!({}));
    assert_eq!(
        cm.refusal(cm.client.remove_with(&id, false, None)),
        "container with id = a is not stopped - must set the force flag to true to remove it"
    );
    let begin = Instant::now();
    cm.client
        .remove_with(&id, true, stop_options(1, true))
        .unwrap();
    assert!(begin.elapsed() >= Duration::from_secs(1));
    assert!(cm.client.get(&id).unwrap().is_none());
    cm.run("a", Does::Run(0), json!({}));
}

#[test]
fn without_force_it_stays_paused_and_ends_when_it_is_unpaused() {
    let cm = Subject::new();
    let id = paused(&cm, "a", Does::Run(7), with_policy("no"));
    assert_eq!(
        cm.refusal(cm.client.stop(&id, stop_options(1, false))),
        "could not stop container with ID = a with SIGTERM"
    );
    assert_eq!(cm.get(&id).state.status, "Paused");
    cm.client.unpause(&id).unwrap();
    let ended = cm.wait_for_status(&id, "Exited");
    assert_eq!((ended.state.exit_code, ended.manually_stopped), (7, false));
}

#[test]
fn sigkill_ends_it_at_once() {
    let cm = Subject::new();
    let id = paused(&cm, "a", Does::Run(0), json!({}));
    let begin = Instant::now();
    let kill = StopOptions {
        signal: "SIGKILL".into(),
        timeout: 5,
        ..StopOptions::default()
    };
    cm.client.stop(&id, Some(kill)).unwrap();
    assert!(begin.elapsed() < Duration::from_secs(4));
    assert_eq!(cm.get(&id).state.exit_code, 137);
}

#[test]
fn a_paused_program_does_not_end() {
    let cm = Subject::new();
    let id = paused(&cm, "a", Does::Exit(3, 300), with_policy("no"));
    let other = cm.run("b", Does::Exit(3, 600), with_policy("no"));
    cm.wait_for_status(&other, "Exited");
    assert_eq!(cm.get(&id).state.status, "Paused");
    cm.client.unpause(&id).unwrap();
    assert_eq!(cm.wait_for_status(&id, "Exited").state.exit_code, 3);
}

#[test]
fn a_paused_container_can_be_updated() {
    let cm = Subject::new();
    let id = paused(&cm, "a", Does::Run(0), json!({}));
    cm.client
        .update(&id, crate::common::resources("200M", ""))
        .unwrap();
    assert_eq!(cm.get(&id).host_config.resources.memory, "200M");
    assert_eq!(cm.get(&id).state.status, "Paused");
}
