//! A port whose holder is pruned: it goes when its successor is there.

use serde_json::json;
use simulated_kanto_cm::{Fault, Image, Method, What};

use super::{ask, deployed, expect_moved, with_port};
use crate::common::daemon::{Daemon, From};
use crate::common::deploy;
use crate::common::replacing::{expect_running, nth_call};

#[test]
fn a_pruned_holder_goes_when_its_successor_is_there() {
    let (cm, manifests) = deployed(&[("a", 8080), ("b", 0)]);
    manifests.remove("a");
    let moved = [("b", 8080)];
    ask(&manifests, &moved);
    deploy(&cm, &manifests, &["--settle", "1", "--prune"]).expect_code(0);
    let calls = cm.calls();
    let backed_up = nth_call(&calls, Method::Create, "kad-prev.b", 1).unwrap();
    let pruned = nth_call(&calls, Method::Remove, "a", 1).unwrap();
    let taken_down = nth_call(&calls, Method::Remove, "b", 1).unwrap();
    assert!(backed_up.number < pruned.number, "{}", cm.journal());
    assert!(pruned.number < taken_down.number, "{}", cm.journal());
    assert!(cm.container("a").is_none());
    expect_moved(&cm, &manifests, &moved);
}

/// Of a new container, of one that is to be replaced, and of one that Kanto-CM does not accept.
#[test]
fn a_pruned_holder_stays_where_its_successor_does_not_come() {
    for (is_new, refusal) in [
        (true, "no space left"),
        (false, "no space left"),
        (true, "invalid"),
    ] {
        let others: &[(&str, u32)] = if is_new { &[] } else { &[("b", 0)] };
        let (cm, manifests) = deployed(&[&[("a", 8080)], others].concat());
        manifests.remove("a");
        ask(&manifests, &[("b", 8080)]);
        let id = if is_new { "b" } else { "kad-next.b" };
        let fault = Fault::at(Method::Create, What::FailWith(refusal.to_owned()));
        cm.fault(fault.of(id).always());
        deploy(&cm, &manifests, &["--prune"]).expect_code(1);
        assert!(cm.state().runs("a"), "{}", cm.journal());
        assert!(nth_call(&cm.calls(), Method::Remove, "a", 1).is_none());
    }
}

#[test]
fn the_daemon_hands_on_the_port_of_what_is_gone() {
    let (cm, manifests) = deployed(&[("a", 8080), ("b", 0)]);
    let daemon = Daemon::start(&cm, &manifests, &["--prune"]).ready();
    manifests.remove("a");
    let moved = [("b", 8080)];
    ask(&manifests, &moved);
    daemon.wait_for(From::Out, "b  replaced", 1);
    // It did not have to fail first.
    assert!(!daemon.shown().contains("failed"), "{}", cm.journal());
    assert!(cm.container("a").is_none());
    expect_running(&cm, "b", 2);
}

/// Five seconds after a manifest has gone the daemon removes its container, but not before the new holder of its port is there.
#[test]
fn a_daemon_keeps_the_holder_until_its_successor_has_an_image() {
    let (cm, manifests) = deployed(&[("a", 8080), ("b", 0)]);
    let daemon = Daemon::start(&cm, &manifests, &["--prune", "--settle", "0"]).ready();
    let mut taker = with_port("b", 2, 8080);
    taker["image"]["name"] = json!("registry.example/b:2");
    let image = taker["image"]["name"].as_str().unwrap().to_owned();
    cm.set_image(Image::new(&image).pull_fails("no such image"));
    manifests.put("b", &taker);
    manifests.remove("a");
    daemon.wait_for(
        From::Log,
        "a: not removed, as b does not run in its place",
        1,
    );
    expect_running(&cm, "a", 1);
    expect_running(&cm, "b", 1);
    cm.set_image(Image::new(&image));
    manifests.touch("b");
    daemon.wait_for(From::Out, "b  replaced", 1);
    cm.wait_until(|state| state.container("a").is_none());
    expect_running(&cm, "b", 2);
    daemon.end();
}
