//! What keeps a container from being pruned though its manifest is gone, and for how long.

use std::fs;
use std::time::{Duration, Instant};

use super::pruning::{pruning, GONE};
use crate::common::agent::Agent;
use crate::common::daemon::{Daemon, From};
use crate::common::{changes, deploy, kanto_cm, manifest, Manifests};

#[test]
fn what_somebody_has_changed_since_stays() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with("a").with("b").with("c");
    let daemon = pruning(&cm, &manifests);
    let update =
        serde_json::json!({ "id": "a", "updateOptions": { "resources": { "memory": "50M" } } });
    Agent::new(&cm).call(&simulated_kanto_cm::methods::update(), update);
    manifests.remove("a");
    manifests.remove("c");
    daemon.wait_for(From::Out, "c  removed", 1);
    daemon.wait_until_idle();
    assert!(cm.state().runs("a"), "{}", cm.journal());
    daemon.end();
}

#[test]
fn an_invalid_file_keeps_everything_until_it_is_mended() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with("a").with("b");
    let daemon = pruning(&cm, &manifests);
    cm.clear_calls();
    fs::write(manifests.file("b"), "{").unwrap();
    daemon.wait_for(From::Out, "b.json  invalid", 1);
    manifests.remove("a");
    daemon.wait_for(From::Log, "nothing is pruned while", 1);
    daemon.wait_until_idle();
    assert_eq!(changes(&cm.calls()), [""; 0]);
    manifests.put("b", &manifest("b"));
    daemon.wait_for(From::Out, "a  removed", 1);
    assert_eq!(changes(&cm.calls()), ["Remove a"]);
    daemon.end();
}

#[test]
fn an_invalid_file_that_goes_keeps_nothing_any_more() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with("a").with("b");
    deploy(&cm, &manifests, &[]).expect_code(0);
    manifests.remove("a");
    fs::write(manifests.file("broken"), "{").unwrap();
    let daemon = pruning(&cm, &manifests);
    daemon.wait_for(From::Log, "nothing is pruned while", 1);
    fs::remove_file(manifests.file("broken")).unwrap();
    daemon.wait_for(From::Out, "a  removed", 1);
    assert!(cm.state().runs("b"));
    daemon.end();
}

#[test]
fn the_last_manifest_that_goes_takes_nothing_with_it() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with("a").with("b");
    let daemon = pruning(&cm, &manifests);
    manifests.remove("a");
    manifests.remove("b");
    daemon.wait_for(
        From::Log,
        "nothing is pruned while the directory is empty",
        1,
    );
    manifests.put("b", &manifest("b"));
    daemon.wait_for(From::Out, "a  removed", 1);
    assert!(cm.container("a").is_none() && cm.state().runs("b"));
    daemon.end();
}

#[test]
fn a_directory_that_goes_takes_nothing_with_it() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new();
    let directory = manifests.path().join("manifests");
    let aside = manifests.path().join("aside");
    fs::create_dir(&directory).unwrap();
    for name in ["a", "b"] {
        fs::write(
            directory.join(format!("{name}.json")),
            manifest(name).to_string(),
        )
        .unwrap();
    }
    let arguments = ["--prune", "--settle", "0"];
    let daemon = Daemon::start_at(&cm, &directory, &arguments).ready();
    daemon.wait_until_idle();
    cm.clear_calls();
    let begin = Instant::now();
    fs::remove_file(directory.join("a.json")).unwrap();
    daemon.wait_for(From::Log, "gone: a.json", 1);
    fs::rename(&directory, &aside).unwrap();
    daemon.wait_for_status(&format!("waiting for {}", directory.display()));
    // It is away when a's time comes.
    while begin.elapsed() < GONE + Duration::from_secs(1) {
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(changes(&cm.calls()), [""; 0]);
    fs::rename(&aside, &directory).unwrap();
    daemon.wait_for_status("1 container up to date");
    assert!(cm.state().runs("b"));
    daemon.end();
}
