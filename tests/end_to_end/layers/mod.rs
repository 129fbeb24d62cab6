//! Several directories of manifests, and drop-ins.

mod daemon;
mod deploying;
mod drop_ins;
mod pruning;
mod render;
mod slots;

use simulated_kanto_cm::Process;

use crate::common::following::Place;
use crate::common::{deploy_arguments, run, Run};

/// Two directories: `low` has the first versions of a and b, `high` is empty.
fn two_layers() -> Place {
    let place = Place::new();
    place.make("low");
    place.make("high");
    place.put("low/a.json", 1);
    place.put("low/b.json", 1);
    place
}

/// A drop-in that sets this variable.
fn setting(variable: &str) -> String {
    format!(r#"{{ "config": {{ "env": [ "{variable}" ] }} }}"#)
}

/// Deploys these layers to `cm`.
fn deploy_layers(cm: &Process, place: &Place, layers: &[&str], arguments: &[&str]) -> Run {
    let paths: Vec<String> = layers.iter().map(|layer| path(place, layer)).collect();
    let (last, others) = paths.split_last().expect("a layer");
    let others = others.iter().map(String::as_str);
    let arguments: Vec<&str> = ["--settle", "0"]
        .into_iter()
        .chain(arguments.iter().copied())
        .chain(others)
        .collect();
    let all = deploy_arguments(cm, last.as_ref(), &arguments);
    run(&all.iter().map(String::as_str).collect::<Vec<_>>())
}

fn path(place: &Place, layer: &str) -> String {
    place.at(layer).to_str().expect("a plain path").to_owned()
}

/// The environment of a container.
#[track_caller]
fn env(cm: &Process, id: &str) -> Vec<String> {
    let container = cm.container(id).expect("a container").whole;
    let env = container["config"]["env"].as_array().expect("variables");
    let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
    env.iter().map(text).collect()
}
