//! What keeps a container from being pruned though its manifest is gone. Each test is like the one that prunes, but for one
//! thing.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::json;
use simulated_kanto_cm::Process;

use super::removing::{a_is_gone, take_away};
use crate::common::agent::Agent;
use crate::common::{
    changes, deploy, deploy_command, image, kanto_cm, manifest, state_file, Manifests, Run, Running,
};

/// Prunes; nothing may be removed, and the exit code be this.
#[track_caller]
fn keeps_a(cm: &Process, manifests: &Manifests, arguments: &[&str], code: i32) -> Run {
    let run = deploy(cm, manifests, arguments);
    run.expect_code(code);
    let calls = changes(&cm.calls());
    assert!(
        !calls.iter().any(|call| call.starts_with("Remove")),
        "{calls:?}"
    );
    assert!(cm.state().runs("a"));
    run
}

#[test]
fn without_the_option_nothing_is_pruned() {
    let (cm, manifests) = a_is_gone();
    keeps_a(&cm, &manifests, &[], 0);
    keeps_a(&cm, &manifests, &["--reapply"], 0);
}

#[test]
fn nothing_is_pruned_when_the_directory_is_empty() {
    let (cm, manifests) = a_is_gone();
    take_away(&manifests, "b");
    keeps_a(&cm, &manifests, &["--prune"], 0).expect_lines(&["no manifests"]);
    // Nor where Kanto-CM is looked at all the same, for a replacement was interrupted.
    let record = fs::read_to_string(state_file(&cm)).unwrap();
    let (a, b) = record.split_once("\"b\"").unwrap();
    let trying = b.replacen("\"applied\"", "\"trying\"", 1);
    fs::write(state_file(&cm), format!("{a}\"b\"{trying}")).unwrap();
    keeps_a(&cm, &manifests, &["--prune"], 0);
    assert_ne!(cm.calls().len(), 0);
}

#[test]
fn nothing_is_pruned_when_the_directory_is_missing() {
    let (cm, manifests) = a_is_gone();
    fs::remove_dir_all(manifests.path()).unwrap();
    keeps_a(&cm, &manifests, &["--prune"], 4);
}

#[test]
fn nothing_is_pruned_when_a_file_is_no_manifest() {
    let (cm, manifests) = a_is_gone();
    for content in ["", "{", "{}", r#"{"container_name": "c"}"#] {
        fs::write(manifests.path().join("c.json"), content).unwrap();
        keeps_a(&cm, &manifests, &["--prune"], 1);
    }
}

#[test]
fn nothing_is_pruned_when_a_file_cannot_be_read() {
    let (cm, manifests) = a_is_gone();
    let file = manifests.path().join("c.json");
    symlink("nowhere", &file).unwrap();
    keeps_a(&cm, &manifests, &["--prune"], 1);
    fs::remove_file(&file).unwrap();
    fs::write(&file, " ".repeat(2 << 20)).unwrap();
    keeps_a(&cm, &manifests, &["--prune"], 1);
}

#[test]
fn nothing_is_pruned_when_strict_refuses_a_manifest() {
    let (cm, manifests) = a_is_gone();
    let mut unknown_key = manifest("c");
    unknown_key["replicas"] = json!(2);
    keeps_a(
        &cm,
        &manifests.with_json("c", &unknown_key),
        &["--prune", "--strict"],
        1,
    );
}

#[test]
fn what_another_manifest_claims_by_name_is_not_pruned() {
    let (cm, manifests) = a_is_gone();
    let container = json!({ "id": "c", "name": "a", "image": { "name": image("a") } });
    Agent::new(&cm).run(&container);
    cm.clear_calls();
    let mut claiming = manifest("a");
    claiming["container_id"] = json!("c");
    keeps_a(&cm, &manifests.with_json("c", &claiming), &["--prune"], 0);
    assert_eq!(changes(&cm.calls()), [""; 0]);
}

#[test]
fn what_another_manifest_claims_by_id_is_not_pruned() {
    let (cm, manifests) = a_is_gone();
    let mut claiming = manifest("a");
    claiming["container_name"] = json!("c");
    let run = deploy(&cm, &manifests.with_json("c", &claiming), &["--prune"]);
    run.expect_code(0);
    assert!(!run.stdout.contains("removed"), "{}", run.stdout);
    let now = cm.container("a").unwrap();
    assert_eq!((now.name.as_str(), now.running), ("c", true));
}

