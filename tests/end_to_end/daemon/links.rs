//! Manifests that are symlinks: what happens to the files that they lead to.

use std::fs;

use crate::common::daemon::From;
use crate::common::following::{Following, Place};

/// `m/a.json` leads over another symlink to `files/a.json`; `m/b.json` is a file.
fn linked() -> Following {
    let place = Place::with(&["b"]);
    place.make("files");
    place.put("files/a.json", 1);
    place.link("files/a.json", "middle.json");
    place.link("../middle.json", "m/a.json");
    place.follow("m", &[])
}

#[test]
fn the_target_is_written_in_place() {
    let following = linked();
    for number in 2..4 {
        following.put("files/a.json", number);
        following.expect_replaced("a", number);
    }
}

#[test]
fn the_target_is_renamed_over() {
    let following = linked();
    for number in 2..4 {
        following.make("new");
        following.put("new/a.json", number);
        following.rename("new/a.json", "files/a.json");
        following.expect_replaced("a", number);
    }
}

#[test]
fn the_target_is_removed_and_comes_back() {
    let following = linked();
    following.remove("files/a.json");
    let missing = "error: a.json: a symlink to a file that does not exist";
    following.daemon.wait_for(From::Log, missing, 1);
    following
        .daemon
        .wait_for_status("1 container up to date, 1 invalid: a.json");
    following.expect_changes(&[]);
    following.put("files/a.json", 1);
    following.daemon.wait_for_status("2 containers up to date");
    following.expect_changes(&[]);
    following.put("files/a.json", 2);
    following.expect_replaced("a", 2);
}

#[test]
fn the_directory_of_the_target_is_replaced() {
    let following = linked();
    following.make("new");
    following.put("new/a.json", 2);
    following.rename("files", "old");
    following.rename("new", "files");
    following.expect_replaced("a", 2);
    // What it was is of no interest any more.
    following.put("old/a.json", 3);
    following.expect_nothing_until("m/z.json");
}

#[test]
fn a_symlink_in_the_middle_leads_elsewhere() {
    let following = linked();
    following.make("other");
    following.put("other/a.json", 2);
    following.link("other/a.json", "next.json");
    following.rename("next.json", "middle.json");
    following.expect_replaced("a", 2);
}

#[test]
fn the_symlink_itself_becomes_a_file_and_a_symlink_again() {
    let following = linked();
    following.remove("m/a.json");
    following.put("m/a.json", 2);
    following.expect_replaced("a", 2);
    following.put("files/a.json", 3);
    following.link("../files/a.json", "m/.next");
    following.rename("m/.next", "m/a.json");
    following.expect_replaced("a", 3);
}

#[test]
fn a_symlink_to_itself_is_an_error_until_it_leads_somewhere() {
    let following = linked();
    following.link("c.json", "m/c.json");
    following
        .daemon
        .wait_for(From::Log, "error: c.json: cannot be read:", 1);
    following.expect_changes(&[]);
    following.put("c.json", 1);
    following.link("../c.json", "m/.next");
    following.rename("m/.next", "m/c.json");
    following.expect_deployed("c", 1);
}

/// A volume as Kubernetes fills it from a `ConfigMap`: `a.json -> ..data/a.json`, `..data -> ..1`, and all files in `..1`.
fn volume() -> Place {
    let place = Place::new();
    publish(&place, 1, &[("a", 1), ("b", 1)]);
    for name in ["a", "b"] {
        place.link(&format!("..data/{name}.json"), &format!("m/{name}.json"));
    }
    place
}

/// Writes all files again into a directory of their own, and lets `..data` lead there from one moment to the next.
fn publish(place: &Place, directory: u32, files: &[(&str, u32)]) {
    place.make(&format!("m/..{directory}"));
    for (name, number) in files {
        place.put(&format!("m/..{directory}/{name}.json"), *number);
    }
    place.link(&format!("..{directory}"), "m/..data_tmp");
    place.rename("m/..data_tmp", "m/..data");
}

#[test]
fn kubernetes_swaps_all_files_and_the_changed_one_is_deployed() {
    let following = volume().follow("m", &[]);
    publish(&following, 2, &[("a", 2), ("b", 1)]);
    following.remove_all("m/..1");
    following.expect_replaced("a", 2);
    following.daemon.wait_for(From::Log, "changed: a.json", 1);
    following.daemon.wait_for(From::Log, "touched: b.json", 1);
    publish(&following, 3, &[("a", 2), ("b", 3)]);
    following.remove_all("m/..2");
    following.expect_replaced("b", 3);
}

#[test]
fn kubernetes_adds_a_file_and_takes_one_away() {
    let following = volume().follow("m", &[]);
    publish(&following, 2, &[("b", 1), ("c", 1)]);
    following.link("..data/c.json", "m/c.json");
    following.remove("m/a.json");
    following.remove_all("m/..1");
    following.expect_deployed("c", 1);
    following.daemon.wait_for_status("2 containers up to date");
    assert!(following.cm.state().runs("a"), "it stays");
    assert!(fs::symlink_metadata(following.at("m/a.json")).is_err());
}
