//! `--prune`: the container of a manifest that has been gone for five seconds is removed.

use std::time::{Duration, Instant};

use serde_json::json;
use simulated_kanto_cm::{Fault, Image, Method, Process, What};

use crate::common::daemon::{Daemon, From};
use crate::common::replacing::version;
use crate::common::{changes, deploy, finish_pull, kanto_cm, manifest, Manifests, LONG};

/// How long a manifest has to be gone.
pub(super) const GONE: Duration = Duration::from_secs(5);

pub(super) fn pruning(cm: &Process, manifests: &Manifests) -> Daemon {
    let daemon = Daemon::start(cm, manifests, &["--prune", "--settle", "0"]).ready();
    daemon.wait_until_idle();
    daemon
}

#[test]
fn what_has_been_gone_for_five_seconds_is_removed() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with("a").with("b");
    let daemon = pruning(&cm, &manifests);
    cm.clear_calls();
    let begin = Instant::now();
    manifests.remove("a");
    daemon.wait_for(From::Out, "a  removed", 1);
    assert!(begin.elapsed() >= GONE, "{}", daemon.shown());
    daemon.wait_for_status("1 container up to date");
    assert_eq!(changes(&cm.calls()), ["Remove a"]);
    assert!(cm.container("a").is_none() && cm.state().runs("b"));
    daemon.end();
}

#[test]
fn what_comes_back_in_between_is_not_touched() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with("a").with("b").with("c");
    let daemon = pruning(&cm, &manifests);
    cm.clear_calls();
    manifests.remove("a");
    daemon.wait_for(From::Log, "gone: a.json", 1);
    manifests.remove("c");
    daemon.wait_for(From::Log, "gone: c.json", 1);
    manifests.put("a", &manifest("a"));
    daemon.wait_for(From::Out, "c  removed", 1);
    assert_eq!(changes(&cm.calls()), ["Remove c"]);
    assert!(cm.state().runs("a") && cm.state().runs("b"));
    daemon.end();
}

#[test]
fn what_comes_back_while_it_is_removed_is_created_again() {
    let cm = kanto_cm().start();
    let mut slow_to_stop = manifest("a");
    slow_to_stop["config"] = json!({ "cmd": ["/simulated/run", "3000"] });
    let manifests = Manifests::new().with_json("a", &slow_to_stop).with("b");
    let daemon = pruning(&cm, &manifests);
    cm.clear_calls();
    manifests.remove("a");
    cm.wait_for_call(Method::Remove, "a");
    manifests.put("a", &slow_to_stop);
    daemon.wait_for(From::Out, "a  created, started", 2);
    assert_eq!(changes(&cm.calls()), ["Remove a", "Create a", "Start a"]);
    assert!(!daemon.shown().contains("failed"), "{}", daemon.shown());
    daemon.end();
}

#[test]
fn without_the_option_it_stays() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with("a").with("b");
    let daemon = Daemon::start(&cm, &manifests, &["--settle", "0"]).ready();
    manifests.remove("a");
    daemon.wait_for_status("1 container up to date");
    let begin = Instant::now();
    // Whatever else it does meanwhile, and after those five seconds.
    for number in 1.. {
        manifests.put("b", &version("b", number));
        daemon.wait_for(From::Out, "b  replaced", number as usize);
        if begin.elapsed() > GONE + Duration::from_secs(1) {
            break;
        }
    }
    assert!(cm.state().runs("a"), "{}", cm.journal());
    daemon.end();
}

#[test]
fn what_had_gone_before_the_daemon_began_is_removed() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with("a").with("b");
    deploy(&cm, &manifests, &[]).expect_code(0);
    manifests.remove("a");
    cm.clear_calls();
    let begin = Instant::now();
    let daemon = pruning(&cm, &manifests);
    daemon.wait_for(From::Out, "a  removed", 1);
    assert!(begin.elapsed() >= GONE, "{}", daemon.shown());
    assert_eq!(changes(&cm.calls()), ["Remove a"]);
    daemon.end();
}

