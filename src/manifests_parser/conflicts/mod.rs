//! Conflicts between manifests of one directory: two for one container, one host port, one host name. Pure.

mod host_names;
mod ports;

use std::collections::HashMap;

use super::diagnostics::Diagnostic;
use super::manifest::{InvalidManifest, Manifest, Manifests};
use super::quote::quoted;
use crate::container::Spec;

pub use host_names::{missing_providers, shared_with_others};

/// Makes a manifest invalid if an earlier one is for the same container, and adds warnings about host
/// ports and host names that two of the others claim.
pub(super) fn check_conflicts(manifests: &mut Manifests) {
    let mut kept: Vec<Manifest> = Vec::new();
    let (mut by_id, mut by_name) = (HashMap::new(), HashMap::new());
    for manifest in std::mem::take(&mut manifests.valid) {
        let Spec { id, name, .. } = &manifest.container;
        let same_id = by_id.get(id).filter(|_| !id.is_empty());
        let first = same_id.into_iter().chain(by_name.get(name)).min();
        if let Some(error) = first.map(|&first| same_container(&kept[first], &manifest)) {
            manifests.invalid.push(refuse(manifest, error));
            continue;
        }
        by_id.insert(id.clone(), kept.len());
        by_name.insert(name.clone(), kept.len());
        kept.push(manifest);
    }
    ports::warn_about_collisions(&mut kept);
    host_names::warn_about_shared(&mut kept);
    manifests.valid = kept;
    manifests.sort_invalid();
}

/// Makes the error about the second of two manifests that have the id or else the name in common.
fn same_container(first: &Manifest, second: &Manifest) -> Diagnostic {
    let (a, b) = (&first.container, &second.container);
    let (here, there) = (&second.locations, &first.locations);
    let (key, location, other, value) = if !b.id.is_empty() && a.id == b.id {
        ("id", &here.id, &there.id, &b.id)
    } else {
        ("name", &here.name, &there.name, &b.name)
    };
    let file = first.file_of(other);
    location.diagnostic(format!(
        "the {key} {} is already that of {file}, which is deployed",
        quoted(value)
    ))
}

fn refuse(manifest: Manifest, error: Diagnostic) -> InvalidManifest {
    let Manifest {
        file,
        path,
        warnings,
        stamp,
        ..
    } = manifest;
    InvalidManifest {
        file,
        path,
        errors: error.into(),
        warnings,
        stamp,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::manifest::FileStamp;
    use super::super::parse::parse_manifest;
    use super::*;

    pub(super) fn manifest(file: &str, json: &str) -> Manifest {
        let parsed = parse_manifest(file.trim_end_matches(".json"), json.as_bytes());
        Manifest {
            file: file.into(),
            path: file.into(),
            drop_ins: Vec::new(),
            container: parsed.container.unwrap(),
            warnings: parsed.warnings,
            format: parsed.format,
            stamp: FileStamp::default(),
            locations: parsed.locations,
        }
    }

    pub(super) fn checked(valid: Vec<Manifest>) -> Manifests {
        let mut manifests = Manifests {
            valid,
            ..Manifests::default()
        };
        check_conflicts(&mut manifests);
        manifests
    }

    #[test]
    fn the_first_of_two_with_one_name_is_kept() {
        let named = r#"{ "container_name": "x", "image": { "name": "i" } }"#;
        let other = r#"{ "container_id": "x", "image": { "name": "i" } }"#;
        let manifests = checked(vec![
            manifest("a.json", named),
            manifest("b.json", other),
            manifest("c.json", named),
        ]);
        assert_eq!(manifests.valid.len(), 1);
        assert_eq!(manifests.invalid.len(), 2);
        let text = manifests.invalid[1].errors[0]
            .in_file(&manifests.invalid[1].file)
            .to_string();
        assert_eq!(
            text,
            r#"c.json:1:21: container_name: the name "x" is already that of a.json, which is deployed"#
        );
    }

    #[test]
    fn the_first_of_two_with_one_id_is_kept() {
        let json = |name| {
            format!(
                r#"{{ "container_id": "x", "container_name": "{name}", "image": {{ "name": "i" }} }}"#
            )
        };
        let manifests = checked(vec![
            manifest("a.json", &json("a")),
            manifest("b.json", &json("b")),
        ]);
        assert_eq!(manifests.invalid[0].errors[0].location.key, "container_id");
    }

    #[test]
    fn two_without_an_id_are_two() {
        let json = r#"{ "image": { "name": "i" } }"#;
        assert_eq!(
            checked(vec![manifest("a.json", json), manifest("b.json", json)])
                .valid
                .len(),
            2
        );
    }
}
