//! Remove.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::common::stop_options;
use crate::does::Does;
use crate::subject::{with_policy, Subject};

#[test]
fn what_runs_is_removed_by_force_alone() {
    let cm = Subject::new();
    let id = cm.run("a", Does::Run(0), json!({}));
    assert_eq!(
        cm.refusal(cm.client.remove_with(&id, false, None)),
        "container with id = a is not stopped - must set the force flag to true to remove it"
    );
    assert!(cm.get(&id).state.running);
    cm.client.remove_with(&id, true, None).unwrap();
    assert!(cm.client.get(&id).unwrap().is_none());
    assert!(cm
        .client
        .list()
        .unwrap()
        .iter()
        .all(|container| container.id != id));
    cm.run("a", Does::Run(0), json!({}));
}

#[test]
fn what_does_not_run_is_removed_without_force() {
    let cm = Subject::new();
    let id = cm.made("created", Does::Run(0), json!({}));
    cm.client.remove_with(&id, false, None).unwrap();
    let id = cm.run("stopped", Does::Run(0), json!({}));
    cm.client.stop(&id, None).unwrap();
    cm.client.remove_with(&id, false, None).unwrap();
    let id = cm.made("failed", Does::Missing, json!({}));
    cm.refusal(cm.client.start(&id));
    cm.client.remove_with(&id, false, None).unwrap();
    assert!(cm.client.get(&id).unwrap().is_none());
}

#[test]
fn it_stops_with_its_options_first() {
    let cm = Subject::new();
    let id = cm.run("a", Does::Ignore, json!({}));
    assert_eq!(
        cm.refusal(cm.client.remove_with(&id, true, stop_options(1, false))),
        "could not stop container with ID = a with SIGTERM"
    );
    assert!(cm.get(&id).state.running);
    let begin = Instant::now();
    cm.client
        .remove_with(&id, true, stop_options(1, true))
        .unwrap();
    assert!(begin.elapsed() >= Duration::from_secs(1));
    assert!(cm.client.get(&id).unwrap().is_none());
}

#[test]
fn it_ends_crash_loops_for_good() {
    let cm = Subject::new();
    let always = with_policy("always");
    let id = cm.run("a", Does::Exit(1, 0), always);
    cm.wait_for(&id, |container| {
        container.restart_count == 2 && container.state.exited
    });
    cm.client.remove_with(&id, false, None).unwrap();
    cm.create(cm.spec("a", Does::Run(0), json!({}))).unwrap();
    let other = cm.run("b", Does::Exit(1, 0), json!({}));
    cm.wait_for(&other, |container| container.restart_count == 4);
    assert_eq!(cm.get(&id).state.status, "Created");
}
