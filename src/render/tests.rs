//! Tests: what is rendered is read as the same container, and renders to itself.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use super::*;
use crate::container::{differences, Hook, Image};
use crate::manifests_parser::{parse_manifest, read_manifests, Format};

/// The container of each valid manifest of the cases, and some that no case has.
fn containers() -> Vec<Spec> {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let folders = fs::read_dir(cases).unwrap().flatten();
    let folders = folders.filter(|folder| folder.path().is_dir());
    let read = |folder: fs::DirEntry| read_manifests(&folder.path()).unwrap().valid;
    let manifests = folders.flat_map(read);
    let mut containers: Vec<Spec> = manifests.map(|manifest| manifest.container).collect();
    assert!(containers.len() > 50, "{} containers", containers.len());
    let image = Image {
        name: "r.io/i:1".into(),
        ..Image::default()
    };
    let mut odd = Spec {
        name: "odd".into(),
        image,
        env: vec!["A=\u{202e}\"é\t".into()],
        ..Spec::default()
    };
    odd.host_config.restart_policy.retry_timeout = 2_000_000;
    odd.host_config.resources.memory = "10M".into();
    odd.host_config.resources.memory_swap = "-1".into();
    odd.host_config.log_config.driver = "none".into();
    odd.host_config.log_config.mode = "non-blocking".into();
    odd.hooks = vec![Hook {
        path: "/h".into(),
        args: vec!["h".into()],
        kind: "Poststop".into(),
        ..Hook::default()
    }];
    containers.push(odd);
    containers
}

#[test]
fn what_is_rendered_is_the_same_container_and_renders_to_itself() {
    for container in containers() {
        for format in [Format::ContainerManagement, Format::Internal] {
            let render = |container| manifest(container, format == Format::Internal);
            let text = render(&container);
            let parsed = parse_manifest("another-name", text.as_bytes());
            assert_eq!(parsed.format, format);
            let again = parsed
                .container
                .unwrap_or_else(|errors| panic!("{errors:?}\n{text}"));
            assert_eq!(render(&again), text);
            let listed = container.listed();
            assert_eq!(differences(&again.listed(), &listed, true), [], "{text}");
            assert_eq!((&again.name, &again.id), (&container.name, &container.id));
        }
    }
}

#[test]
fn nothing_is_said_that_goes_without_saying() {
    let text = r#"{ "image": { "name": "r.io/i:1" }, "config": { "env": [ "A=1" ] }, "host_config": { "network_mode": "bridge", "privileged": true } }"#;
    let container = parse_manifest("app", text.as_bytes()).container.unwrap();
    let expected = r#"{
    "container_name": "app",
    "image": {
        "name": "r.io/i:1"
    },
    "host_config": {
        "privileged": true
    },
    "config": {
        "env": [
            "A=1"
        ]
    }
}
"#;
    assert_eq!(manifest(&container, false), expected);
    let defaults = container.with_defaults();
    assert_eq!(manifest(&defaults, false), expected);
}
