//! Addresses, entries of `extra_hosts`, ports, and what Start writes into a container.

use crate::common::*;
use serde_json::json;
use simulated_kanto_cm::{Process, Setup};

#[allow(clippy::needless_pass_by_value)] // values are made in place
fn with_host_config(id: &str, host_config: serde_json::Value) -> serde_json::Value {
    container(id, json!({"host_config": host_config}))
}

fn dependent(id: &str, on: &str) -> serde_json::Value {
    with_host_config(
        id,
        json!({"extra_hosts": [format!("provider:container_{on}"), "other:1.2.3.4", "gate:host_ip"]}),
    )
}

fn provider(simulator: &Process, id: &str) -> Option<String> {
    let container = simulator.container(id).unwrap();
    container
        .hosts
        .into_iter()
        .find(|host| host.name == "provider")
        .unwrap()
        .address
}

#[test]
fn entries_come_and_go_with_the_provider() {
    let (simulator, client) = started(Setup::default());
    client.create(plain("p")).unwrap();
    client.run(dependent("d", "p-host"));
    let hosts = simulator.container("d").unwrap().hosts;
    assert_eq!(hosts[0].address, None);
    assert_eq!(hosts[1].address.as_deref(), Some("1.2.3.4"));
    assert_eq!(hosts[2].address.as_deref(), Some("172.17.0.1"));
    client.start("p").unwrap();
    let first = simulator.container("p").unwrap().address;
    assert_eq!(provider(&simulator, "d"), first);
    client.stop("p", None).unwrap();
    assert_eq!(provider(&simulator, "d"), None);
    client.start("p").unwrap();
    let second = simulator.container("p").unwrap().address;
    assert_ne!(first, second, "a new address");
    assert_eq!(provider(&simulator, "d"), second);
}

#[test]
fn two_running_providers_of_a_name_are_none() {
    let (simulator, client) = started(Setup::default());
    let same = |id: &str| container(id, json!({"host_name": "p"}));
    client.run(same("p1"));
    client.create(same("p2")).unwrap();
    client.run(dependent("d", "p"));
    assert!(provider(&simulator, "d").is_some());
    client.start("p2").unwrap();
    assert_eq!(provider(&simulator, "d"), None);
    simulator.exit_container("p1", 0);
    assert_eq!(
        provider(&simulator, "d"),
        simulator.container("p2").unwrap().address
    );
}

#[test]
fn hosts_survive_a_crash_of_the_daemon() {
    let (simulator, client) = started(Setup::default());
    client.run(plain("p"));
    client.run(dependent("d", "p-host"));
    let before = simulator.container("d").unwrap().hosts;
    simulator.kill();
    simulator.start_again();
    assert_eq!(simulator.container("d").unwrap().hosts, before);
    client.run(plain("q"));
    let address = |id: &str| simulator.container(id).unwrap().address;
    assert!(address("q") != address("p") && address("q") != address("d"));
}

#[test]
fn a_malformed_entry_fails_the_start_and_leaves_the_status() {
    let (simulator, client) = started(Setup::default());
    client
        .create(with_host_config("a", json!({"extra_hosts": ["a:b:c"]})))
        .unwrap();
    assert!(refusal(client.start("a")).contains("incorrectly defined"));
    assert_eq!(simulator.container("a").unwrap().status, "Created");
}

#[test]
fn host_mode_takes_the_machines_host_name() {
    let (simulator, client) = started(Setup {
        machine_host_name: "ecu-7".into(),
        ..Setup::default()
    });
    let created = client
        .create(with_host_config("a", json!({"network_mode": "host"})))
        .unwrap();
    assert_eq!(created.host_name, "a-host");
    client.start("a").unwrap();
    let container = simulator.container("a").unwrap();
    assert_eq!(container.whole["host_name"], "ecu-7");
    assert_eq!(container.address, None);
    client.run(dependent("d", "ecu-7"));
    assert_eq!(provider(&simulator, "d"), None, "it is not on the bridge");
}

#[test]
fn start_rewrites_the_names_of_runc() {
    let (simulator, client) = started(Setup::default());
    client.run(with_host_config(
        "a",
        json!({"runtime": "io.containerd.runc.v1"}),
    ));
    client.run(with_host_config(
        "b",
        json!({"runtime": "io.containerd.kata.v2"}),
    ));
    let runtime =
        |id: &str| simulator.container(id).unwrap().whole["host_config"]["runtime"].clone();
    assert_eq!(runtime("a"), "io.containerd.runc.v2");
    assert_eq!(runtime("b"), "io.containerd.kata.v2");
}

#[test]
fn ports_are_bound_at_start() {
    let (simulator, client) = started(Setup {
        ports_in_use: vec![22],
        ..Setup::default()
    });
    let with_port = |id: &str, ip: &str, port: i64| {
        with_host_config(
            id,
            json!({"port_mappings": [{"host_ip": ip, "host_port": port, "container_port": 80}]}),
        )
    };
    client.run(with_port("a", "localhost", 8080));
    assert_eq!(
        simulator.container("a").unwrap().ports,
        ["0.0.0.0:8080/tcp"],
        "a word is every interface"
    );
    client.run(with_port("b", "127.0.0.1", 8081));
    assert_eq!(
        simulator.container("b").unwrap().ports,
        ["127.0.0.1:8081/tcp"]
    );
    client.create(with_port("c", "127.0.0.1", 8080)).unwrap();
    assert!(refusal(client.start("c")).contains("port is already allocated"));
    let container = simulator.container("c").unwrap();
    assert_eq!(
        (container.status.as_str(), container.address),
        ("Created", None)
    );
    client.create(with_port("d", "", 22)).unwrap();
    assert!(refusal(client.start("d")).contains("address already in use"));
    client.stop("a", None).unwrap();
    client.start("c").unwrap();
    assert!(refusal(client.start("a")).contains("port is already allocated"));
    assert_eq!(simulator.container("a").unwrap().status, "Stopped");
}

#[test]
fn copied_network_settings_tear_down_the_others_network() {
    let (simulator, client) = started(Setup::default());
    client.run(plain("p"));
    client.run(dependent("d", "p-host"));
    let settings = simulator.container("p").unwrap().whole["network_settings"].clone();
    client
        .create(container("copy", json!({"network_settings": settings})))
        .unwrap();
    assert!(provider(&simulator, "d").is_some());
    client.remove("copy").unwrap();
    assert_eq!(provider(&simulator, "d"), None);
    assert_eq!(simulator.container("p").unwrap().address, None);
}
