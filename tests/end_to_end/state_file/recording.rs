//! The record of what was applied: what is in it, when it is written, and what becomes of a run without a good one.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use serde_json::{json, Value};
use simulated_kanto_cm::Process;

use crate::common::apart::{in_own_mounts, Mounted};
use crate::common::{
    changes, deploy, deploy_command, kanto_cm, manifest, state_file, Manifests, Running,
};

fn level(level: &str) -> Value {
    let mut manifest = manifest("a");
    manifest["config"] = json!({ "env": [format!("LEVEL={level}")] });
    manifest
}

/// The entries of a record.
fn entries(file: &Path) -> Vec<Value> {
    let document: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    assert_eq!(document["version"], 1);
    document["containers"].as_array().unwrap().clone()
}

/// With `LEVEL=info`, deployed.
fn deployed() -> (Process, Manifests) {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with_json("a", &level("info"));
    deploy(&cm, &manifests, &[]).expect_code(0);
    cm.clear_calls();
    (cm, manifests)
}

fn env(cm: &Process) -> Value {
    cm.container("a").unwrap().whole["config"]["env"].clone()
}

#[test]
fn what_is_applied_is_recorded_however_it_was_applied() {
    let (cm, manifests) = deployed();
    let created = entries(&state_file(&cm)).remove(0);
    let directory = manifests.path().to_str().unwrap().to_owned();
    let mut before = created.clone();
    let mut limited = level("info");
    limited["host_config"] = json!({ "resources": { "memory": "10M" } });
    let mut manifests = manifests;
    for (wanted, line) in [(limited, "a  updated"), (level("debug"), "a  replaced")] {
        manifests = manifests.with_json("a", &wanted);
        let run = deploy(&cm, &manifests, &[]);
        run.expect_code(0)
            .expect_lines(&[line, "1 manifest: 1 deployed"]);
        let now = entries(&state_file(&cm)).remove(0);
        assert_ne!(now["digest"], before["digest"], "{line}");
        assert_ne!(now["made"], before["made"], "{line}");
        before = now;
    }
    for (entry, was_replaced) in [(created, false), (before, true)] {
        let mut expected = json!({
            "name": "a", "id": "a", "directory": directory, "digest": entry["digest"], "made": entry["made"],
            "state": "applied", "created": true,
        });
        if was_replaced {
            expected["before"] = entry["before"].clone();
            assert!(expected["before"].is_string());
        }
        assert_eq!(entry, expected);
    }
}

#[test]
fn what_was_up_to_date_is_recorded_as_not_created_here() {
    let cm = kanto_cm().running(&manifest("a")).start();
    deploy(&cm, &Manifests::new().with("a").with("b"), &[]).expect_code(0);
    let created: Vec<Value> = entries(&state_file(&cm))
        .iter()
        .map(|entry| entry["created"].clone())
        .collect();
    assert_eq!(created, [false, true]);
}

#[test]
fn a_run_that_changes_nothing_does_not_touch_it() {
    let (cm, manifests) = deployed();
    let seen = || {
        let file = fs::metadata(state_file(&cm)).unwrap();
        let directory = fs::metadata(cm.directory()).unwrap();
        (
            file.ino(),
            file.mtime_nsec(),
            file.ctime_nsec(),
            directory.mtime_nsec(),
        )
    };
    let before = seen();
    deploy(&cm, &manifests, &[]).expect_code(0);
    deploy(&cm, &manifests, &["--dry-run"]).expect_code(0);
    assert_eq!(seen(), before);
    deploy(
        &cm,
        &manifests.with_json("a", &level("debug")),
        &["--dry-run"],
    )
    .expect_code(0);
    assert_eq!(
        seen(),
        before,
        "nor does a dry run that would change something"
    );
}

#[test]
fn one_that_was_lost_has_what_differs_replaced() {
    let (cm, manifests) = deployed();
    fs::remove_file(state_file(&cm)).unwrap();
    let run = deploy(&cm, &manifests.with_json("a", &level("debug")), &[]);
    run.expect_code(0)
        .expect_lines(&["a  replaced", "1 manifest: 1 deployed"]);
    assert!(!run.stderr.contains("the record"), "{}", run.stderr);
}