#[test]
fn what_goes_while_it_is_being_deployed_is_removed_too() {
    let cm = kanto_cm().start_ms(LONG).start();
    let manifests = Manifests::new().with("a").with("b");
    let daemon = Daemon::start(&cm, &manifests, &["--prune", "--settle", "0"]);
    cm.wait_for_call(Method::Start, "a");
    manifests.remove("a");
    daemon.wait_for(From::Log, "gone: a.json", 1);
    cm.change(|setup| setup.start_ms = 0);
    daemon.wait_for(From::Out, "a  removed", 1);
    assert!(cm.container("a").is_none() && cm.state().runs("b"));
    daemon.end();
}

#[test]
fn it_waits_until_nothing_is_being_deployed() {
    let cm = kanto_cm().endless_pull("slow").start();
    let manifests = Manifests::new().with("a").with("b");
    let daemon = pruning(&cm, &manifests);
    manifests.put("slow", &manifest("slow"));
    cm.wait_for_call(Method::Create, "slow");
    manifests.remove("a");
    daemon.wait_for(From::Log, "gone: a.json", 1);
    finish_pull(&cm, "slow");
    daemon.wait_for(From::Out, "a  removed", 1);
    let calls = cm.calls();
    let place = |method: Method, id: &str| {
        let is_it = |call: &simulated_kanto_cm::Call| call.method == method && call.id == id;
        calls.iter().position(is_it).unwrap()
    };
    assert!(place(Method::Start, "slow") < place(Method::Remove, "a"));
    daemon.end();
}

#[test]
fn what_kanto_cm_does_not_remove_is_tried_again() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with("a").with("b");
    let daemon = pruning(&cm, &manifests);
    cm.fault(Fault::at(Method::Remove, What::FailWith("busy".to_owned())).of("a"));
    manifests.remove("a");
    daemon.wait_for(From::Out, "a  failed: busy", 1);
    daemon.wait_for(From::Out, "a  removed", 1);
    assert!(cm.container("a").is_none() && cm.state().runs("b"));
    daemon.end();
}

#[test]
fn what_kanto_cm_was_not_there_for_is_tried_again() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with("a").with("b");
    let arguments = ["--prune", "--settle", "0", "--connect-timeout", "1"];
    let daemon = Daemon::start(&cm, &manifests, &arguments).ready();
    daemon.wait_until_idle();
    cm.kill();
    manifests.remove("a");
    daemon.wait_for(From::Log, "Kanto-CM cannot be reached", 1);
    cm.start_again();
    daemon.wait_for(From::Out, "a  removed", 1);
    daemon.end();
}

#[test]
fn the_process_that_deploys_is_killed_in_the_middle() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with("a").with("b");
    let daemon = pruning(&cm, &manifests);
    cm.fault(Fault::at(Method::Remove, What::KillCallerBefore).of("a"));
    manifests.remove("a");
    cm.set_caller(daemon.wait_for_worker());
    daemon.wait_for(From::Log, "the worker process ended early", 1);
    daemon.wait_for(From::Out, "a  removed", 1);
    assert!(cm.container("a").is_none() && cm.state().runs("b"));
    daemon.end();
}

/// The List of a deployment that began before is older than the container.
#[test]
fn what_came_and_went_beside_another_deployment_is_removed_too() {
    let cm = kanto_cm()
        .images([Image::new("none").pull_fails("no such image")])
        .start();
    let manifests = Manifests::new().with_json("b", &version("b", 1));
    let daemon = Daemon::start(&cm, &manifests, &["--prune", "--settle", "3"]).ready();
    daemon.wait_until_idle();
    cm.clear_calls();
    manifests.put("b", &version("b", 2));
    cm.wait_for_call(Method::Start, "b");
    manifests.put("a", &version("a", 1));
    cm.wait_until_running("a");
    let mut other = version("a", 2);
    other["image"]["name"] = "none".into();
    manifests.put("a", &other);
    daemon.wait_for(From::Out, "a  failed: no such image", 1);
    manifests.remove("a");
    daemon.wait_for(From::Out, "b  replaced", 1);
    daemon.wait_for(From::Out, "a  removed", 1);
    assert!(cm.container("a").is_none() && cm.state().runs("b"));
    daemon.end();
}
