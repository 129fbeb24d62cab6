//! Create: the defaults, ids and names, and what is created though it can never start.

use serde_json::{json, to_value, Value};

use crate::common::with;
use crate::does::Does;
use crate::subject::Subject;

/// What Create has made of this host configuration.
fn filled(cm: &Subject, short: &str, host_config: Value) -> Value {
    let more = json!({ "host_config": host_config });
    let created = cm.create(cm.spec(short, Does::Run(0), more)).unwrap();
    let id = created.id.clone();
    assert_eq!(cm.get(&id), created, "Get agrees with the answer");
    to_value(&*created.host_config).unwrap()
}

#[test]
fn the_answer_is_the_whole_container_with_its_defaults() {
    let cm = Subject::new();
    let image = cm.image();
    let id = cm.id("a");
    let created = cm
        .create(json!({"id": id, "image": {"name": image}}))
        .unwrap();
    assert!(created.created.ends_with('Z'), "{}", created.created);
    let mut container = to_value(&created).unwrap();
    container["created"] = json!("");
    let expected = json!({
        "id": id, "name": id, "image": {"name": image, "decrypt_config": null},
        "host_name": format!("{id}-host"), "domain_name": format!("{id}-domain"),
        "resolv_conf_path": "", "hosts_path": "", "hostname_path": "",
        "mounts": [], "hooks": [], "config": null, "network_settings": null,
        "io_config": {"attach_stderr": false, "attach_stdin": false, "attach_stdout": false,
            "open_stdin": false, "stdin_once": false, "tty": false},
        "host_config": {
            "devices": [], "network_mode": "bridge", "privileged": false, "extra_hosts": [], "port_mappings": [],
            "restart_policy": {"type": "unless-stopped", "maximum_retry_count": 0, "retry_timeout": 0},
            "runtime": "io.containerd.runc.v2", "resources": null, "extra_capabilities": [],
            "log_config": {
                "driver_config": {"type": "json-file", "max_files": 2, "max_size": "100M", "root_dir": ""},
                "mode_config": {"mode": "blocking", "max_buffer_size": ""}}},
        "state": {"status": "Created", "pid": -1, "exit_code": 0, "error": "", "started_at": "", "finished_at": "",
            "exited": false, "dead": false, "restarting": false, "paused": false, "running": false, "oomKilled": false},
        "created": "", "manually_stopped": false, "restart_count": 0,
    });
    assert_eq!(container, expected);
}

#[test]
fn lists_are_filled_in_entry_by_entry() {
    let cm = Subject::new();
    let host = filled(
        &cm,
        "a",
        json!({
            "devices": [{"path_on_host": "/dev/null"}],
            "port_mappings": [{"host_port": 45_001, "container_port": 80}],
        }),
    );
    assert_eq!(
        host["devices"],
        json!([{"path_on_host": "/dev/null", "path_in_container": "/dev/null", "cgroup_permissions": "rwm"}])
    );
    assert_eq!(
        host["port_mappings"],
        json!([{"protocol": "tcp", "host_ip": "0.0.0.0", "host_port": 45_001, "host_port_end": 45_001,
            "container_port": 80}])
    );
    let mounts = json!({"mounts": [{"source": "/tmp", "destination": "/mnt"}]});
    let created = cm.create(cm.spec("b", Does::Run(0), mounts)).unwrap();
    assert_eq!(created.mounts[0].propagation_mode, "rprivate");
}

#[test]
fn what_does_not_apply_to_a_log_is_dropped() {
    let cm = Subject::new();
    let log = |short: &str, driver: Value, mode: Value| {
        let log = json!({"driver_config": driver, "mode_config": mode});
        filled(&cm, short, json!({ "log_config": log }))["log_config"].clone()
    };
    assert_eq!(
        log(
            "a",
            json!({"type": "none", "max_files": 3, "max_size": "1M"}),
            json!({"mode": "non-blocking"})
        ),
        json!({"driver_config": {"type": "none", "max_files": 0, "max_size": "", "root_dir": ""},
            "mode_config": {"mode": "non-blocking", "max_buffer_size": "1M"}})
    );
    assert_eq!(
        log("b", json!({}), json!({"max_buffer_size": "5M"}))["mode_config"],
        json!({"mode": "blocking", "max_buffer_size": ""})
    );
}

