//! What becomes of files, and what of their containers.

use std::fs;

use serde_json::json;
use simulated_kanto_cm::Method;

use crate::common::daemon::{Daemon, From};
use crate::common::{changes, count, kanto_cm, manifest, Manifests};

/// With an environment that makes it another one.
fn changed(name: &str, level: &str) -> String {
    let mut manifest = manifest(name);
    manifest["config"] = json!({ "env": [format!("LEVEL={level}")] });
    manifest.to_string()
}

#[test]
fn it_deploys_first_and_then_what_changes() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with("a").with("b");
    let daemon = Daemon::start(&cm, &manifests, &[]).ready();
    daemon.wait_for_status("2 containers up to date");
    cm.clear_calls();
    fs::write(manifests.path().join("a.json"), changed("a", "1")).unwrap();
    daemon.wait_for(From::Out, "a  replaced", 1);
    let calls = cm.calls();
    assert!(
        calls.iter().all(|call| call.id != "b"),
        "b has not changed: {}",
        cm.journal()
    );
    fs::write(manifests.path().join("c.json"), manifest("c").to_string()).unwrap();
    daemon.wait_for_status("3 containers up to date");
    assert!(cm.state().runs("a") && cm.state().runs("b") && cm.state().runs("c"));
    daemon.end();
    assert_eq!(count(&cm.calls(), Method::Stop), 0);
}

#[test]
fn a_healthy_container_is_not_restarted_by_a_touch() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with("a");
    let daemon = Daemon::start(&cm, &manifests, &[]).ready();
    cm.clear_calls();
    let path = manifests.path().join("a.json");
    fs::write(&path, fs::read(&path).unwrap()).unwrap();
    daemon.wait_for(From::Out, "a  up to date", 1);
    assert_eq!(changes(&cm.calls()), [""; 0]);
    daemon.end();
}