#[test]
fn what_somebody_else_has_made_is_not_pruned() {
    let cm = kanto_cm().running(&manifest("a")).start();
    let manifests = Manifests::new().with("a").with("b");
    deploy(&cm, &manifests, &[]).expect_code(0);
    take_away(&manifests, "a");
    keeps_a(&cm, &manifests, &["--prune"], 0);
}

#[test]
fn what_somebody_else_has_changed_is_not_pruned() {
    let (cm, manifests) = a_is_gone();
    Agent::new(&cm).limit_memory("a", "10M");
    keeps_a(&cm, &manifests, &["--prune"], 0);
}

#[test]
fn what_somebody_else_has_exchanged_is_not_pruned() {
    let (cm, manifests) = a_is_gone();
    let agent = Agent::new(&cm);
    agent.remove("a");
    agent.run(&json!({ "id": "a", "name": "a", "image": { "name": "other:1" } }));
    cm.clear_calls();
    keeps_a(&cm, &manifests, &["--prune"], 0);
}

#[test]
fn what_was_deployed_from_another_directory_is_not_pruned() {
    let (cm, _gone) = a_is_gone();
    keeps_a(&cm, &Manifests::new().with("b"), &["--prune"], 0);
}

#[test]
fn what_another_record_knows_is_not_pruned() {
    let (cm, manifests) = a_is_gone();
    let other = cm.directory().join("other.json");
    keeps_a(
        &cm,
        &manifests,
        &["--prune", "--state", other.to_str().unwrap()],
        0,
    );
    keeps_a(&cm, &manifests, &["--prune", "--state", "none"], 0);
}

/// Deploys what lies at `path`, written like this.
fn deploy_as(cm: &Process, path: &Path, arguments: &[&str]) -> Run {
    let command = deploy_command(cm, &Manifests::new(), arguments);
    let mut words: Vec<&OsStr> = command.get_args().collect();
    words.pop();
    let mut other = Command::new(command.get_program());
    other
        .args(words)
        .arg(path)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    Running::spawn(other).wait()
}

#[test]
fn a_single_file_says_nothing_about_others() {
    let (cm, manifests) = a_is_gone();
    let run = deploy_as(&cm, &manifests.path().join("b.json"), &["--prune"]);
    run.expect_code(2).expect_log("--prune takes a directory");
    assert_eq!(cm.calls().len(), 0);
    deploy_as(&cm, &manifests.path().join("b.json"), &[]).expect_code(0);
    assert!(cm.state().runs("a"));
}

#[test]
fn the_same_directory_may_be_written_in_other_ways() {
    let (cm, manifests) = a_is_gone();
    let other = format!("{}//./", manifests.path().display());
    deploy_as(&cm, other.as_ref(), &["--prune"]).expect_code(0);
    assert!(cm.container("a").is_none());
}

#[test]
fn a_symlink_is_the_same_directory_wherever_it_leads() {
    let cm = kanto_cm().start();
    let (both, only_b) = (
        Manifests::new().with("a").with("b"),
        Manifests::new().with("b"),
    );
    let link = cm.directory().join("manifests");
    symlink(both.path(), &link).unwrap();
    deploy_as(&cm, &link, &["--prune"]).expect_code(0);
    fs::remove_file(&link).unwrap();
    symlink(only_b.path(), &link).unwrap();
    keeps_a(&cm, &only_b, &["--prune"], 0);
    deploy_as(&cm, &link, &["--prune"]).expect_code(0);
    assert!(cm.container("a").is_none());
}

#[test]
fn what_two_directories_ask_for_is_not_removed() {
    let cm = kanto_cm().start();
    let there = Manifests::new().with("a");
    deploy(&cm, &there, &[]).expect_code(0);
    let here = Manifests::new().with("a").with("b");
    deploy(&cm, &here, &[]).expect_code(0);
    take_away(&here, "a");
    deploy(&cm, &here, &["--prune"]).expect_code(0);
    assert!(cm.state().runs("a"));
}
