//! What Create and the other calls refuse, and in which words.

use serde_json::{json, Value};

use crate::common::{policy, with};
use crate::does::Does;
use crate::subject::Subject;

/// Creates a container with more, which is refused with this text. Nothing is left of it.
fn refused(cm: &Subject, more: Value, text: &str) {
    let shown = more.to_string();
    let refusal = cm.refusal(cm.create(with(cm.spec("a", Does::Run(0), json!({})), more)));
    assert_eq!(refusal, text, "{shown}");
    assert!(cm.client.get(&cm.id("a")).unwrap().is_none(), "{shown}");
}

fn host_refused(cm: &Subject, host_config: Value, text: &str) {
    refused(cm, json!({ "host_config": host_config }), text);
}

#[test]
fn images_names_mounts_and_variables() {
    let cm = Subject::new();
    refused(
        &cm,
        json!({"image": {"name": ""}}),
        "the containers image configuration is invalid",
    );
    refused(
        &cm,
        json!({"name": "a b"}),
        "invalid container name format : a b",
    );
    refused(
        &cm,
        json!({"mounts": [{"source": "/a"}]}),
        "source and destination must be set for a mount point",
    );
    refused(
        &cm,
        json!({"mounts": [{"source": "/a", "destination": "/b", "propagation_mode": "own"}]}),
        "propagation mode must be set to one of the supported modes",
    );
    refused(
        &cm,
        json!({"config": {"env": ["A=1", "9=1"]}}),
        "invalid environmental variable declaration provided : 9=1",
    );
}

#[test]
fn privileges_networks_and_devices() {
    let cm = Subject::new();
    host_refused(
        &cm,
        json!({"privileged": true, "devices": [{"path_on_host": "/dev/null"}]}),
        "cannot create the container as privileged and with specified devices at the same time - choose one of the options",
    );
    host_refused(
        &cm,
        json!({"privileged": true, "extra_capabilities": ["CAP_NET_ADMIN"]}),
        "cannot create the container as privileged and with extra capabilities at the same time - choose one of the options",
    );
    host_refused(
        &cm,
        json!({"network_mode": "none"}),
        "unsupported network mode none",
    );
    host_refused(
        &cm,
        json!({"network_mode": "host", "port_mappings": [{"host_port": 1, "container_port": 1}]}),
        "cannot use port mappings when in host network mode",
    );
    host_refused(
        &cm,
        json!({"network_mode": "host", "extra_hosts": ["a:host_ip_eth0"]}),
        "cannot use the host_ip reserved key or any of its modifications when in host network mode",
    );
    host_refused(
        &cm,
        json!({"devices": [{"path_in_container": "/dev/x"}]}),
        "both path on the host and in the container must be specified for a device mapping",
    );
}

#[test]
fn logs() {
    let cm = Subject::new();
    let log = |driver: Value, mode: Value, text: &str| {
        let log = json!({"driver_config": driver, "mode_config": mode});
        host_refused(&cm, json!({ "log_config": log }), text);
    };
    let none = || json!({});
    log(
        json!({"type": "syslog"}),
        none(),
        "unsupported log driver configuration",
    );
    log(
        json!({"max_files": -1}),
        none(),
        "max log files cannot be < 1",
    );
    log(
        json!({"max_size": "x"}),
        none(),
        "invalid format of max logs size - x",
    );
    log(
        none(),
        json!({"mode": "fast"}),
        "unsupported log mode configuration",
    );
    log(
        none(),
        json!({"mode": "non-blocking", "max_buffer_size": "1"}),
        "invalid format of max buffer size - 1",
    );
}

#[test]
fn restart_policies() {
    let cm = Subject::new();
    let policy = |policy: Value, text: &str| {
        host_refused(&cm, json!({ "restart_policy": policy }), text);
    };
    policy(json!({}), "unsupported restart policy type ");
    policy(
        json!({"type": "sometimes"}),
        "unsupported restart policy type sometimes",
    );
    policy(
        json!({"type": "always", "maximum_retry_count": 1}),
        "cannot use max retry count when the restart policy is always",
    );
    policy(
        json!({"type": "on-failure", "maximum_retry_count": -1}),
        "restart policy max retry count cannot be negative",
    );
    policy(
        json!({"type": "on-failure", "retry_timeout": -1}),
        "restart policy retry timeout cannot be negative",
    );
}

#[test]
fn resources() {
    let cm = Subject::new();
    let resources = |resources: Value, text: &str| {
        host_refused(&cm, json!({ "resources": resources }), text);
    };
    resources(json!({"memory": "2M"}), "minimum memory allowed is 3M");
    resources(json!({"memory": "-1"}), "invalid format of memory - -1");
    resources(
        json!({"memory_swap": "5M"}),
        "swap memory - 5M, memory must be set as well",
    );
    resources(
        json!({"memory": "6M", "memory_swap": "5M"}),
        "swap memory - 5M is less than memory - 6M",
    );
    resources(
        json!({"memory": "6M", "memory_reservation": "7M"}),
        "reservation memory - 7M must be lower than memory - 6M",
    );
    resources(
        json!({"memory_reservation": "x"}),
        "invalid format of memory reservation - x",
    );
}

#[test]
fn an_unknown_id_is_refused_by_every_call_but_get() {
    let cm = Subject::new();
    let id = cm.id("x");
    let unknown = "no such container with id = x exists";
    assert!(cm.client.get(&id).unwrap().is_none());
    assert_eq!(cm.refusal(cm.client.start(&id)), unknown);
    assert_eq!(cm.refusal(cm.client.stop(&id, None)), unknown);
    assert_eq!(cm.refusal(cm.client.update(&id, policy("no"))), unknown);
    assert_eq!(cm.refusal(cm.client.pause(&id)), unknown);
    assert_eq!(cm.refusal(cm.client.unpause(&id)), unknown);
    assert_eq!(cm.refusal(cm.client.rename(&id, "y")), unknown);
    assert_eq!(cm.refusal(cm.client.remove(&id)), unknown);
}