/// Nobody can create a file in these places, root neither.
#[test]
fn one_that_cannot_be_written_is_one_warning() {
    let (cm, manifests) = deployed();
    let below_a_file = cm.directory().join("applied.json/applied.json");
    let mut manifests = manifests;
    for (n, state) in ["/proc/applied.json", below_a_file.to_str().unwrap()]
        .into_iter()
        .enumerate()
    {
        manifests = manifests
            .with_json("a", &level(&n.to_string()))
            .with(&format!("b{n}"));
        let run = deploy(&cm, &manifests, &["--state", state]);
        run.expect_code(0)
            .expect_log("what is applied now will not be known at the next run");
        let warnings = run
            .stderr
            .lines()
            .filter(|line| line.contains("will not be known"));
        assert_eq!(warnings.count(), 1, "{}", run.stderr);
        assert_eq!(env(&cm), json!([format!("LEVEL={n}")]));
        assert!(cm.state().runs(&format!("b{n}")));
    }
}

#[test]
fn on_a_full_disk_nothing_is_replaced_and_all_else_goes_on() {
    in_own_mounts(|| {
        let here = tempfile::TempDir::new().unwrap();
        let disk = Mounted::of_size(here.path().to_owned(), "64k");
        let state = here.path().join("applied.json");
        let with_state = ["--state", state.to_str().unwrap()];
        let cm = kanto_cm().start();
        let manifests = Manifests::new().with_json("a", &level("info"));
        deploy(&cm, &manifests, &with_state).expect_code(0);
        cm.clear_calls();
        let (before, record) = (cm.container("a").unwrap(), entries(&state));
        let manifests = manifests.with_json("a", &level("debug")).with("b");
        disk.resize("4k");
        let run = deploy(
            &cm,
            &manifests,
            &[&with_state[..], &["-o", "json"]].concat(),
        );
        let document = run.expect_code(1).json();
        let reason = document["manifests"][0]["reason"].as_str().unwrap();
        assert!(
            reason.contains("cannot write the state file") && reason.contains("No space left"),
            "{reason}"
        );
        assert_eq!(
            document["manifests"][1]["actions"],
            json!(["created", "started"])
        );
        assert_eq!(changes(&cm.calls()), ["Create b", "Start b"]);
        let now = cm.container("a").unwrap();
        assert_eq!(
            (now.pid, now.running, now.whole),
            (before.pid, true, before.whole)
        );
        assert_eq!(entries(&state), record, "the old record is whole");
        let rest = fs::read_dir(here.path()).unwrap();
        assert_eq!(rest.count(), 1, "only the state file");
        disk.resize("64k");
        let run = deploy(&cm, &manifests, &with_state);
        run.expect_code(0).expect_lines(&[
            "a  replaced",
            "b  up to date",
            "2 manifests: 1 deployed, 1 up to date",
        ]);
    });
}

#[test]
fn without_a_record_all_works_and_nothing_is_written() {
    let cm = kanto_cm().start();
    let here = tempfile::TempDir::new().unwrap();
    let mut manifests = Manifests::new();
    for (wanted, line) in [
        (level("info"), "a  created, started"),
        (level("debug"), "a  replaced"),
    ] {
        manifests = manifests.with_json("a", &wanted);
        let mut command = deploy_command(&cm, &manifests, &["--state", "none"]);
        command.current_dir(here.path());
        let run = Running::spawn(command).wait();
        run.expect_code(0)
            .expect_lines(&[line, "1 manifest: 1 deployed"]);
    }
    assert!(!state_file(&cm).exists());
    assert_eq!(fs::read_dir(here.path()).unwrap().count(), 0);
}

#[test]
fn its_directory_is_made() {
    let cm = kanto_cm().start();
    let file = cm.directory().join("not/there/yet.json");
    let state = file.to_str().unwrap();
    deploy(&cm, &Manifests::new().with("a"), &["--state", state]).expect_code(0);
    assert_eq!(entries(&file).len(), 1);
}
