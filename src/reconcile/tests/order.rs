//! What workloads have to do with each other.

use super::super::{Call, Gate, Progress, Relations, Row};
use super::*;
use crate::container::PortMapping;
use std::sync::Arc;

/// A version of the container `id` with this host port.
fn with_port(id: &str, number: u32, port: i64) -> Spec {
    let mut spec = version(id, number);
    id.clone_into(&mut spec.name);
    spec.host_config.port_mappings = vec![PortMapping {
        host_port: port,
        container_port: 80,
        ..PortMapping::default()
    }];
    spec
}

/// A container whose host port changes, and what an earlier run has staged for that.
fn moving(id: &str, from: i64, to: i64) -> Workload {
    let (old, new) = (with_port(id, 1, from), with_port(id, 2, to));
    Workload {
        name: id.to_owned(),
        observed: Some(observed(&old, Status::Running).into()),
        staged: stand_in(&new, Role::Staged).map(Arc::new),
        backup: stand_in(&old, Role::Backup).map(Arc::new),
        desired: desired(new),
        ..Workload::default()
    }
}

#[test]
fn a_circle_is_a_circle_until_all_of_it_is_committed() {
    let files = ["a.json", "b.json", "c.json"];
    let all = [moving("a", 1, 2), moving("b", 2, 3), moving("c", 3, 1)];
    for gone in 0..8 {
        for started in 0..8 {
            let mut workloads = all.clone();
            for (index, workload) in workloads.iter_mut().enumerate() {
                if gone & 1 << index != 0 {
                    let new = workload.desired.as_ref();
                    let running = new.map(|new| Arc::new(observed(&new.spec, Status::Running)));
                    let is_started = started & 1 << index != 0;
                    workload.observed = if is_started { running } else { None };
                }
            }
            let workloads: Vec<&Workload> = workloads.iter().collect();
            let relations = Relations::of(&workloads, &files, &[]);
            for index in 0..3 {
                assert_eq!(relations.circle(index), [0, 1, 2], "{workloads:#?}");
            }
        }
    }
}

/// Kanto-CM was killed while it removed `b`: it lists that as stopped, and keeps its port until it is gone.
#[test]
fn the_port_of_a_container_that_an_interrupted_remove_has_stopped_is_not_free() {
    let mut a = moving("a", 1, 2);
    a.observed = a
        .desired
        .as_ref()
        .map(|new| Arc::new(observed(&new.spec, Status::Created)));
    let start = Step {
        row: Row::Settle,
        next: Next::Call(Call::Start { id: "a".to_owned() }),
    };
    let mut b = moving("b", 2, 1);
    let stopped = b.backup.as_ref().and_then(|backup| backup.listed.held());
    let stopped = stopped.map(|old| Observed {
        listed: old,
        ..Observed::default()
    });
    for (there, gate) in [(stopped, Gate::Closed), (None, Gate::Open)] {
        b.observed = there.map(Arc::new);
        let workloads = [&a, &b];
        let relations = Relations::of(&workloads, &["a.json", "b.json"], &[]);
        let all = workloads.map(|w| Progress::of(w, &step(w)));
        assert_eq!(
            relations.gate(0, &start, &|index| &all[index]),
            gate,
            "{b:#?}"
        );
    }
}
