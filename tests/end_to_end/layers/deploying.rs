//! Which manifest of several layers is deployed.

use super::{deploy_layers, env, path, two_layers};
use crate::common::{changes, kanto_cm, run, state_file};

#[test]
fn the_later_layer_wins_and_masks() {
    let (cm, place) = (kanto_cm().start(), two_layers());
    place.put("high/a.json", 2);
    place.link("/dev/null", "high/b.json");
    let run = deploy_layers(&cm, &place, &["low", "high"], &[]);
    run.expect_code(0)
        .expect_lines(&["a  created, started", "1 manifest: 1 deployed"]);
    run.expect_log("high/b.json masks the manifest of that name");
    assert_eq!(env(&cm, "a"), ["VERSION=2"]);
    assert_eq!(changes(&cm.calls()), ["Create a", "Start a"]);
}

#[test]
fn a_manifest_that_moves_to_another_layer_changes_nothing() {
    let (cm, place) = (kanto_cm().start(), two_layers());
    deploy_layers(&cm, &place, &["low", "high"], &[]).expect_code(0);
    let state = std::fs::read(state_file(&cm)).unwrap();
    cm.clear_calls();
    place.rename("low/a.json", "high/a.json");
    deploy_layers(&cm, &place, &["low", "high"], &[]).expect_code(0);
    // Nor does the order of the layers, as long as no file is in two.
    deploy_layers(&cm, &place, &["high", "low"], &[]).expect_code(0);
    let calls = cm.calls();
    assert!(changes(&calls).is_empty() && calls.len() == 2, "{calls:?}");
    assert_eq!(std::fs::read(state_file(&cm)).unwrap(), state);
}

#[test]
fn a_missing_layer_is_no_error_as_long_as_one_is_there() {
    let (cm, place) = (kanto_cm().start(), two_layers());
    let run = deploy_layers(&cm, &place, &["low", "missing"], &[]);
    run.expect_code(0)
        .expect_log("/missing does not exist: its manifests are left out");
    assert_eq!(cm.state().containers.len(), 2);
    let run = deploy_layers(&cm, &place, &["missing", "missing-too"], &[]);
    run.expect_code(4).expect_log("cannot read manifests from");
}

#[test]
fn the_state_file_lies_in_no_layer() {
    let (cm, place) = (kanto_cm().start(), two_layers());
    for layer in ["low", "high"] {
        let state = path(&place, &format!("{layer}/state.json"));
        let run = deploy_layers(&cm, &place, &["low", "high"], &["--state", &state]);
        run.expect_code(2).expect_log("lies among the manifests of");
    }
}

#[test]
fn two_layers_claim_no_container_from_each_other() {
    let (cm, place) = (kanto_cm().start(), two_layers());
    deploy_layers(&cm, &place, &["high", "low"], &[]).expect_code(0);
    place.put("high/a.json", 2);
    let run = deploy_layers(&cm, &place, &["low", "high"], &[]);
    run.expect_code(0);
    assert!(!run.stderr.contains("has deployed"), "{}", run.stderr);
    place.make("other");
    place.put("other/a.json", 3);
    deploy_layers(&cm, &place, &["other"], &[])
        .expect_code(0)
        .expect_log(&format!(
            "a: changing what {}:{} has deployed",
            path(&place, "high"),
            path(&place, "low")
        ));
}

#[test]
fn layers_are_validated_together() {
    let place = two_layers();
    place.write("high/a.json", "{");
    let (low, high) = (path(&place, "low"), path(&place, "high"));
    let both = run(&["--validate", &low, &high]);
    both.expect_code(1).expect_lines(&[
        &format!("{high}/a.json  invalid: 1:1: not valid JSON: the file ends within an object"),
        &format!("{low}/b.json   valid"),
        "2 manifests: 1 valid, 1 invalid",
    ]);
    run(&["--validate", &high, &low]).expect_code(0);
    run(&["--validate", "--strict", &low, &high, &low])
        .expect_code(1)
        .expect_log("low is given twice: one directory is one layer");
}
