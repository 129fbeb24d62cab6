//! `--prune` with several layers.

use super::{deploy_layers, path, two_layers};
use crate::common::{changes, kanto_cm, run};

#[test]
fn a_container_whose_manifest_is_masked_or_gone_from_all_layers_is_removed() {
    let (cm, place) = (kanto_cm().start(), two_layers());
    place.put("high/c.json", 1);
    deploy_layers(&cm, &place, &["low", "high"], &["--prune"]).expect_code(0);
    cm.clear_calls();
    place.link("/dev/null", "high/a.json");
    place.remove("high/c.json");
    deploy_layers(&cm, &place, &["low", "high"], &["--prune"]).expect_code(0);
    let mut calls = changes(&cm.calls());
    calls.sort();
    assert_eq!(calls, ["Remove a", "Remove c"]);
}

#[test]
fn an_empty_file_that_a_power_cut_left_removes_no_container() {
    let (cm, place) = (kanto_cm().start(), two_layers());
    deploy_layers(&cm, &place, &["low", "high"], &["--prune"]).expect_code(0);
    cm.clear_calls();
    place.write("high/a.json", "");
    let run = deploy_layers(&cm, &place, &["low", "high"], &["--prune"]);
    run.expect_code(1).expect_log(&format!(
        "error: {}: is empty, as a power cut leaves a file; a mask is a symlink to /dev/null",
        path(&place, "high/a.json")
    ));
    assert!(changes(&cm.calls()).is_empty() && cm.state().runs("a"));
}

#[test]
fn nothing_is_pruned_while_a_layer_is_missing() {
    let (cm, place) = (kanto_cm().start(), two_layers());
    place.put("high/c.json", 1);
    deploy_layers(&cm, &place, &["low", "high"], &["--prune"]).expect_code(0);
    cm.clear_calls();
    place.rename("high", "elsewhere");
    for _ in 0..2 {
        let run = deploy_layers(&cm, &place, &["low", "high"], &["--prune"]);
        run.expect_code(0)
            .expect_log("nothing is pruned while a layer does not exist");
    }
    assert!(changes(&cm.calls()).is_empty() && cm.state().runs("c"));
    place.rename("elsewhere", "high");
    place.remove("high/c.json");
    deploy_layers(&cm, &place, &["low", "high"], &["--prune"]).expect_code(0);
    assert_eq!(changes(&cm.calls()), ["Remove c"]);
}

#[test]
fn containers_of_one_directory_are_those_of_layers_with_it_and_not_the_other_way_round() {
    let (cm, place) = (kanto_cm().start(), two_layers());
    deploy_layers(&cm, &place, &["low"], &[]).expect_code(0);
    place.put("high/c.json", 1);
    deploy_layers(&cm, &place, &["low", "high"], &[]).expect_code(0);
    place.remove("low/a.json");
    deploy_layers(&cm, &place, &["low"], &["--prune"]).expect_code(0);
    assert_eq!(cm.state().containers.len(), 3);
    cm.clear_calls();
    deploy_layers(&cm, &place, &["low", "high"], &["--prune"]).expect_code(0);
    assert_eq!(changes(&cm.calls()), ["Remove a"]);
}

#[test]
fn a_file_among_the_layers_says_nothing_about_others() {
    let place = two_layers();
    run(&[
        "--prune",
        &path(&place, "high"),
        &path(&place, "low/a.json"),
    ])
    .expect_code(2)
    .expect_log("--prune takes a directory");
}
