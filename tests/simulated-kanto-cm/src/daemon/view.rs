//! The state as the tests see it.

use super::{Record, World};
use crate::protocol::{ContainerView, State};

pub(super) fn state(world: &World) -> State {
    State {
        phase: world.phase,
        deadlocked: world.deadlocked,
        containers: world
            .keys()
            .iter()
            .map(|key| container(&world.records[key]))
            .collect(),
        images: world.containerd.images.keys().cloned().collect(),
        ruined_ids: world.ruined_ids(),
    }
}

fn container(record: &Record) -> ContainerView {
    let container = &record.container;
    let state = &container.state;
    ContainerView {
        id: container.id.clone(),
        name: container.name.clone(),
        image: container.image.name.clone(),
        status: state.status.clone(),
        running: state.running,
        pid: state.pid,
        restart_count: container.restart_count,
        exit_code: state.exit_code,
        hosts: record.hosts.clone(),
        ports: record.published.iter().map(ToString::to_string).collect(),
        address: record.address.clone(),
        whole: serde_json::to_value(container).expect("a message has only string keys"),
    }
}
