//! The daemon follows all layers and their drop-ins.

use nix::sys::signal::Signal;
use simulated_kanto_cm::Process;

use super::{env, path, setting, two_layers};
use crate::common::changes;
use crate::common::daemon::From;
use crate::common::following::{Following, Place};

/// Follows `low` and `high` of two layers.
fn following(place: Place, arguments: &[&str]) -> Following {
    let low = path(&place, "low");
    place.follow("high", &[arguments, &[&low]].concat())
}

#[track_caller]
fn wait_for_env(cm: &Process, id: &str, expected: &[&str]) {
    cm.wait_until(|state| {
        let container = state.containers.iter().find(|one| one.id == id);
        let env = container.map(|one| one.whole["config"]["env"].clone());
        env == Some(serde_json::json!(expected)) && state.runs(id)
    });
}

#[test]
fn it_follows_the_manifests_of_each_layer() {
    let following = following(two_layers(), &[]);
    following.put("low/a.json", 2);
    following.expect_replaced("a", 2);
    following.put("high/a.json", 3);
    following.expect_replaced("a", 3);
    following.put("low/a.json", 4);
    following.expect_nothing_until("high/c.json");
    following.remove("high/a.json");
    following.expect_replaced("a", 4);
    following.put("high/a.json", 4);
    following.expect_nothing_until("low/d.json");
    following.link("/dev/null", "high/b.json");
    following.daemon.wait_for(From::Log, "gone: b.json", 1);
    following.expect_changes(&[]);
    following.remove("high/b.json");
    following.daemon.wait_for(From::Log, "changed: b.json", 1);
    following.expect_changes(&[]);
}

#[test]
fn it_follows_drop_ins_that_come_change_and_go() {
    let following = following(two_layers(), &[]);
    let cm = &following.cm;
    for layer in ["low", "high"] {
        let directory = format!("{layer}/a.json.d");
        following.make(&directory);
        following.write(&format!("{directory}/1.json"), &setting("X=1"));
        wait_for_env(cm, "a", &["VERSION=1", "X=1"]);
        following.write(&format!("{directory}/1.json"), &setting("X=2"));
        wait_for_env(cm, "a", &["VERSION=1", "X=2"]);
        following.write("new", &setting("X=3"));
        following.rename("new", &format!("{directory}/1.json"));
        wait_for_env(cm, "a", &["VERSION=1", "X=3"]);
        following.remove_all(&directory);
        wait_for_env(cm, "a", &["VERSION=1"]);
    }
    following.daemon.wait_until_idle();
    assert!(!changes(&cm.calls()).iter().any(|call| call.ends_with(" b")));
}

#[test]
fn a_drop_in_that_breaks_its_manifest_is_reported_and_taking_it_away_mends_it() {
    let following = following(two_layers(), &[]);
    following.make("high/a.json.d");
    following.write("high/a.json.d/1.json", "{ \"image\": 7 }");
    let error = format!("{}:1:12: image: ", path(&following, "high/a.json.d/1.json"));
    following.daemon.wait_for(From::Log, &error, 1);
    following.expect_changes(&[]);
    following
        .daemon
        .wait_for_status("1 container up to date, 1 invalid: a.json");
    following.remove("high/a.json.d/1.json");
    following.daemon.wait_for_status("2 containers up to date");
    following.expect_changes(&[]);
}

#[test]
fn a_touched_drop_in_has_its_manifest_tried_again() {
    let place = two_layers();
    place.make("high/a.json.d");
    place.write("high/a.json.d/1.json", "{}");
    let following = following(place, &[]);
    following.cm.exit_container("a", 0);
    following.touch("high/a.json.d/1.json");
    following.daemon.wait_for(From::Log, "touched: a.json", 1);
    following.cm.wait_until(|state| state.runs("a"));
}

#[test]
fn while_a_layer_has_disappeared_everything_stays() {
    let place = two_layers();
    place.put("high/a.json", 2);
    place.put("high/c.json", 1);
    place.make("high/b.json.d");
    place.write("high/b.json.d/1.json", &setting("X=1"));
    let following = following(place, &["--prune"]);
    following.rename("high", "elsewhere");
    let waiting = format!("waiting for {}", path(&following, "high"));
    let reason = "it does not exist any more, so all containers stay as they are";
    let line = format!("{waiting}: {reason}");
    following.daemon.wait_for(From::Log, &line, 1);
    following.daemon.wait_for_status(&waiting);
    following.remove("elsewhere/c.json");
    following.put("elsewhere/a.json", 3);
    following.put("low/b.json", 2);
    following.expect_changes(&[]);
    following.rename("elsewhere", "high");
    following.daemon.wait_for(From::Out, "c  removed", 1);
    following.wait_for_version("a", 3);
    wait_for_env(&following.cm, "b", &["VERSION=2", "X=1"]);
    assert!(following.cm.container("c").is_none());
}

#[test]
fn sighup_lets_it_go_on_without_a_layer_that_has_disappeared() {
    let place = two_layers();
    place.put("high/a.json", 2);
    place.put("high/c.json", 1);
    let following = following(place, &["--prune"]);
    following.rename("high", "elsewhere");
    let status = format!("waiting for {}", path(&following, "high"));
    following.daemon.wait_for_status(&status);
    following.daemon.signal(Signal::SIGHUP);
    following.wait_for_version("a", 1);
    let held_back = "nothing is pruned while a layer does not exist";
    following.daemon.wait_for(From::Log, held_back, 1);
    assert!(following.cm.state().runs("c"));
}

#[test]
fn a_layer_may_come_later() {
    let place = two_layers();
    place.rename("high", "elsewhere");
    let following = following(place, &[]);
    following.put("elsewhere/a.json", 2);
    following.rename("elsewhere", "high");
    following.expect_replaced("a", 2);
    assert_eq!(env(&following.cm, "b"), ["VERSION=1"]);
}

#[test]
fn drop_ins_without_a_manifest_are_reported_when_they_come() {
    let following = following(two_layers(), &[]);
    following.make("high/typo.json.d");
    following.write("high/typo.json.d/1.json", "{}");
    let warning = "typo.json.d are for a manifest that does not exist";
    following.daemon.wait_for(From::Log, warning, 1);
    following.put("low/a.json", 2);
    following.expect_replaced("a", 2);
    let log = following.daemon.lines(From::Log);
    assert_eq!(log.iter().filter(|line| line.contains(warning)).count(), 1);
}

#[test]
fn drop_ins_may_be_exchanged_by_a_symlink() {
    let place = two_layers();
    for (version, value) in [("v1", "X=1"), ("v2", "X=2")] {
        place.make(&format!("high/a.json.d/..{version}"));
        place.write(
            &format!("high/a.json.d/..{version}/1.json"),
            &setting(value),
        );
    }
    place.link("..v1", "high/a.json.d/..data");
    place.link("..data/1.json", "high/a.json.d/1.json");
    let following = following(place, &[]);
    assert_eq!(env(&following.cm, "a"), ["VERSION=1", "X=1"]);
    following.link("..v2", "high/a.json.d/..new");
    following.rename("high/a.json.d/..new", "high/a.json.d/..data");
    wait_for_env(&following.cm, "a", &["VERSION=1", "X=2"]);
}
