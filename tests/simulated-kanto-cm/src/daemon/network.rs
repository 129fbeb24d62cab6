//! Joining and leaving the network: addresses, host names, ports, the entries of /etc/hosts.

use std::collections::HashMap;

use protobuf::MessageField;

use super::{Daemon, Failure, Guard, Key, World};
use crate::model::{hosts, ports};
use crate::proto::types::{Container, EndpointSettings, NetworkSettings};

impl Daemon {
    /// A container joins its network. A failure leaves its status as it was.
    pub(super) fn connect(&self, world: &mut Guard<'_>, key: Key) -> Result<(), Failure> {
        let machine = world.setup.machine_host_name.clone();
        let container = &mut world.record(key).container;
        if container.host_config.network_mode == "host" {
            container.host_name = machine;
        }
        set_paths(container);
        let result = join(world, key);
        if result.is_err() {
            self.disconnect(world, key);
        }
        self.save(world, key);
        result.map_err(Failure::from)
    }

    /// A container leaves its network; all it knows about the network goes. If its settings are those of another
    /// container, that one's network is torn down.
    pub(super) fn disconnect(&self, world: &mut Guard<'_>, key: Key) {
        let record = world.record(key);
        let settings = record.container.network_settings.take();
        let owned = record.address.take().is_some();
        record.published.clear();
        record.hosts.clear();
        if let Some(settings) = settings.filter(|_| !owned) {
            tear_down(world, &settings.sandbox_id);
        }
        refresh(world);
        self.changed(world);
    }
}

/// The files that the container's /etc is made of.
fn set_paths(container: &mut Container) {
    let directory = format!("/var/lib/container-management/containers/{}", container.id);
    container.resolv_conf_path = format!("{directory}/resolv.conf");
    container.hosts_path = format!("{directory}/hosts");
    container.hostname_path = format!("{directory}/hostname");
}

fn join(world: &mut World, key: Key) -> Result<(), String> {
    let container = &world.records[&key].container;
    let resolved = hosts::resolve(container, &world.connected())?;
    let taken: Vec<_> = world
        .records
        .values()
        .flat_map(|record| record.published.clone())
        .collect();
    let mappings = &container.host_config.port_mappings;
    let published = ports::publish(&container.id, mappings, &taken, &world.setup.ports_in_use)?;
    let address = (container.host_config.network_mode == "bridge").then(|| next_address(world));
    let record = world.record(key);
    record.container.network_settings =
        MessageField::some(settings(&record.container, address.as_deref()));
    record.published = published;
    record.hosts = resolved;
    record.address = address;
    refresh(world);
    Ok(())
}

/// Addresses are given out in turn, so that a container seldom gets the same one twice in a row.
fn next_address(world: &mut World) -> String {
    let taken = world.connected();
    for _ in 0..=u8::MAX {
        world.last_address = if world.last_address >= 254 {
            2
        } else {
            world.last_address + 1
        };
        let address = format!("172.17.0.{}", world.last_address);
        if taken.iter().all(|other| other.address != address) {
            return address;
        }
    }
    // More containers than the bridge has addresses: nothing that a test is about.
    format!("172.17.1.{}", world.last_address)
}

/// What a connected container's network settings look like.
pub(super) fn settings(container: &Container, address: Option<&str>) -> NetworkSettings {
    let mode = &container.host_config.network_mode;
    let last = address.and_then(|address| address.rsplit('.').next()?.parse::<u8>().ok());
    let endpoint = EndpointSettings {
        id: format!("{}-ep", container.id),
        gateway: address
            .map(|_| hosts::GATEWAY.to_owned())
            .unwrap_or_default(),
        ip_address: address.unwrap_or_default().to_owned(),
        mac_address: last
            .map(|last| format!("02:42:ac:11:00:{last:02x}"))
            .unwrap_or_default(),
        network_id: format!("{mode}-network"),
        ..EndpointSettings::default()
    };
    NetworkSettings {
        networks: HashMap::from([(mode.clone(), endpoint)]),
        sandbox_id: format!("{}-sandbox", container.id),
        sandbox_key: format!("/var/run/docker/netns/{}", container.id),
        network_controller_id: "simulated-controller".to_owned(),
        ..NetworkSettings::default()
    }
}

fn tear_down(world: &mut World, sandbox: &str) {
    for record in world.records.values_mut() {
        if record.container.network_settings.sandbox_id == sandbox {
            record.address = None;
        }
    }
}

/// Writes the /etc/hosts of all containers on the bridge again.
pub(super) fn refresh(world: &mut World) {
    let connected = world.connected();
    for record in world
        .records
        .values_mut()
        .filter(|record| record.address.is_some())
    {
        record.hosts = hosts::resolve(&record.container, &connected).unwrap_or_default();
    }
}
