//! Every row of the table from a constructed workload, and properties of repeated `next_call` against a small model of Kanto-CM.

#![allow(clippy::unnecessary_wraps)] // they make what a workload holds

mod matching;
mod model;
mod order;
mod properties;
mod rows;
mod running;
mod table;

use super::{next_call, Desired, Next, Policy, Step, Workload};
use crate::container::{Image, Observed, Role, Spec, State, Status};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A spec with this id and name, distinguished from other versions by its environment.
fn version(id: &str, number: u32) -> Spec {
    Spec {
        id: id.to_owned(),
        name: "a".to_owned(),
        image: Image {
            name: "registry.example/a:1".to_owned(),
            ..Image::default()
        },
        env: vec![format!("VERSION={number}")],
        ..Spec::default()
    }
}

/// A container as Kanto-CM would list it.
fn observed(spec: &Spec, status: Status) -> Observed {
    Observed {
        listed: spec.listed(),
        state: State {
            status,
            pid: 1,
            started_at: String::new(),
            ..State::default()
        },
        ..Observed::default()
    }
}

fn stand_in(spec: &Spec, role: Role) -> Option<Observed> {
    Some(observed(&spec.as_stand_in(role), Status::Created))
}

fn desired(spec: Spec) -> Option<Arc<Desired>> {
    Some(Desired::new(spec))
}

fn policy() -> Policy {
    Policy {
        settle: Duration::from_secs(3),
        boot: "boot".to_owned(),
        directory: "/m".to_owned(),
        ..Policy::default()
    }
}

fn step(w: &Workload) -> Step {
    next_call(w, &policy(), Instant::now())
}

/// What a step names, in a word or two.
fn words(step: &Step) -> String {
    match &step.next {
        Next::Call(call) => format!("{:?} {}", call.verb(), call.id()),
        Next::Note(note) => {
            let outcome = note.entry.as_ref().map(|entry| entry.content_state);
            format!("note {outcome:?}")
        }
        Next::Watch { .. } => "watch".to_owned(),
        Next::Wait(_) => "wait".to_owned(),
        Next::Done(done) => format!("{done:?}"),
    }
}
