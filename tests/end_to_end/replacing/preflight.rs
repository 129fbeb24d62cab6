//! What a replacement would surely fail for is looked at before anything of the old container is touched.

use std::fs;
use std::path::PathBuf;

use serde_json::{json, Value};
use simulated_kanto_cm::{Image, Method, Process};

use crate::common::apart::{in_own_mounts, Mounted};
use crate::common::daemon::{Daemon, From};
use crate::common::replacing::{
    calls_that_replace, expect_clean, expect_running, recorded_state, stand_in, started_at, version,
};
use crate::common::{changes, deploy, image, kanto_cm, manifest_after, Manifests};

/// A place where a unit's sandbox hides nothing.
const PLACE: &str = "/mnt";

/// The second version of `a` with this file of the machine.
fn mounting(source: &str) -> Value {
    let mut second = version("a", 2);
    second["mount_points"] = json!([
        { "source": "/", "destination": "/machine" },
        { "source": source, "destination": "/data" },
    ]);
    second
}

fn hooked(kind: i32, path: &str) -> Value {
    let mut second = version("a", 2);
    second["hooks"] = json!([{ "type": kind, "path": path }]);
    second
}

/// Deploys in vain: nothing happens to the first version, and nothing is held against the second.
#[track_caller]
fn expect_not_begun(cm: &Process, manifests: &Manifests, reason: &str) {
    let before = started_at(cm, "a");
    cm.clear_calls();
    let run = deploy(cm, manifests, &["-o", "json"]);
    let document = run.expect_code(1).json();
    let reported = document["manifests"][0]["reason"].as_str().unwrap_or("");
    assert!(reported.contains(reason), "{document:#}");
    assert_eq!(changes(&cm.calls()), [""; 0]);
    expect_running(cm, "a", 1);
    assert_eq!(started_at(cm, "a"), before);
    assert_eq!(recorded_state(cm, "a"), Value::Null);
}

#[test]
fn a_file_that_is_missing_leaves_the_old_one_alone() {
    for (second, reason) in [
        (
            mounting("/kad/none"),
            "a.json: mounts[1].source: /kad/none does not exist where Kanto-CM runs: create it",
        ),
        (
            mounting("/etc/passwd/none"),
            "/etc/passwd/none does not exist",
        ),
        (
            hooked(0, "/kad/hook"),
            "a.json: hooks[0].path: /kad/hook does not exist where Kanto-CM runs",
        ),
        (hooked(1, "/kad/hook"), "/kad/hook does not exist"),
    ] {
        let cm = kanto_cm().first_versions(&["a"]).start();
        let manifests = Manifests::new().with_json("a", &second);
        for _ in 0..2 {
            expect_not_begun(&cm, &manifests, reason);
        }
        manifests.put("a", &version("a", 2));
        deploy(&cm, &manifests, &[]).expect_code(0);
        expect_running(&cm, "a", 2);
        expect_clean(&cm);
    }
}

#[test]
fn what_cannot_be_judged_is_tried() {
    for second in [
        mounting("/dev/kad-none"),
        mounting("/tmp/kad-none"),
        mounting("/home/kad/none"),
        mounting("/run/user/0/none"),
        mounting("/proc/self/root/dev/none"),
        mounting("/etc/../etc/passwd"),
        // It comes after the end.
        hooked(2, "/kad/hook"),
    ] {
        let cm = kanto_cm().first_versions(&["a"]).start();
        let manifests = Manifests::new().with_json("a", &second);
        deploy(&cm, &manifests, &["--settle", "0"])
            .expect_code(0)
            .expect_lines(&["a  replaced", "1 manifest: 1 deployed"]);
    }
}

#[test]
fn a_new_container_is_created_whatever_is_missing() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with_json("a", &mounting("/kad/none"));
    deploy(&cm, &manifests, &["--settle", "0"]).expect_code(0);
    assert_eq!(changes(&cm.calls()), ["Create a", "Start a"]);
}

