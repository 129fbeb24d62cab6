//! How a manifest is written never matters: white space, the order of keys and of what has no order, defaults that are
//! spelled out, the format.

use serde_json::{json, Map, Value};

use super::*;
use crate::container::{IoConfig, MountPoint, PortMapping};
use crate::random::Random;

const MANIFESTS: u64 = 500;

fn container(random: &mut Random) -> Container {
    let mut one = level("info").container;
    one.env = ["A=1", "B=two words", "C"][..random.below(4)]
        .iter()
        .map(ToString::to_string)
        .collect();
    one.cmd = ["run", "--fast", "run"][..random.below(4)]
        .iter()
        .map(ToString::to_string)
        .collect();
    for n in 0..random.below(3) {
        one.mounts.push(MountPoint {
            source: format!("/host/{n}"),
            destination: format!("/{n}"),
            propagation_mode: random.pick(&["", "rslave"]).to_owned(),
        });
    }
    let host = &mut one.host_config;
    for n in 0..random.below(3) {
        host.port_mappings.push(PortMapping {
            host_port: 8000 + i64::try_from(n).unwrap(),
            container_port: 80,
            protocol: random.pick(&["", "udp"]).to_owned(),
            ..PortMapping::default()
        });
    }
    host.restart_policy.kind = random.pick(&["", "always", "no", "on-failure"]).to_owned();
    host.resources.memory = random.pick(&["", "200M", "1.5G"]).to_owned();
    if !host.resources.memory.is_empty() {
        host.resources.memory_swap = random.pick(&["", "-1", "3G"]).to_owned();
    }
    one.io_config = IoConfig {
        tty: random.chance(30),
        ..IoConfig::default()
    };
    one
}

/// The same container, with the defaults spelled out and what has no order in another one.
fn reworded(random: &mut Random, one: &Container) -> Container {
    let mut other = one.clone();
    if random.chance(50) {
        other = other.with_defaults().to_create_again(one.id.clone());
    }
    random.shuffle(&mut other.env);
    random.shuffle(&mut other.mounts);
    random.shuffle(&mut other.host_config.port_mappings);
    other
}

/// The keys that both formats have.
fn common(one: &Container) -> Map<String, Value> {
    let (host, log, io) = (
        &one.host_config,
        &one.host_config.log_config,
        &one.io_config,
    );
    let ports = host.port_mappings.iter().map(|p| {
        json!({ "protocol": p.protocol, "container_port": p.container_port, "host_ip": p.host_ip,
                "host_port": p.host_port, "host_port_end": p.host_port_end })
    });
    let value = json!({
        "image": { "name": one.image.name, "decrypt_config": null },
        "host_name": one.host_name, "domain_name": one.domain_name, "hooks": [],
        "host_config": {
            "devices": [], "network_mode": host.network_mode, "privileged": host.privileged,
            "restart_policy": { "maximum_retry_count": host.restart_policy.maximum_retry_count,
                "retry_timeout": host.restart_policy.retry_timeout, "type": host.restart_policy.kind },
            "runtime": host.runtime, "extra_hosts": [], "port_mappings": ports.collect::<Value>(),
            "log_config": {
                "driver_config": { "type": log.driver, "max_files": log.max_files, "max_size": log.max_size, "root_dir": "" },
                "mode_config": { "mode": log.mode, "max_buffer_size": log.max_buffer_size } },
            "resources": { "memory": host.resources.memory, "memory_reservation": "", "memory_swap": host.resources.memory_swap },
        },
        "io_config": { "attach_stderr": false, "attach_stdin": false, "attach_stdout": false,
            "open_stdin": false, "stdin_once": false, "tty": io.tty },
        "config": { "env": one.env, "cmd": one.cmd },
    });
    value.as_object().unwrap().clone()
}

fn mounts(one: &Container) -> Value {
    let mounts = one.mounts.iter().map(|m| {
        json!({ "source": m.source, "destination": m.destination, "propagation_mode": m.propagation_mode })
    });
    mounts.collect()
}

