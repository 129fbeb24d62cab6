//! Containers, options and requests, by the API's field names.

use protobuf::MessageField;
use serde_json::{json, Value};
use simulated_kanto_cm::proto::containers::*;
use simulated_kanto_cm::proto::types::{
    Container, Resources, RestartPolicy, StopOptions, UpdateOptions,
};

/// A container with this id, and what else is given.
pub fn container(id: &str, more: Value) -> Value {
    with(
        json!({"id": id, "image": {"name": "registry/image:1"}}),
        more,
    )
}

/// A container with other values at the top.
pub fn with(mut container: Value, more: Value) -> Value {
    let Value::Object(more) = more else {
        panic!("an object")
    };
    container.as_object_mut().unwrap().extend(more);
    container
}

pub fn plain(id: &str) -> Value {
    container(id, json!({}))
}

/// A container with a command of the simulator's.
pub fn with_command(id: &str, words: &str) -> Value {
    let words: Vec<&str> = words.split(' ').collect();
    container(id, json!({"config": {"cmd": words}}))
}

pub fn with_policy(id: &str, words: &str, policy: &str) -> Value {
    let mut container = with_command(id, words);
    container["host_config"] = json!({"restart_policy": {"type": policy}});
    container
}

pub fn create_request(container: Value) -> CreateContainerRequest {
    let container: Container = serde_json::from_value(container).unwrap();
    CreateContainerRequest {
        container: MessageField::some(container),
        ..Default::default()
    }
}

pub fn start_request(id: &str) -> StartContainerRequest {
    StartContainerRequest {
        id: id.into(),
        ..Default::default()
    }
}

pub fn stop_request(id: &str, options: Option<StopOptions>) -> StopContainerRequest {
    StopContainerRequest {
        id: id.into(),
        stopOptions: MessageField::from_option(options),
        ..Default::default()
    }
}

pub fn remove_request(
    id: &str,
    force: bool,
    options: Option<StopOptions>,
) -> RemoveContainerRequest {
    RemoveContainerRequest {
        id: id.into(),
        force,
        stopOptions: MessageField::from_option(options),
        ..Default::default()
    }
}

#[allow(clippy::unnecessary_wraps)] // as the calls take them
pub fn stop_options(timeout: i64, force: bool) -> Option<StopOptions> {
    Some(StopOptions {
        timeout,
        force,
        ..Default::default()
    })
}

pub fn policy(kind: &str) -> UpdateOptions {
    let policy = RestartPolicy {
        type_: kind.into(),
        ..Default::default()
    };
    UpdateOptions {
        restart_policy: MessageField::some(policy),
        ..Default::default()
    }
}

pub fn resources(memory: &str, memory_swap: &str) -> UpdateOptions {
    let resources = Resources {
        memory: memory.into(),
        memory_swap: memory_swap.into(),
        ..Default::default()
    };
    UpdateOptions {
        resources: MessageField::some(resources),
        ..Default::default()
    }
}
