//! Changes of the device to manifests of the image.

use super::{deploy_layers, env, path, setting, two_layers};
use crate::common::{changes, deploy, kanto_cm, manifest, run, Manifests};

#[test]
fn a_drop_in_of_any_layer_changes_the_manifest() {
    let (cm, place) = (kanto_cm().start(), two_layers());
    place.make("high/a.json.d");
    place.write("high/a.json.d/50-device.json", &setting("DEVICE=7"));
    deploy_layers(&cm, &place, &["low", "high"], &[]).expect_code(0);
    assert_eq!(env(&cm, "a"), ["VERSION=1", "DEVICE=7"]);
    assert_eq!(env(&cm, "b"), ["VERSION=1"]);
    cm.clear_calls();
    deploy_layers(&cm, &place, &["low", "high"], &[]).expect_code(0);
    let calls = cm.calls();
    assert!(changes(&calls).is_empty() && calls.len() == 1, "{calls:?}");
    place.remove("high/a.json.d/50-device.json");
    deploy_layers(&cm, &place, &["low", "high"], &[]).expect_code(0);
    assert_eq!(env(&cm, "a"), ["VERSION=1"]);
}

#[test]
fn one_directory_has_drop_ins_too() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with("a");
    std::fs::create_dir(manifests.path().join("a.json.d")).unwrap();
    let manifests = manifests.with_text("a.json.d/1.json", &setting("A=1"));
    deploy(&cm, &manifests, &[]).expect_code(0);
    assert_eq!(env(&cm, "a"), ["A=1"]);
}

#[test]
fn a_drop_in_that_breaks_its_manifest_leaves_the_container_as_it_is() {
    let (cm, place) = (kanto_cm().start(), two_layers());
    deploy_layers(&cm, &place, &["low", "high"], &[]).expect_code(0);
    place.make("high/a.json.d");
    place.write(
        "high/a.json.d/1.json",
        "{ \"image\": null,\n  \"host_config\": { \"privileged\": 1 } }",
    );
    cm.clear_calls();
    let run = deploy_layers(&cm, &place, &["low", "high"], &["-o", "json"]);
    let drop_in = path(&place, "high/a.json.d/1.json");
    run.expect_code(1)
        .expect_log(&format!("error: {drop_in}:1:12: image.name: "))
        .expect_log(&format!(
            "error: {drop_in}:2:34: host_config.privileged: expected true or false, found 1"
        ));
    let entry = &run.json()["manifests"][0];
    assert_eq!(entry["file"], path(&place, "low/a.json"));
    let first = entry["errors"][0].as_str().unwrap();
    assert!(first.starts_with(&drop_in), "{first}");
    assert!(changes(&cm.calls()).is_empty() && cm.state().runs("a"));
    place.remove("high/a.json.d/1.json");
    deploy_layers(&cm, &place, &["low", "high"], &[]).expect_code(0);
    assert!(changes(&cm.calls()).is_empty() && cm.state().runs("a"));
}

#[test]
fn a_conflict_names_the_drop_in_that_brought_the_port() {
    let place = two_layers();
    let port =
        r#"{ "host_config": { "port_mappings": [ { "host_port": 80, "container_port": 80 } ] } }"#;
    for name in ["a", "b"] {
        place.make(&format!("high/{name}.json.d"));
        place.write(&format!("high/{name}.json.d/port.json"), port);
    }
    let run = run(&["--validate", &path(&place, "low"), &path(&place, "high")]);
    run.expect_code(0).expect_log(&format!(
        "warning: {}:1:54: host_config.port_mappings[0].host_port: host port 80/tcp is claimed by {} too",
        path(&place, "high/b.json.d/port.json"),
        path(&place, "high/a.json.d/port.json")
    ));
}

#[test]
fn a_drop_in_without_a_manifest_is_a_warning_and_strict_takes_it_for_an_error() {
    let place = two_layers();
    place.make("high/typo.json.d");
    place.write("high/typo.json.d/1.json", "{}");
    let (low, high) = (path(&place, "low"), path(&place, "high"));
    let warning =
        format!("the drop-ins in {high}/typo.json.d are for a manifest that does not exist");
    run(&["--validate", &low, &high])
        .expect_code(0)
        .expect_log(&format!("warning: {warning}"));
    run(&["--validate", "--strict", &low, &high])
        .expect_code(1)
        .expect_log(&warning);
}

#[test]
fn values_of_variables_are_not_in_messages() {
    let manifests = Manifests::new().with_json("a", &manifest("a"));
    std::fs::create_dir(manifests.path().join("a.json.d")).unwrap();
    let secret = r#"{ "config": { "env": [ "TOKEN=secret", "=secret", { "secret": 1 } ] } }"#;
    let manifests = manifests.with_text("a.json.d/1.json", secret);
    let run = run(&["--validate", manifests.path().to_str().unwrap()]);
    run.expect_code(1).expect_log("a.json.d/1.json:1:");
    assert!(
        !run.stderr.contains("secret") && !run.stdout.contains("secret"),
        "{}",
        run.stderr
    );
}
