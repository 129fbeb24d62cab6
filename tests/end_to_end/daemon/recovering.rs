//! What happens while something else is under way is not forgotten.

use simulated_kanto_cm::{Image, Method};

use crate::common::daemon::{Daemon, From};
use crate::common::replacing::{version, version_running};
use crate::common::{finish_pull, kanto_cm, manifest, manifest_running, Manifests};

#[test]
fn a_touch_counts_though_the_deployment_under_way_saw_it_run() {
    let cm = kanto_cm().endless_pull("slow").start();
    let manifests = Manifests::new().with_json("a", &manifest_running("a", "no", &[]));
    let daemon = Daemon::start(&cm, &manifests, &["--settle", "0"]).ready();
    daemon.wait_until_idle();
    // One deployment has both: `a` is up to date, and `slow` takes its time.
    manifests.touch("a");
    manifests.put("slow", &manifest("slow"));
    cm.wait_for_call(Method::Create, "slow");
    daemon.wait_for(From::Log, "touched: a.json", 1);
    cm.exit_container("a", 0);
    manifests.touch("a");
    daemon.wait_for(From::Log, "touched: a.json", 2);
    finish_pull(&cm, "slow");
    daemon.wait_for(From::Out, "a  started", 1);
    daemon.wait_for_status("2 containers up to date");
    assert!(cm.state().runs("a") && cm.state().runs("slow"));
    daemon.end();
}

#[test]
fn what_was_rolled_back_and_then_failed_is_pruned() {
    let other = "registry.example/other:1";
    let cm = kanto_cm()
        .images([Image::new(other).pull_fails("no such image")])
        .start();
    let manifests = Manifests::new().with_json("a", &version("a", 1)).with("b");
    let daemon = Daemon::start(&cm, &manifests, &["--prune", "--settle", "0"]).ready();
    manifests.put("a", &version_running("a", 2, &["/simulated/missing"]));
    daemon.wait_for(From::Out, "a  rolled back, failed", 1);
    let mut third = version("a", 3);
    third["image"]["name"] = other.into();
    manifests.put("a", &third);
    daemon.wait_for(From::Out, "a  failed: no such image", 1);
    manifests.remove("a");
    daemon.wait_for(From::Out, "a  removed", 1);
    assert!(cm.container("a").is_none() && cm.state().runs("b"));
    daemon.end();
}
