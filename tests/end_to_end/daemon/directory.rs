//! The manifests directory itself: missing, made, removed, replaced, behind symlinks, and something else in its place.

use std::fs::File;
use std::path::Path;
use std::time::{Duration, Instant};

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

use crate::common::apart::undisturbed;
use crate::common::daemon::{Daemon, From};
use crate::common::following::{Following, Place};
use crate::common::kanto_cm;

/// The status while there is no directory.
fn waiting(place: &Place, path: &str) -> String {
    format!("waiting for {}", place.at(path).display())
}

#[test]
fn systemd_does_not_wait_for_a_missing_directory() {
    let following = Place::new().follow("x/y/m", &[]);
    following
        .daemon
        .wait_for_status(&waiting(&following, "x/y/m"));
    following.daemon.wait_for(From::Log, "waiting for", 1);
    assert!(
        following.cm.calls().is_empty(),
        "{}",
        following.cm.journal()
    );
    following.daemon.wait_until_idle();
}

#[test]
fn it_is_made_later_with_all_that_it_lies_in() {
    let following = Place::new().follow("x/y/m", &[]);
    following.make("x/y/m");
    following.put("x/y/m/a.json", 1);
    following.expect_deployed("a", 1);
    following.daemon.wait_for_status("1 container up to date");
}

#[test]
fn it_is_made_step_by_step() {
    let following = Place::new().follow("x/y/m", &[]);
    for step in ["x", "x/y", "x/y/m"] {
        following.make(step);
        following.daemon.wait_until_watched(&following.at(step));
    }
    following.daemon.wait_for_status("no manifests");
    following.put("x/y/m/a.json", 1);
    following.expect_deployed("a", 1);
}

#[test]
fn it_is_moved_into_place_with_what_is_in_it() {
    let place = Place::new();
    place.make("new/m");
    place.put("new/m/a.json", 1);
    let following = place.follow("x/m", &[]);
    following.rename("new", "x");
    following.expect_deployed("a", 1);
}

#[test]
fn it_is_removed_and_the_containers_stay() {
    let following = Following::new(&["a", "b"]);
    following.remove_all("m");
    following.daemon.wait_for_status(&waiting(&following, "m"));
    following.daemon.wait_for(From::Log, "waiting for", 1);
    following.make("m");
    following.put("m/a.json", 1);
    following.daemon.wait_for(From::Log, "can be read now", 1);
    following.put("m/b.json", 2);
    following.expect_replaced("b", 2);
    assert!(following.cm.state().runs("a"));
}

#[test]
fn it_is_removed_while_somebody_is_in_it() {
    undisturbed(|| {
        let following = Following::new(&[]);
        let inside = File::open(following.at("m")).unwrap();
        following.remove_all("m");
        let status = waiting(&following, "m");
        following.daemon.wait_for_status(&status);
        drop(inside);
        following.make("m");
        following.put("m/a.json", 1);
        following.expect_deployed("a", 1);
    });
}

#[test]
fn all_of_it_is_written_anew_with_the_same_content() {
    let following = Following::new(&["a", "b"]);
    following.remove_all("m");
    following.daemon.wait_for_status(&waiting(&following, "m"));
    following.make("new");
    following.put("new/a.json", 1);
    following.put("new/b.json", 1);
    following.rename("new", "m");
    following.daemon.wait_for_status("2 containers up to date");
    following.expect_nothing_until("m/z.json");
}

#[test]
fn it_is_renamed_away_and_another_takes_its_place() {
    let following = Following::new(&["a", "b"]);
    following.make("new");
    following.put("new/a.json", 2);
    following.put("new/b.json", 1);
    following.rename("m", "old");
    following.rename("new", "m");
    following.expect_replaced("a", 2);
    following.put("old/b.json", 3);
    following.expect_nothing_until("m/z.json");
}

#[test]
fn the_directory_above_it_is_replaced() {
    let place = Place::new();
    place.make("x/m");
    place.make("new/m");
    place.put("x/m/a.json", 1);
    place.put("new/m/a.json", 2);
    let following = place.follow("x/m", &[]);
    following.rename("x", "old");
    following
        .daemon
        .wait_for_status(&waiting(&following, "x/m"));
    following.rename("new", "x");
    following.expect_replaced("a", 2);
}

#[test]
fn a_symlink_on_its_path_leads_to_the_next_release() {
    for path in ["current/m", "current"] {
        let place = Place::new();
        let below = path.trim_start_matches("current");
        for number in 1..4 {
            place.make(&format!("v{number}{below}"));
            place.put(&format!("v{number}{below}/a.json"), number);
            place.put(&format!("v{number}{below}/b.json"), 1);
        }
        place.link("v1", "current");
        let following = place.follow(path, &[]);
        for number in 2..4 {
            following.link(&format!("v{number}"), "next");
            following.rename("next", "current");
            following.expect_replaced("a", number);
        }
    }
}

#[test]
fn a_symlink_on_its_path_is_removed_for_a_while() {
    let place = Place::with(&["a"]);
    place.link("m", "current");
    let following = place.follow("current", &[]);
    following.remove("current");
    following
        .daemon
        .wait_for_status(&waiting(&following, "current"));
    following.put("m/a.json", 2);
    following.link("m", "current");
    following.expect_replaced("a", 2);
}

#[test]
fn what_is_no_directory_is_one_warning_and_polled() {
    undisturbed(|| {
        let place = Place::new();
        mkfifo(&place.at("m"), Mode::S_IRWXU).unwrap();
        let following = place.follow("m", &[]);
        let reason = "neither a directory nor a regular file";
        following.daemon.wait_for(From::Log, reason, 1);
        following.daemon.wait_until_asleep();
        let (begin, before) = (Instant::now(), following.daemon.switches());
        following.daemon.wait_until_woken(before);
        assert!(begin.elapsed() > Duration::from_secs(7), "too soon");
        following.remove("m");
        following.daemon.wait_for_status(&waiting(&following, "m"));
        let log = following.daemon.lines(From::Log);
        let times = log.iter().filter(|line| line.contains(reason)).count();
        assert_eq!(times, 1, "{}", following.daemon.shown());
        following.make("m");
        following.put("m/a.json", 1);
        following.expect_deployed("a", 1);
    });
}

#[test]
fn a_single_manifest_is_followed_wherever_it_goes() {
    let following = Place::with(&["a", "b"]).follow("m/a.json", &[]);
    following.put("m/b.json", 2);
    following.put("m/a.json", 2);
    following.expect_replaced("a", 2);
    following.rename("m", "old");
    following
        .daemon
        .wait_for_status(&waiting(&following, "m/a.json"));
    following.make("m");
    following.put("m/a.json", 3);
    following.expect_replaced("a", 3);
}

#[test]
fn a_relative_path_begins_where_the_daemon_was_started() {
    let place = Place::with(&["a"]);
    let here = std::env::current_dir().unwrap();
    let up = "../".repeat(here.components().count() - 1);
    let path = format!("{up}.{}", place.at("m").display());
    let cm = kanto_cm().start();
    let daemon = Daemon::start_at(&cm, Path::new(&path), &["--settle", "0"]);
    let following = place.followed_by(cm, daemon);
    following.put("m/a.json", 2);
    following.expect_replaced("a", 2);
}
