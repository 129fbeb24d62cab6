//! What is at the state file's path already: a damaged one of ours is kept aside, and nothing else is ever overwritten.

use std::fs;
use std::os::unix::fs::{symlink, PermissionsExt};
use std::path::Path;

use serde_json::Value;
use simulated_kanto_cm::Process;

use crate::common::daemon::{Daemon, From};
use crate::common::replacing::level;
use crate::common::{after, deploy, deploy_command, kanto_cm, state_file, Manifests, Run, Running};

/// With `LEVEL=info`, deployed.
fn deployed() -> (Process, Manifests) {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with_json("a", &level("info"));
    deploy(&cm, &manifests, &[]).expect_code(0);
    cm.clear_calls();
    (cm, manifests)
}

/// What becomes of a state file's text.
type Spoil = fn(&str) -> Vec<u8>;

const DAMAGED: [(&str, Spoil); 9] = [
    ("cut", |text| text.as_bytes()[..text.len() / 2].to_vec()),
    ("cut in the header", |text| text.as_bytes()[..14].to_vec()),
    ("zeros at the end", |text| {
        [&text.as_bytes()[..60], &[0; 40]].concat()
    }),
    ("zeros only, as XFS leaves them", |_| vec![0; 4096]),
    ("empty", |_| Vec::new()),
    ("newer", |text| {
        text.replace("\"version\":1", "\"version\":2").into()
    }),
    ("not text", |text| {
        [&text.as_bytes()[..60], &[0xFF; 9]].concat()
    }),
    ("more after its end", |text| format!("{text}{text}").into()),
    ("too large", |text| {
        [text.as_bytes(), &vec![b' '; 4 << 20]].concat()
    }),
];

#[test]
fn a_damaged_one_is_one_warning_and_kept_aside() {
    for (what, spoil) in DAMAGED {
        let (cm, manifests) = deployed();
        let file = state_file(&cm);
        let manifests = manifests.with_json("a", &level("debug"));
        let spoilt = spoil(&fs::read_to_string(&file).unwrap());
        fs::write(&file, &spoilt).unwrap();
        let aside = file.with_extension("json.damaged");
        deploy(&cm, &manifests, &["--dry-run"]).expect_code(0);
        assert!(
            !aside.exists() && fs::read(&file).unwrap() == spoilt,
            "{what}"
        );
        let run = deploy(&cm, &manifests, &[]);
        run.expect_code(0)
            .expect_log(": going on as if there were none\n")
            .expect_lines(&["a  replaced", "1 manifest: 1 deployed"]);
        let warnings = run
            .stderr
            .lines()
            .filter(|line| line.starts_with("warning: cannot read the state file"));
        assert_eq!(warnings.count(), 1, "{what}: {}", run.stderr);
        assert_eq!(fs::read(&aside).unwrap(), spoilt, "{what}");
        let shown = format!("the old state file is kept as {}", aside.display());
        run.expect_log(&shown);
        let now: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        assert_eq!(now["containers"][0]["name"], "a", "{what}");
    }
}

/// Demands that the state file's path is a usage error with this in it, and that nothing has changed.
#[track_caller]
fn expect_refused(cm: &Process, run: &Run, problem: &str) {
    run.expect_code(2)
        .expect_log("error: --state: ")
        .expect_log(problem)
        .expect_log(": name another file, or none\n")
        .expect_lines(&[]);
    assert!(cm.calls().is_empty(), "{}", cm.journal());
}

#[test]
fn what_is_no_state_file_is_a_usage_error_and_stays() {
    let (cm, manifests) = deployed();
    let file = cm.directory().join("precious");
    let state = file.to_str().unwrap();
    for content in [
        "no state file",
        "{}",
        "{\"version\":1}",
        "{\"version\":1,\"services\":{}}",
        "{\"version\":1,\"containers\":{}}",
        "{\"containers\":[]}",
        "\u{feff}{\"version\":1,\"containers\":[]}",
        "# key = value\n",
        "-----BEGIN PRIVATE KEY-----\n",
        "[1, 2, 3]",
    ] {
        fs::write(&file, content).unwrap();
        for more in [&[][..], &["--dry-run"], &["--reapply"]] {
            let arguments = [&["--state", state], more].concat();
            let run = deploy(&cm, &manifests, &arguments);
            let problem = format!("{state} is no state file, and is not overwritten");
            expect_refused(&cm, &run, &problem);
        }
        assert_eq!(fs::read_to_string(&file).unwrap(), content);
    }
}

