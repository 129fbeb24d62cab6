//! What becomes of files, and what of their containers.

use std::fs;

use serde_json::json;
use simulated_kanto_cm::Method;

use crate::common::daemon::{Daemon, From};
use crate::common::replacing::{calls_that_replace, expect_running, second_versions};
use crate::common::{changes, count, kanto_cm, manifest, stops_in, Manifests, LONG};

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

#[test]
fn a_file_that_is_now_about_another_container_leaves_the_old_one_alone() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with("a").with("b");
    let daemon = Daemon::start(&cm, &manifests, &["--settle", "2"]).ready();
    daemon.wait_for_status("2 containers up to date");
    cm.clear_calls();
    fs::write(manifests.path().join("a.json"), changed("a", "1")).unwrap();
    daemon.wait_for(From::Log, "a: watching it", 2);
    fs::rename(
        manifests.path().join("b.json"),
        manifests.path().join("a.json"),
    )
    .unwrap();
    daemon.wait_for(From::Log, "gone: b.json", 1);
    daemon.wait_for_status("1 container up to date");
    daemon.wait_until_idle();
    assert_eq!(changes(&cm.calls()), calls_that_replace("a", "a"));
    let state = cm.state();
    assert_eq!(state.containers.len(), 2, "{state:?}");
    assert!(state.runs("a") && state.runs("b"), "{state:?}");
    daemon.end();
}

#[test]
fn a_file_that_gets_another_name_during_a_replacement_begins_no_second_one() {
    let cm = kanto_cm().first_versions(&["a"]).start();
    cm.set_image(stops_in("a", LONG));
    let manifests = second_versions(&["a"]);
    let daemon = Daemon::start(&cm, &manifests, &["--stop-timeout", "3600"]);
    cm.wait_for_call(Method::Remove, "a");
    fs::rename(
        manifests.path().join("a.json"),
        manifests.path().join("z.json"),
    )
    .unwrap();
    daemon.wait_for(From::Log, "gone: a.json", 1);
    // The newer manifests are matched.
    cm.wait_for_calls("a second List", |calls| {
        (count(calls, Method::List) > 2).then_some(())
    });
    cm.change(|setup| setup.put_image(stops_in("a", 0)));
    daemon.wait_for_status("1 container up to date");
    daemon.wait_until_idle();
    assert_eq!(changes(&cm.calls()), calls_that_replace("a", "a"));
    expect_running(&cm, "a", 2);
    daemon.end();
}
