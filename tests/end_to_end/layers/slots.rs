//! An A/B update: each slot brings its own manifests in its read-only root, the device's drop-ins on /data hold in both.

use super::{deploy_layers, env, setting};
use crate::common::following::Place;
use crate::common::{changes, kanto_cm};

/// A machine whose slot `a` is booted, with the device's own variable.
fn machine() -> Place {
    let place = Place::new();
    for directory in ["slot-a/manifests", "slot-b/manifests", "data/app.json.d"] {
        place.make(directory);
    }
    place.put("slot-a/manifests/app.json", 1);
    place.put("slot-b/manifests/app.json", 2);
    place.put("slot-b/manifests/new.json", 1);
    place.write("data/app.json.d/50-device.json", &setting("DEVICE=7"));
    place.link("slot-a", "root");
    place
}

fn boot(place: &Place, slot: &str) {
    place.link(slot, "root.new");
    place.rename("root.new", "root");
}

#[test]
fn each_boot_deploys_what_its_slot_brings_and_the_device_keeps_its_changes() {
    let (cm, place) = (kanto_cm().start(), machine());
    let deploy = || deploy_layers(&cm, &place, &["root/manifests", "data"], &["--prune"]);
    deploy().expect_code(0);
    assert_eq!(env(&cm, "app"), ["VERSION=1", "DEVICE=7"]);
    boot(&place, "slot-b");
    deploy().expect_code(0);
    assert_eq!(env(&cm, "app"), ["VERSION=2", "DEVICE=7"]);
    assert!(cm.state().runs("app") && cm.state().runs("new"));
    // The update is rolled back.
    boot(&place, "slot-a");
    deploy().expect_code(0);
    assert_eq!(env(&cm, "app"), ["VERSION=1", "DEVICE=7"]);
    assert!(cm.state().runs("app") && cm.container("new").is_none());
    cm.clear_calls();
    deploy().expect_code(0);
    let calls = cm.calls();
    assert!(changes(&calls).is_empty() && calls.len() == 1, "{calls:?}");
}

#[test]
fn a_drop_in_that_breaks_the_new_slots_manifest_fails_the_boot_check() {
    let (cm, place) = (kanto_cm().start(), machine());
    let deploy = || deploy_layers(&cm, &place, &["root/manifests", "data"], &[]);
    deploy().expect_code(0);
    boot(&place, "slot-b");
    place.write("slot-b/manifests/app.json", r#"{ "image": { "name": 7 } }"#);
    deploy()
        .expect_code(1)
        .expect_log("root/manifests/app.json:1:");
    assert_eq!(env(&cm, "app"), ["VERSION=1", "DEVICE=7"], "it runs on");
    assert!(cm.state().runs("app"));
}
