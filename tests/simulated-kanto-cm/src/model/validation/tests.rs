//! Tests: what a Create refuses, and in which words.

use serde_json::{from_value, json, Value};

use super::*;
use crate::model::defaults;

fn checked(container: Value) -> Checked {
    let mut container: Container = from_value(container).unwrap();
    defaults::fill(&mut container);
    check(&container)
}

fn host(host_config: Value) -> Checked {
    checked(json!({"image": {"name": "i"}, "host_config": host_config}))
}

#[track_caller]
fn refused(checked: Checked, part: &str) {
    let text = checked.expect_err("it should be refused");
    assert!(text.contains(part), "{text}");
}

#[test]
fn the_defaults_pass() {
    checked(json!({"image": {"name": "i"}})).unwrap();
    host(json!({"network_mode": "host", "privileged": true})).unwrap();
}

#[test]
fn image_name_mounts_and_variables() {
    refused(
        checked(json!({"image": {"name": ""}})),
        "image configuration",
    );
    refused(
        checked(json!({"image": {"name": "i"}, "name": "a b"})),
        "name format",
    );
    let mount = |mount: Value| checked(json!({"image": {"name": "i"}, "mounts": [mount]}));
    refused(mount(json!({"source": "/a"})), "source and destination");
    refused(
        mount(json!({"source": "/a", "destination": "/b", "propagation_mode": "own"})),
        "propagation mode",
    );
    mount(json!({"source": "/a", "destination": "/b", "propagation_mode": "slave"})).unwrap();
    refused(
        checked(json!({"image": {"name": "i"}, "config": {"env": ["A=1", "9=1"]}})),
        "declaration",
    );
}

#[test]
fn privileges_network_and_devices() {
    refused(
        host(json!({"privileged": true, "devices": [{"path_on_host": "/dev/x"}]})),
        "devices",
    );
    refused(
        host(json!({"privileged": true, "extra_capabilities": ["CAP_X"]})),
        "capabilities",
    );
    refused(
        host(json!({"network_mode": "none"})),
        "unsupported network mode none",
    );
    refused(
        host(json!({"network_mode": "host", "port_mappings": [{"host_port": 1}]})),
        "port mappings",
    );
    for entry in ["a:host_ip", "a:host_ip_eth0"] {
        refused(
            host(json!({"network_mode": "host", "extra_hosts": [entry]})),
            "host_ip",
        );
    }
    host(json!({"network_mode": "host", "extra_hosts": ["a:1.2.3.4", "b:host_ip_"]})).unwrap();
    refused(
        host(json!({"devices": [{"path_in_container": "/dev/x"}]})),
        "device mapping",
    );
}

#[test]
fn logs_and_restart_policies() {
    refused(
        host(json!({"log_config": {"driver_config": {"type": "syslog"}}})),
        "log driver",
    );
    refused(
        host(json!({"log_config": {"driver_config": {"max_files": -1}}})),
        "max log files",
    );
    refused(
        host(json!({"log_config": {"driver_config": {"max_size": "x"}}})),
        "max logs size",
    );
    refused(
        host(json!({"log_config": {"mode_config": {"mode": "fast"}}})),
        "log mode",
    );
    refused(
        host(
            json!({"log_config": {"mode_config": {"mode": "non-blocking", "max_buffer_size": "1"}}}),
        ),
        "max buffer size",
    );
    let policy = |policy: Value| host(json!({"restart_policy": policy}));
    refused(
        policy(json!({"type": "sometimes"})),
        "unsupported restart policy",
    );
    refused(policy(json!({})), "unsupported restart policy type ");
    refused(
        policy(json!({"type": "always", "maximum_retry_count": 1})),
        "cannot use max retry count",
    );
    refused(
        policy(json!({"type": "on-failure", "maximum_retry_count": -1})),
        "max retry count",
    );
    refused(
        policy(json!({"type": "on-failure", "retry_timeout": -1})),
        "retry timeout",
    );
    policy(json!({"type": "on-failure", "maximum_retry_count": 3})).unwrap();
}

#[test]
fn the_directory_of_the_log_is_absolute() {
    let given = |driver: Value| {
        let host_config = json!({"log_config": {"driver_config": driver}});
        let mut container: Container = from_value(json!({"host_config": host_config})).unwrap();
        defaults::fill(&mut container);
        check_log_directory(&container)
    };
    refused(given(json!({"root_dir": "var/log"})), "an absolute path");
    given(json!({"root_dir": "/var/log"})).unwrap();
    given(json!({"root_dir": "var/log", "type": "none"})).unwrap();
    given(json!({})).unwrap();
}

#[test]
fn resources() {
    let given = |resources: Value| host(json!({"resources": resources}));
    refused(given(json!({"memory": "2M"})), "minimum");
    refused(given(json!({"memory": "-1"})), "invalid format of memory");
    refused(given(json!({"memory_swap": "5M"})), "memory must be set");
    refused(
        given(json!({"memory": "6M", "memory_swap": "5M"})),
        "less than memory",
    );
    refused(
        given(json!({"memory": "6M", "memory_reservation": "7M"})),
        "must be lower",
    );
    refused(
        given(json!({"memory_reservation": "x"})),
        "memory reservation",
    );
    given(json!({"memory": "6M", "memory_swap": "-1", "memory_reservation": "6M"})).unwrap();
}
