//! When two contents are the same: what has an order, what has none, and what has one in part.

use serde_json::{json, Value};
use simulated_kanto_cm::Process;

use crate::common::replacing::{calls_that_replace, expect_clean};
use crate::common::{changes, deploy, kanto_cm, manifest, Manifests};

const QUICKLY: &[&str] = &["--settle", "0"];

/// The manifest of `a` with these values.
fn with(values: &Value) -> Value {
    let mut manifest = manifest("a");
    for (key, value) in values.as_object().unwrap() {
        manifest[key] = value.clone();
    }
    manifest
}

fn mounts(destinations: &[(&str, &str)]) -> Value {
    let mount = |(source, destination): &(&str, &str)| json!({ "source": source, "destination": destination });
    with(&json!({ "mount_points": destinations.iter().map(mount).collect::<Vec<_>>() }))
}

fn env(variables: &[&str]) -> Value {
    with(&json!({ "config": { "env": variables } }))
}

fn host(host_config: &Value) -> Value {
    with(&json!({ "host_config": host_config }))
}

/// What Kanto-CM has of the values that have an order.
fn in_order(cm: &Process) -> (Vec<String>, Value) {
    let whole = cm.container("a").unwrap().whole;
    let mounts = whole["mounts"].as_array().unwrap().iter();
    let mounts = mounts.map(|mount| format!("{} {}", mount["source"], mount["destination"]));
    (mounts.collect(), whole["config"]["env"].clone())
}

#[test]
fn another_order_that_matters_is_deployed() {
    for (before, after) in [
        (
            mounts(&[("/usr", "/data/sub"), ("/etc", "/data")]),
            mounts(&[("/etc", "/data"), ("/usr", "/data/sub")]),
        ),
        (
            mounts(&[("/usr", "/data"), ("/etc", "/data")]),
            mounts(&[("/etc", "/data"), ("/usr", "/data")]),
        ),
        (
            mounts(&[("/usr", "/x/y/z"), ("/etc", "/b"), ("/etc", "/x/")]),
            mounts(&[("/etc", "/x/"), ("/etc", "/b"), ("/usr", "/x/y/z")]),
        ),
        (env(&["A=1", "B=1", "A=2"]), env(&["A=2", "B=1", "A=1"])),
        (env(&["A=2"]), env(&["A=2", "A=1"])),
        (
            with(&json!({ "config": { "cmd": ["run", "x", "y"] } })),
            with(&json!({ "config": { "cmd": ["run", "y", "x"] } })),
        ),
    ] {
        let cm = kanto_cm().start();
        let manifests = Manifests::new().with_json("a", &before);
        deploy(&cm, &manifests, QUICKLY).expect_code(0);
        cm.clear_calls();
        manifests.put("a", &after);
        deploy(&cm, &manifests, QUICKLY)
            .expect_code(0)
            .expect_lines(&["a  replaced", "1 manifest: 1 deployed"]);
        assert_eq!(
            changes(&cm.calls()),
            calls_that_replace("a", "a"),
            "{after}"
        );
        expect_clean(&cm);
        let replaced = in_order(&cm);
        let fresh = kanto_cm().start();
        deploy(&fresh, &manifests, QUICKLY).expect_code(0);
        assert_eq!(replaced, in_order(&fresh), "{after}");
    }
}

#[test]
fn an_order_that_does_not_matter_changes_nothing() {
    let ports = |numbers: [u16; 2]| {
        let port = |number| json!({ "host_port": number, "container_port": number });
        host(&json!({ "port_mappings": numbers.map(port) }))
    };
    let devices = |devices: [(&str, &str); 2]| {
        let device =
            |(path, letters)| json!({ "path_on_host": path, "cgroup_permissions": letters });
        host(&json!({ "devices": devices.map(device) }))
    };
    let sets = |hosts: [&str; 2], capabilities: [&str; 2]| {
        host(&json!({ "extra_hosts": hosts, "extra_capabilities": capabilities }))
    };
    for (before, after) in [
        (
            mounts(&[("/usr", "/a"), ("/etc", "/b"), ("/usr", "/ab")]),
            mounts(&[("/usr", "/ab"), ("/etc", "/b"), ("/usr", "/a")]),
        ),
        (
            mounts(&[("/etc", "/a"), ("/usr", "/a/b"), ("/etc", "/c")]),
            mounts(&[("/etc", "/c"), ("/etc", "/a"), ("/usr", "/a/b")]),
        ),
        (env(&["B=1", "A=1"]), env(&["A=1", "B=1"])),
        (env(&["A=1", "A=2"]), env(&["A=2"])),
        (ports([8080, 9090]), ports([9090, 8080])),
        (
            devices([("/dev/a", "rwm"), ("/dev/b", "rw")]),
            devices([("/dev/b", "wr"), ("/dev/a", "mrw")]),
        ),
        (
            sets(["x:1.1.1.1", "y:1.1.1.2"], ["CAP_A", "CAP_B"]),
            sets(["y:1.1.1.2", "x:1.1.1.1"], ["CAP_B", "CAP_A"]),
        ),
    ] {
        let cm = kanto_cm().start();
        let manifests = Manifests::new().with_json("a", &before);
        deploy(&cm, &manifests, QUICKLY).expect_code(0);
        cm.clear_calls();
        manifests.put("a", &after);
        // Where content counted as changed, `--reapply` would hide it.
        for arguments in [QUICKLY, &["--settle", "0", "--reapply"]] {
            deploy(&cm, &manifests, arguments)
                .expect_code(0)
                .expect_lines(&["a  up to date", "1 manifest: 1 up to date"]);
        }
        assert!(cm.changing_calls().is_empty(), "{after}\n{}", cm.journal());
    }
}