fn internal_format(one: &Container) -> Value {
    let mut keys = common(one);
    let own = json!({
        "id": one.id, "name": one.name, "mounts": mounts(one),
        "resolv_conf_path": "", "hosts_path": "", "hostname_path": "", "network_settings": null, "state": null,
        "created": "", "manually_stopped": false, "restart_count": 0,
    });
    keys.extend(own.as_object().unwrap().clone());
    Value::Object(keys)
}

/// What is empty is left out, or `null`.
fn cm_format(random: &mut Random, one: &Container) -> Value {
    let mut keys = common(one);
    keys.insert("container_id".to_owned(), json!(one.id));
    keys.insert("container_name".to_owned(), json!(one.name));
    keys.insert("mount_points".to_owned(), mounts(one));
    let mut value = Value::Object(keys);
    leave_out(random, &mut value);
    value
}

fn leave_out(random: &mut Random, value: &mut Value) {
    match value {
        Value::Object(keys) => {
            keys.values_mut().for_each(|value| leave_out(random, value));
            let is_empty = |value: &Value| {
                [
                    json!(""),
                    json!([]),
                    json!({}),
                    json!(0),
                    json!(false),
                    json!(null),
                ]
                .contains(value)
            };
            for value in keys.values_mut().filter(|value| is_empty(value)) {
                *value = Value::Null;
            }
            keys.retain(|_, value| !value.is_null() || random.chance(20));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| leave_out(random, item)),
        _ => {}
    }
}

/// As text, with the keys in some order and white space here and there.
fn text(random: &mut Random, value: &Value) -> String {
    let space = random.pick(&["", " ", "\n\t", "\r\n  "]);
    let (open, items, close) = match value {
        Value::Object(keys) => {
            let item = |(key, value): (&String, &Value)| {
                format!("{space}{key:?}{space}:{space}{}", text(random, value))
            };
            let mut items: Vec<String> = keys.iter().map(item).collect();
            random.shuffle(&mut items);
            ('{', items, '}')
        }
        Value::Array(items) => {
            let items = items.iter().map(|item| text(random, item)).collect();
            ('[', items, ']')
        }
        plain => return format!("{space}{plain}"),
    };
    format!("{open}{}{space}{close}", items.join(","))
}

#[test]
fn it_changes_neither_the_digest_nor_the_plan() {
    let content = |one: &Container| digest(&one.clone().with_defaults());
    for seed in 0..MANIFESTS {
        let random = &mut Random::new(seed);
        let wanted = container(random);
        let other = reworded(random, &wanted);
        let value = match random.below(2) {
            0 => internal_format(&other),
            _ => cm_format(random, &other),
        };
        let text = text(random, &value);
        let parsed = parse_manifest("file", text.as_bytes());
        let read = parsed
            .container
            .unwrap_or_else(|problems| panic!("{seed}: {problems:?}\n{text}"));
        assert_eq!(
            content(&wanted),
            content(&read),
            "{seed}: {wanted:?}\n{text}"
        );
        let one = Manifest {
            container: wanted,
            ..level("")
        };
        let again = Manifest {
            container: read,
            ..level("")
        };
        let existing = [listed(&one, "x", Status::Running)];
        let plan = plan(&[again], &existing);
        assert!(changes_nothing(&plan), "{seed}: {plan:?}\n{text}");
    }
}

#[test]
fn what_is_said_does_change_it() {
    for seed in 0..MANIFESTS {
        let random = &mut Random::new(seed);
        let one = container(random);
        let mut other = one.clone();
        match random.below(4) {
            0 => other.env.push("D=4".to_owned()),
            1 => other.cmd.push("--slow".to_owned()),
            2 => other.host_config.resources.memory = "7M".to_owned(),
            _ => other.image.name = "i:2".to_owned(),
        }
        let (one, other) = (one.with_defaults(), other.with_defaults());
        assert_ne!(digest(&one), digest(&other), "{seed}: {other:?}");
    }
}
