//! Invalid manifests, and checking them without Kanto-CM.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use crate::common::{changes, deploy, kanto_cm, manifest, run, Manifests};

#[test]
fn a_bad_manifest_does_not_keep_the_others_back() {
    let cm = kanto_cm().start();
    let mut bad = manifest("bad");
    bad["host_config"] = json!({ "port_mappings": [{ "container_port": 1, "host_port": 70_000 }] });
    let manifests = Manifests::new()
        .with("a")
        .with_json("bad", &bad)
        .with_text("broken.json", "{ \"image\": ");
    let run = deploy(&cm, &manifests, &[]);
    run.expect_code(1)
        .expect_log("error: bad.json:1:")
        .expect_log("host_config.port_mappings[0].host_port: ");
    run.expect_log("error: broken.json:1:");
    assert!(
        run.stdout.ends_with("3 manifests: 1 deployed, 2 invalid\n"),
        "{}",
        run.stdout
    );
    assert_eq!(changes(&cm.calls()), ["Create a", "Start a"]);
}

#[test]
fn a_manifest_that_becomes_invalid_leaves_its_container_alone() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with("a");
    deploy(&cm, &manifests, &[]).expect_code(0);
    cm.clear_calls();
    deploy(&cm, &manifests.with_text("a.json", "{}"), &[]).expect_code(1);
    let calls = cm.calls();
    assert!(changes(&calls).is_empty() && calls.len() == 1, "{calls:?}");
    assert!(cm.state().runs("a"));
}

#[test]
fn strict_takes_warnings_for_errors() {
    let cm = kanto_cm().start();
    let mut unknown_key = manifest("unknown");
    unknown_key["replicas"] = json!(2);
    let manifests = Manifests::new()
        .with("a")
        .with_json("unknown", &unknown_key);
    deploy(&cm, &manifests, &["--strict"])
        .expect_code(1)
        .expect_log("error: unknown.json:1:");
    assert_eq!(
        changes(&cm.calls()),
        ["Create a", "Start a"],
        "the conversion of a is no such warning"
    );
    deploy(&cm, &manifests, &[])
        .expect_code(0)
        .expect_log("warning: unknown.json:1:");
}

#[test]
fn a_single_file_is_a_manifest_too() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with("a").with("b");
    let file = manifests.path().join("b.json");
    run(&[
        "--settle=0",
        "--socket-cm",
        cm.socket().to_str().unwrap(),
        file.to_str().unwrap(),
    ])
    .expect_code(0);
    assert_eq!(changes(&cm.calls()), ["Create b", "Start b"]);
}

#[test]
fn validating_needs_no_kanto_cm() {
    let good = Manifests::leda();
    let bad = Manifests::new()
        .with_text("x.json", "{ \"image\": {} }")
        .with("y");
    let (good, bad) = (good.path().to_str().unwrap(), bad.path().to_str().unwrap());
    let fine = run(&["--validate", good]);
    fine.expect_code(0).expect_lines(&[
        &format!("{good}/databroker.json  valid"),
        &format!("{good}/feedercan.json   valid"),
        &format!("{good}/feedergps.json   valid"),
        &format!("{good}/sua.json         valid"),
        "4 manifests: 4 valid",
    ]);
    let both = run(&[
        "--validate",
        good,
        &format!("{bad}/x.json"),
        &format!("{bad}/y.json"),
        "-o",
        "json",
    ]);
    both.expect_code(1).expect_log("image");
    assert_eq!(both.json()["manifests"].as_array().unwrap().len(), 6);
    run(&["--validate", "--strict", good]).expect_code(0);
    let port = json!([{ "container_port": 80, "host_port": 80, "host_ip": "localhost" }]);
    let mut everywhere = manifest("z");
    everywhere["host_config"] = json!({ "port_mappings": port });
    let everywhere = Manifests::new().with_json("z", &everywhere);
    run(&[
        "--validate",
        "--strict",
        everywhere.path().to_str().unwrap(),
    ])
    .expect_code(1)
    .expect_log("host_ip");
}

#[test]
fn strict_takes_a_directory_that_anybody_can_write_for_an_error() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with("a");
    fs::set_permissions(manifests.path(), fs::Permissions::from_mode(0o777)).unwrap();
    deploy(&cm, &manifests, &[])
        .expect_code(0)
        .expect_log("warning: /");
    let strict = deploy(&cm, &manifests, &["--strict", "-o", "json"]);
    strict.expect_code(1).expect_log("can be written by");
    assert!(strict.json()["error"]
        .as_str()
        .unwrap()
        .contains("can be written by"));
}

#[test]
fn validating_accepts_a_directory_that_anybody_can_write() {
    let manifests = Manifests::new().with("a");
    let file = manifests.path().join("a.json");
    for (path, mode) in [(manifests.path(), 0o777), (&file, 0o666)] {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }
    let path = manifests.path().to_str().unwrap();
    run(&["--validate", "--strict", path]).expect_code(0);
    let cm = kanto_cm().start();
    deploy(&cm, &manifests, &["--strict"]).expect_code(1);
}

#[test]
fn nothing_to_deploy_is_said_and_an_error_with_strict() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with_text("a.yaml", "image: a");
    let warning = format!("no manifests in {}", manifests.path().display());
    let path = manifests.path().to_str().unwrap();
    for strict in [&[][..], &["--strict"]] {
        let code = i32::from(!strict.is_empty());
        let checked = run(&[&["--validate", path], strict].concat());
        for run in [checked, deploy(&cm, &manifests, strict)] {
            run.expect_code(code).expect_log(&warning);
            run.expect_log("not looked at in ").expect_log(": a.yaml; ");
        }
    }
}

#[test]
fn garbage_does_not_fill_the_journal() {
    let entries = vec![json!(1); 5_000];
    let mut bad = manifest("bad");
    bad["config"] = json!({ "env": entries });
    let manifests = Manifests::new().with_json("bad", &bad);
    let run = run(&["--validate", manifests.path().to_str().unwrap()]);
    run.expect_code(1)
        .expect_log("4900 more problems are not shown");
    assert!(run.stderr.lines().count() < 110);
}
