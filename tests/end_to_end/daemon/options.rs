//! What other options and paths mean together with `--daemon`.

use std::fs;

use serde_json::Value;

use crate::common::daemon::{Daemon, From};
use crate::common::replacing::{expect_running, version, version_of, version_running};
use crate::common::{changes, deploy, kanto_cm, manifest, run, Manifests};

/// Standard output, a document a line.
#[track_caller]
fn documents(daemon: &Daemon) -> Vec<Value> {
    let parse = |line: &String| {
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}\n{}", daemon.shown()))
    };
    daemon.lines(From::Out).iter().map(parse).collect()
}

#[test]
fn with_json_there_is_one_document_a_deployment() {
    let cm = kanto_cm().failing_pull("f", "no network").start();
    let manifests = Manifests::new().with("a").with_text("x.json", "{");
    let arguments = ["--output", "json", "--settle", "0"];
    let daemon = Daemon::start(&cm, &manifests, &arguments).ready();
    manifests.put("a", &version("a", 2));
    daemon.wait_for(From::Out, "replaced", 1);
    manifests.put("f", &manifest("f"));
    daemon.wait_for(From::Out, "no network", 1);
    let documents = documents(&daemon);
    let summary = |document: &Value| {
        let entries = document["manifests"].as_array().unwrap().clone();
        let results = entries
            .iter()
            .map(|entry| entry["status"].as_str().unwrap().to_owned());
        (
            document["exit_code"].as_u64().unwrap(),
            results.collect::<Vec<_>>(),
        )
    };
    let summaries: Vec<_> = documents.iter().map(summary).collect();
    let expected = [
        (1, vec!["deployed".to_owned(), "invalid".to_owned()]),
        (0, vec!["deployed".to_owned()]),
        (1, vec!["failed".to_owned()]),
    ];
    assert_eq!(summaries, expected, "{}", daemon.shown());
    assert_eq!(documents[1]["manifests"][0]["actions"][0], "replaced");
    assert_eq!(documents[2]["manifests"][0]["reason"], "no network");
    daemon.end();
}

#[test]
fn with_json_a_deployment_that_is_given_up_has_no_document() {
    let cm = kanto_cm().prepare();
    let manifests = Manifests::new().with("a");
    let arguments = ["--output", "json", "--settle", "0"];
    let daemon = Daemon::start(&cm, &manifests, &arguments);
    daemon.wait_for(From::Log, "waiting for Kanto-CM", 1);
    manifests.put("a", &version("a", 2));
    daemon.wait_for(From::Log, "changed: a.json", 1);
    cm.start_again();
    let daemon = daemon.ready();
    daemon.wait_for(From::Out, "created", 1);
    assert_eq!(documents(&daemon).len(), 1, "{}", daemon.shown());
    daemon.end();
}

#[test]
fn with_keep_existing_no_container_is_changed() {
    let cm = kanto_cm().first_versions(&["a"]).start();
    let manifests = Manifests::new().with_json("a", &version("a", 2));
    let arguments = ["--keep-existing", "--settle", "0"];
    let daemon = Daemon::start(&cm, &manifests, &arguments).ready();
    daemon.wait_for(From::Out, "a  runs, and is left as it is", 1);
    manifests.put("a", &version("a", 3));
    daemon.wait_for(From::Out, "a  runs, and is left as it is", 2);
    manifests.put("b", &version("b", 1));
    daemon.wait_for(From::Out, "b  created, started", 1);
    assert_eq!(changes(&cm.calls()), ["Create b", "Start b"]);
    assert_eq!(version_of(&cm, "a"), "VERSION=1");
    daemon.end();
}

#[test]
fn with_reapply_what_was_rolled_back_is_tried_once() {
    let missing = version_running("a", 2, &["/simulated/missing"]);
    let cm = kanto_cm().first_versions(&["a"]).start();
    let manifests = Manifests::new().with_json("a", &missing);
    deploy(&cm, &manifests, &["--settle", "0"]).expect_code(1);
    let daemon = Daemon::start(&cm, &manifests, &["--settle", "0"]).ready();
    daemon.wait_for(From::Out, "tried and rolled back", 1);
    daemon.wait_for_status("1 rolled back: a");
    daemon.end();
    let arguments = ["--reapply", "--settle", "0"];
    let daemon = Daemon::start(&cm, &manifests, &arguments).ready();
    daemon.wait_for(From::Out, "a  rolled back, failed: ", 1);
    daemon.wait_for_status("1 rolled back: a");
    cm.clear_calls();
    manifests.put("b", &manifest("b"));
    daemon.wait_for_status("1 container up to date, 1 rolled back: a");
    assert_eq!(changes(&cm.calls()), ["Create b", "Start b"]);
    expect_running(&cm, "a", 1);
    daemon.end();
}

#[test]
fn a_single_file_is_followed_and_nothing_beside_it() {
    let cm = kanto_cm().first_versions(&["a"]).start();
    let manifests = Manifests::new().with_json("a", &version("a", 1)).with("b");
    let daemon = Daemon::start_at(&cm, &manifests.file("a"), &["--settle", "0"]).ready();
    daemon.wait_for_status("1 container up to date");
    manifests.put("b", &version("b", 2));
    manifests.put("c", &manifest("c"));
    let aside = manifests.path().join("a.new");
    fs::write(&aside, version("a", 2).to_string()).unwrap();
    fs::rename(&aside, manifests.file("a")).unwrap();
    daemon.wait_for(From::Out, "a  replaced", 1);
    expect_running(&cm, "a", 2);
    manifests.remove("a");
    let file = manifests.file("a");
    daemon.wait_for_status(&format!("waiting for {}", file.display()));
    assert!(cm.state().runs("a"));
    manifests.put("a", &version("a", 3));
    daemon.wait_for(From::Out, "a  replaced", 2);
    expect_running(&cm, "a", 3);
    assert_eq!(cm.containers().len(), 1, "{:#?}", cm.containers());
    daemon.end();
}

#[test]
fn what_makes_no_sense_with_it_is_a_usage_error() {
    let manifests = Manifests::new().with("a");
    let directory = manifests.path().to_str().unwrap();
    let file = manifests.file("a");
    let file = file.to_str().unwrap();
    let mistakes: [(&[&str], &str); 5] = [
        (
            &["--daemon", "--dry-run", directory],
            "--dry-run and --daemon exclude each other",
        ),
        (
            &["--daemon", "--validate", directory],
            "--validate and --daemon exclude each other",
        ),
        (
            &["--daemon", "--render", directory],
            "--daemon and --render exclude each other",
        ),
        (
            &["--daemon", "--daemon", directory],
            "--daemon is given twice",
        ),
        (&["--daemon", "--prune", file], "--prune takes a directory"),
    ];
    for (arguments, problem) in mistakes {
        run(arguments).expect_code(2).expect_log(problem);
    }
}
