//! Ports and `extra_hosts`.

use serde_json::{json, Value};

use crate::does::Does;
use crate::subject::Subject;

fn with_port(cm: &Subject, short: &str, port: Value) -> String {
    let more = json!({"host_config": {"port_mappings": [port]}});
    cm.made(short, Does::Run(0), more)
}

#[test]
fn a_port_in_use_fails_the_start_and_leaves_the_status() {
    let cm = Subject::new();
    let port = || json!({"host_port": 45_080, "container_port": 80});
    let first = with_port(&cm, "a", port());
    let second = with_port(&cm, "b", port());
    cm.client.start(&first).unwrap();
    let text = cm.refusal(cm.client.start(&second));
    assert!(
        text.contains("Bind for 0.0.0.0:45080 failed: port is already allocated"),
        "{text}"
    );
    let container = cm.get(&second);
    assert_eq!(
        (
            container.state.status.as_str(),
            container.state.error.as_str()
        ),
        ("Created", "")
    );
    assert!(container.network_settings.is_none());
    cm.client.stop(&first, None).unwrap();
    cm.client.start(&second).unwrap();
    cm.refusal(cm.client.start(&first));
    assert_eq!(cm.get(&first).state.status, "Stopped");
}

#[test]
fn addresses_protocols_and_words() {
    let cm = Subject::new();
    let port = |host_ip: &str, protocol: &str| json!({"host_ip": host_ip, "protocol": protocol, "host_port": 45_081, "container_port": 80});
    let loopback = with_port(&cm, "a", port("127.0.0.1", "tcp"));
    cm.client.start(&loopback).unwrap();
    let udp = with_port(&cm, "b", port("127.0.0.1", "udp"));
    cm.client.start(&udp).unwrap();
    let other = with_port(&cm, "c", port("127.0.0.2", "tcp"));
    cm.client.start(&other).unwrap();
    // A word is no address: every interface.
    let word = with_port(&cm, "d", port("localhost", "tcp"));
    let text = cm.refusal(cm.client.start(&word));
    assert!(text.contains("failed"), "{text}");
    assert_eq!(
        cm.get(&word).host_config.port_mappings[0].host_ip,
        "localhost"
    );
}

#[test]
fn a_range_takes_a_free_port() {
    let cm = Subject::new();
    let range = || json!({"host_port": 45_082, "host_port_end": 45_083, "container_port": 80});
    let ids: Vec<String> = ["a", "b", "c"]
        .iter()
        .map(|short| with_port(&cm, short, range()))
        .collect();
    cm.client.start(&ids[0]).unwrap();
    cm.client.start(&ids[1]).unwrap();
    cm.refusal(cm.client.start(&ids[2]));
}

#[test]
fn hosts_that_are_no_pair_fail_the_start() {
    let cm = Subject::new();
    for (short, entry) in [("a", "a:::1"), ("b", "alone")] {
        let more = json!({"host_config": {"extra_hosts": [entry]}});
        let id = cm.made(short, Does::Run(0), more);
        let text = cm.refusal(cm.client.start(&id));
        assert!(text.contains("is incorrectly defined"), "{entry}: {text}");
        assert_eq!(cm.get(&id).state.status, "Created", "{entry}");
    }
}

#[test]
fn a_host_that_is_not_there_is_left_out() {
    let cm = Subject::new();
    let more = json!({"host_config": {"extra_hosts": ["p:container_cfm-none-host", "h:host_ip", "i:1.2.3.4"]}});
    cm.run("a", Does::Run(0), more);
}
