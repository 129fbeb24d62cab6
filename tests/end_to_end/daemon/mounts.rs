//! File systems that are mounted over the manifests. Each test has mounts of its own; without the permission for that it passes.

use crate::common::apart::{in_own_mounts, Mounted};
use crate::common::following::{Following, Place};

/// A place with the directory `x/m`, and in `new/m` and `new/a.json` the second version of a container.
fn place() -> Place {
    let place = Place::new();
    for (directory, number) in [("x/m", 1), ("new/m", 2), ("new", 2)] {
        place.make(directory);
        place.put(&format!("{directory}/a.json"), number);
    }
    place
}

fn mount(following: &Following, from: &str, on: &str) -> Mounted {
    Mounted::bind(&following.at(from), following.at(on))
}

#[test]
fn a_mount_over_the_manifests_counts_until_it_is_unmounted() {
    for (from, on) in [("new/m", "x/m"), ("new", "x"), ("new/a.json", "x/m/a.json")] {
        in_own_mounts(|| {
            let following = place().follow("x/m", &[]);
            let mounted = mount(&following, from, on);
            following.expect_replaced("a", 2);
            following.put("new/m/a.json", 3);
            following.put("new/a.json", 3);
            following.expect_replaced("a", 3);
            mounted.unmount();
            following.expect_replaced("a", 1);
        });
    }
}

#[test]
fn the_directory_comes_with_the_file_system_that_it_lies_on() {
    in_own_mounts(|| {
        let place = place();
        place.make("data");
        let following = place.follow("data/m", &[]);
        let status = format!("waiting for {}", following.at("data/m").display());
        for round in 0..2 {
            following.daemon.wait_for_status(&status);
            let mounted = mount(&following, "new", "data");
            following.daemon.wait_for_status("1 container up to date");
            match round {
                0 => following.expect_deployed("a", 2),
                _ => drop(following.expect_changes(&[])),
            }
            mounted.unmount();
        }
        following.daemon.wait_for_status(&status);
        assert!(following.cm.state().runs("a"), "it stays");
    });
}

#[test]
fn an_empty_mount_over_the_directory_prunes_nothing() {
    in_own_mounts(|| {
        let following = Following::new(&["a", "b"]);
        let mounted = Mounted::empty(following.at("m"));
        following.daemon.wait_for_status("no manifests");
        following.expect_nothing_until("m/c.json");
        mounted.unmount();
        following.daemon.wait_for_status("2 containers up to date");
        following.expect_nothing_until("m/z.json");
    });
}

#[test]
fn what_is_mounted_elsewhere_is_of_no_interest() {
    in_own_mounts(|| {
        let place = place();
        place.make("x/m/sub");
        place.make("y");
        let following = place.follow("x/m", &[]);
        for on in ["y", "x/m/sub"] {
            mount(&following, "new", on).unmount();
        }
        following.expect_nothing_until("x/m/z.json");
    });
}