#[test]
fn what_is_no_regular_file_is_a_usage_error() {
    let (cm, manifests) = deployed();
    for path in [cm.directory(), Path::new("/dev/null"), &cm.socket()] {
        let state = path.to_str().unwrap();
        let run = deploy(&cm, &manifests, &["--state", state]);
        expect_refused(&cm, &run, &format!("{state} is not a regular file"));
    }
}

#[test]
fn one_that_is_written_by_hand_counts() {
    let (cm, manifests) = deployed();
    let file = state_file(&cm);
    let document: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    let entries = &document["containers"];
    for text in [
        format!("{document:#}"),
        format!("{{\"containers\": {entries}, \"version\": 1}}"),
    ] {
        fs::write(&file, &text).unwrap();
        let run = deploy(&cm, &manifests, &[]);
        run.expect_code(0)
            .expect_lines(&["a  up to date", "1 manifest: 1 up to date"]);
        assert!(!run.stderr.contains("state file"), "{}", run.stderr);
    }
}

#[test]
fn a_path_among_the_manifests_is_a_usage_error() {
    let (cm, manifests) = deployed();
    let elsewhere = cm.directory().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let link = elsewhere.join("link");
    symlink(manifests.path(), &link).unwrap();
    // Leads into the directory, to a file that is not there yet.
    let dangling = elsewhere.join("dangling");
    symlink(link.join("not-yet.json"), &dangling).unwrap();
    let inside = manifests.path().join("applied.json");
    let dotted = elsewhere.join("../elsewhere/link/./state");
    let below = manifests.path().join("below/that/state");
    let a_manifest = manifests.file("a");
    for path in [
        &inside,
        &link.join("x"),
        &dangling,
        &dotted,
        &below,
        &a_manifest,
    ] {
        let state = path.to_str().unwrap();
        let run = deploy(&cm, &manifests, &["--state", state]);
        let problem = format!("{state} lies among the manifests of ");
        expect_refused(&cm, &run, &problem);
    }
    let names = fs::read_dir(manifests.path()).unwrap();
    assert_eq!(names.count(), 1, "nothing was made");
    // As a relative path.
    let mut inside = deploy_command(&cm, &manifests, &["--state", "applied.json"]);
    inside.current_dir(manifests.path());
    expect_refused(&cm, &Running::spawn(inside).wait(), "applied.json lies");
    // Beside the directory it may be.
    let beside = manifests.path().with_extension("json");
    let run = deploy(&cm, &manifests, &["--state", beside.to_str().unwrap()]);
    fs::remove_file(&beside).unwrap();
    run.expect_code(0);
}

#[test]
fn the_daemon_refuses_the_same() {
    let (cm, manifests) = deployed();
    let state = manifests.path().join("state");
    let daemon = Daemon::start(&cm, &manifests, &["--state", state.to_str().unwrap()]);
    daemon.wait_for(From::Log, "error: --state: ", 1);
    daemon.wait_for_end(2);
    assert!(cm.calls().is_empty() && !state.exists());
}

#[test]
fn what_is_made_is_for_its_owner_only_whatever_the_umask() {
    let (cm, manifests) = deployed();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    for (n, mask) in [0, 0o027, 0o777].into_iter().enumerate() {
        let top = cm.directory().join(format!("top{n}"));
        let file = top.join("below/state");
        let state = file.to_str().unwrap();
        let script = format!("umask {mask:o}");
        let command = deploy_command(&cm, &manifests, &["--state", state]);
        Running::spawn(after(&script, &command))
            .wait()
            .expect_code(0);
        let modes = [mode(&top), mode(&top.join("below")), mode(&file)];
        assert_eq!(modes, [0o700, 0o700, 0o600], "umask {mask:o}");
    }
}
