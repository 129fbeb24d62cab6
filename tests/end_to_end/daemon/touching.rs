//! Files with the content that they had before: touched, taken away and brought back, or gone before anybody looks.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::time::Instant;

use simulated_kanto_cm::{Call, Image, Method, Outcome};

use crate::common::daemon::From;
use crate::common::following::{text, Following, Place};
use crate::common::{image, kanto_cm, manifest_running};

#[test]
fn writing_the_same_content_leaves_a_healthy_container_alone() {
    let following = Following::new(&["a"]);
    let ways: [&dyn Fn(); 4] = [
        &|| following.touch("m/a.json"),
        &|| following.put("m/a.json", 1),
        &|| {
            following.write("m/a.json.new", &text("a", 1));
            following.rename("m/a.json.new", "m/a.json");
        },
        &|| {
            following.remove("m/a.json");
            following.put("m/a.json", 1);
        },
    ];
    for (i, way) in ways.iter().enumerate() {
        way();
        following
            .daemon
            .wait_for(From::Log, "touched: a.json", i + 1);
        following.daemon.wait_for(From::Out, "a  up to date", i + 1);
    }
    following.expect_changes(&[]);
}

#[test]
fn a_new_mode_is_no_touch() {
    let following = Following::new(&["a"]);
    let path = following.at("m/a.json");
    fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
    following.expect_nothing_until("m/z.json");
    assert!(following.cm.state().runs("a"));
    let log = following.daemon.lines(From::Log);
    assert!(!log.iter().any(|line| line.contains("touched")), "{log:?}");
}

#[test]
fn a_touch_starts_what_does_not_run() {
    let place = Place::with(&["b"]);
    let once = manifest_running("a", "no", &[]);
    place.write("m/a.json", &once.to_string());
    let following = place.follow("m", &[]);
    following.cm.exit_container("a", 0);
    following.cm.wait_until(|state| !state.runs("a"));
    following.touch("m/a.json");
    following.cm.wait_until_running("a");
    following.expect_changes(&["Start a".to_owned()]);
}

#[test]
fn a_touch_tries_at_once_what_failed() {
    let cm = kanto_cm().failing_pull("a", "no route to host").start();
    let following = Place::with(&["a"]).follow_on(cm, "m", &[]);
    following.daemon.wait_for(From::Log, "trying again in", 1);
    following.cm.set_image(Image::new(image("a")));
    following.cm.clear_calls();
    let begin = Instant::now();
    following.touch("m/a.json");
    following.expect_deployed("a", 1);
    assert!(begin.elapsed().as_secs() < 5, "not after the pause");
}

#[test]
fn a_disabled_manifest_keeps_its_container() {
    let following = Following::new(&["a", "b"]);
    following.rename("m/a.json", "m/a.json.disabled");
    following.daemon.wait_for(From::Log, "gone: a.json", 1);
    following.daemon.wait_for_status("1 container up to date");
    following.rename("m/a.json.disabled", "m/a.json");
    following.daemon.wait_for(From::Out, "a  up to date", 1);
    following.daemon.wait_for_status("2 containers up to date");
    following.expect_changes(&[]);
    assert!(following.cm.state().runs("a"));
}

#[test]
fn a_manifest_changed_while_disabled_is_deployed_when_back() {
    let following = Following::new(&["a"]);
    following.rename("m/a.json", "m/a.json.disabled");
    following.daemon.wait_for_status("no manifests");
    following.put("m/c.json", 1);
    following.write("m/a.json.disabled", &text("a", 2));
    following.expect_deployed("c", 1);
    following.rename("m/a.json.disabled", "m/a.json");
    following.expect_replaced("a", 2);
}

#[test]
fn what_is_gone_before_anybody_looks_was_never_there() {
    let following = Following::new(&["a"]);
    following.at_once(|| {
        following.put("m/b.json", 1);
        following.put("m/a.json", 2);
        following.remove("m/b.json");
        following.put("m/a.json", 3);
        following.rename("m/a.json", "m/x");
        following.put("m/a.json", 4);
    });
    following.expect_replaced("a", 4);
    assert!(!following.daemon.shown().contains("b.json"));
}

#[test]
fn more_events_than_the_kernel_keeps_are_no_loss() {
    let limit = fs::read_to_string("/proc/sys/fs/inotify/max_queued_events").unwrap();
    let limit: usize = limit.trim().parse().unwrap();
    let following = Following::new(&["a"]);
    following.at_once(|| {
        // Three events each.
        for _ in 0..=limit / 3 {
            following.write("m/x", "");
            following.remove("m/x");
        }
        following.put("m/a.json", 2);
        following.put("m/b.json", 1);
    });
    following.wait_for_version("a", 2);
    following.wait_for_version("b", 1);
    following.daemon.wait_until_idle();
    following.cm.clear_calls();
    // The watch is the one that it was.
    following.put("m/b.json", 2);
    following.expect_replaced("b", 2);
}

#[test]
fn what_goes_while_it_is_being_deployed_is_given_up() {
    let cm = kanto_cm().endless_pull("b").start();
    let following = Place::with(&["a"]).follow_on(cm, "m", &[]);
    following.put("m/b.json", 1);
    following.cm.wait_for_call(Method::Create, "b");
    following.remove("m/b.json");
    following.daemon.wait_for_status("1 container up to date");
    following
        .cm
        .wait_for_calls("a pull that is given up", |calls| {
            let given_up = |call: &Call| call.id == "b" && call.outcome == Outcome::Cancelled;
            calls.iter().any(given_up).then_some(())
        });
    following.expect_changes(&["Create b".to_owned()]);
}