#[test]
fn swap_is_twice_the_memory() {
    let cm = Subject::new();
    for (short, memory, swap, becomes) in [
        ("a", "200M", "", "400M"),
        ("b", "1.23456 g", "", "2.4691g"),
        ("c", "200M", "-1", ""),
        ("d", "200M", "300M", "300M"),
        ("e", "", "", ""),
    ] {
        let resources = json!({"memory": memory, "memory_swap": swap});
        let host = filled(&cm, short, json!({ "resources": resources }));
        assert_eq!(host["resources"]["memory_swap"], becomes, "{memory} {swap}");
    }
}

#[test]
fn a_retry_timeout_is_in_seconds() {
    let cm = Subject::new();
    let policy = json!({"type": "on-failure", "maximum_retry_count": 3, "retry_timeout": 5});
    let host = filled(&cm, "a", json!({ "restart_policy": policy }));
    assert_eq!(host["restart_policy"], policy);
}

#[test]
fn ids_are_unique_and_names_are_not() {
    let cm = Subject::new();
    let named = |short: &str| cm.spec(short, Does::Run(0), json!({"name": "cfm-shared"}));
    cm.create(named("a")).unwrap();
    assert_eq!(
        cm.refusal(cm.create(named("a"))),
        "container with id = a already exists"
    );
    let other = cm.create(named("b")).unwrap();
    assert_eq!(other.name, "cfm-shared");
    let without = with(cm.spec("c", Does::Run(0), json!({})), json!({"id": ""}));
    let id = cm.create(without).unwrap().id;
    assert_eq!((id.len(), id.matches('-').count()), (36, 4), "{id}");
    let listed = cm.client.list().unwrap();
    for id in [cm.id("a"), cm.id("b"), id] {
        assert_eq!(
            listed.iter().filter(|container| container.id == id).count(),
            1,
            "{id}"
        );
    }
}

#[test]
fn odd_ids_are_created_and_never_start() {
    let cm = Subject::new();
    let long = "x".repeat(77 - cm.id("").len());
    for (short, text) in [
        ("a--b", "must match"),
        ("a_-b", "must match"),
        ("a-", "must match"),
        ("a b", "must match"),
        (&long, "greater than maximum length (76 characters)"),
    ] {
        let name = json!({"name": "n"});
        let id = cm.made(short, Does::Run(0), name);
        let refusal = cm.client.start(&id);
        let refusal = crate::common::refusal(refusal);
        assert!(refusal.contains(text), "{short}: {refusal}");
        let state = cm.get(&id).state;
        assert_eq!((state.status.as_str(), &state.error), ("Stopped", &refusal));
    }
}

#[test]
fn a_long_host_name_is_created_and_never_starts() {
    let cm = Subject::new();
    for (short, length, starts) in [("a", 64, true), ("b", 65, false)] {
        let name = json!({"host_name": "h".repeat(length)});
        let id = cm.made(short, Does::Run(0), name);
        let answer = cm.client.start(&id);
        assert_eq!(answer.is_ok(), starts, "{answer:?}");
        if !starts {
            let text = cm.refusal(answer);
            assert!(text.contains("sethostname: invalid argument"), "{text}");
            assert_eq!(cm.get(&id).state.status, "Stopped");
        }
    }
}

#[test]
fn a_relative_directory_for_the_log_is_refused() {
    let cm = Subject::new();
    let with_directory = |root_dir: &str| {
        let driver = json!({"driver_config": {"root_dir": root_dir}});
        cm.spec(
            "a",
            Does::Run(0),
            json!({"host_config": {"log_config": driver}}),
        )
    };
    assert_eq!(
        cm.refusal(cm.create(with_directory("var/log"))),
        "root dir for container log, var/log should be an absolute path"
    );
    assert!(cm.client.get(&cm.id("a")).unwrap().is_none());
    let directory = tempfile::tempdir().unwrap();
    let absolute = directory.path().to_str().unwrap();
    cm.create(with_directory(absolute)).unwrap();
}