#[test]
fn a_replacement_that_was_interrupted_does_not_go_on_without_it() {
    let second = mounting("/kad/none");
    let mut new = stand_in("kad-next", &second);
    let keys = new.container.as_object_mut().unwrap();
    let mounts = keys.remove("mount_points").unwrap();
    keys.insert("mounts".to_owned(), mounts);
    let cm = kanto_cm()
        .first_versions(&["a"])
        .containers([new, stand_in("kad-prev", &version("a", 1))])
        .start();
    let manifests = Manifests::new().with_json("a", &second);
    let run = deploy(&cm, &manifests, &[]);
    run.expect_code(1)
        .expect_log("/kad/none does not exist where Kanto-CM runs");
    let calls = changes(&cm.calls());
    assert!(!calls.contains(&"Remove a".to_owned()), "{calls:?}");
    expect_running(&cm, "a", 1);
    expect_clean(&cm);
    assert_eq!(recorded_state(&cm, "a"), Value::Null);
}

#[test]
fn a_file_may_come_late() {
    in_own_mounts(|| {
        let _place = Mounted::empty(PathBuf::from(PLACE));
        let late = format!("{PLACE}/late");
        let cm = kanto_cm().first_versions(&["a"]).start();
        let manifests = Manifests::new().with_json("a", &mounting(&late));
        let daemon = Daemon::start(&cm, &manifests, &["--settle", "0"]).ready();
        daemon.wait_for(From::Log, "a: trying again in", 1);
        assert_eq!(changes(&cm.calls()), [""; 0]);
        fs::create_dir(&late).unwrap();
        daemon.wait_for(From::Out, "a  replaced", 1);
        assert_eq!(changes(&cm.calls()), calls_that_replace("a", "a"));
        daemon.end();
    });
}

/// Nothing is judged before the provider of a name has started: it may bring the file along.
#[test]
fn a_provider_may_bring_the_file() {
    in_own_mounts(|| {
        let _place = Mounted::empty(PathBuf::from(PLACE));
        let brought = format!("{PLACE}/brought");
        let slow = Image::new(image("b")).pull_ms(3_000);
        let cm = kanto_cm().first_versions(&["a"]).images([slow]).start();
        let mut second = mounting(&brought);
        second["host_config"] = manifest_after("a", &["b"])["host_config"].clone();
        let manifests = Manifests::new().with_json("a", &second).with("b");
        let mut bringing = version("b", 1);
        bringing["hooks"] =
            json!([{ "type": 0, "path": "/bin/mkdir", "args": ["mkdir", brought] }]);
        manifests.put("b", &bringing);
        deploy(&cm, &manifests, &["--settle", "0"]).expect_code(0);
        expect_running(&cm, "a", 2);
        let calls = cm.calls();
        let at = |method, id: &str| {
            calls
                .iter()
                .position(|call| call.method == method && call.id == id)
        };
        assert!(
            at(Method::Create, "kad-next.a") < at(Method::Start, "b"),
            "{}",
            cm.journal()
        );
    });
}

#[test]
fn kanto_cms_full_disk_keeps_replacements_from_beginning() {
    in_own_mounts(|| {
        for arguments in [&[][..], &["--state", "none"]] {
            let disk = Mounted::of_size(PathBuf::from("/var/lib"), "64k");
            let cm = kanto_cm().start();
            let manifests = Manifests::new().with_json("a", &version("a", 1));
            deploy(&cm, &manifests, arguments).expect_code(0);
            let hosts = cm.container("a").unwrap().whole["hosts_path"].clone();
            let hosts = PathBuf::from(hosts.as_str().unwrap());
            fs::create_dir_all(hosts.parent().unwrap()).unwrap();
            fs::write(&hosts, "").unwrap();
            cm.clear_calls();
            manifests.put("a", &version("a", 2));
            let run = deploy(&cm, &manifests.with("b"), arguments);
            run.expect_code(1)
                .expect_log("a: Kanto-CM's disk is full, at /var/lib/");
            assert_eq!(changes(&cm.calls()), ["Create b", "Start b"]);
            expect_running(&cm, "a", 1);
            disk.resize("1m");
            let manifests = Manifests::new().with_json("a", &version("a", 2));
            deploy(&cm, &manifests, arguments).expect_code(0);
            expect_running(&cm, "a", 2);
        }
    });
}
