//! The manifests that are deployed. Their containers are known by their names.

use std::time::Duration;

use serde_json::{json, Value};
use simulated_kanto_cm::{Image, Program};

use crate::harness::Manifests;
use crate::kanto_cm::{KantoCm, PREFIX};

/// It ends at once when it is asked to. `BENCH_IMAGE` has to have a shell.
const COMMAND: [&str; 3] = ["sh", "-c", "trap 'exit 0' TERM; sleep 2147483 & wait"];

pub(crate) fn name(number: usize) -> String {
    format!("{PREFIX}{number}")
}

/// The manifest of a container, in this version and of this image. It names no id: one that is used again may have been ruined
/// by Kanto-CM before, and there a deployment is slow or fails.
pub(crate) fn manifest(number: usize, version: u32, image: &str) -> Value {
    json!({
        "container_name": name(number),
        "image": { "name": image },
        "config": { "env": [variable(version)], "cmd": COMMAND },
    })
}

/// Sets the versions of a container apart.
pub(crate) fn variable(version: u32) -> String {
    format!("VERSION={version}")
}

/// So many manifests, in their first version.
pub(crate) fn manifests(count: usize, cm: &KantoCm) -> Manifests {
    let manifests = Manifests::new();
    for number in 0..count {
        manifests.put(&name(number), &manifest(number, 1, cm.image()));
    }
    manifests
}

/// An image, for the simulator, whose containers take this long to start and to stop.
pub(crate) fn slow_image(name: &str, time: Duration, pull: Duration) -> Image {
    let ms = |time: Duration| u64::try_from(time.as_millis()).expect("a time");
    let stop_ms = ms(time);
    let image = Image::new(name).start_ms(stop_ms).pull_ms(ms(pull));
    image.program(Program::Run { stop_ms, code: 0 })
}
