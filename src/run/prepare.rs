//! Says what is wrong or odd about the manifests, before anything is done with them.

use log::{error, warn};

use crate::manifests_parser::{Format, Invalid, Manifest, Manifests, Problem};
use crate::plan::cyclic;
use crate::text::printable;

/// Says what is wrong or odd about the manifests; with `strict`, what is odd is wrong. Tells whether the directory itself
/// passes (an error says why not).
pub(super) fn prepare(manifests: &mut Manifests, strict: bool) -> Result<(), String> {
    warn_about_cycle(&mut manifests.valid);
    if strict {
        refuse_odd(manifests);
    }
    for manifest in &manifests.valid {
        if manifest.format == Format::ContainerManagement {
            let file = printable(&manifest.file.to_string_lossy());
            warn!("{file}: in the Container Management format, converted to the internal one");
        }
        manifest
            .warnings
            .iter()
            .for_each(|problem| warn!("{}", problem.in_file(&manifest.file)));
    }
    for invalid in &manifests.invalid {
        invalid
            .problems
            .iter()
            .for_each(|problem| error!("{}", problem.in_file(&invalid.file)));
        invalid
            .warnings
            .iter()
            .for_each(|problem| warn!("{}", problem.in_file(&invalid.file)));
    }
    match manifests.directory_warnings.first() {
        Some(warning) if strict => Err(warning.clone()),
        _ => {
            manifests
                .directory_warnings
                .iter()
                .for_each(|warning| warn!("{warning}"));
            Ok(())
        }
    }
}

fn warn_about_cycle(manifests: &mut [Manifest]) {
    let cycle = cyclic(manifests);
    let names: Vec<&str> = cycle
        .iter()
        .map(|&i| manifests[i].container.name.as_str())
        .collect();
    let message = format!(
        "these containers name each other and are started in the order of their files: {}",
        names.join(", ")
    );
    for i in cycle {
        let place = manifests[i]
            .anchors
            .extra_hosts
            .first()
            .cloned()
            .unwrap_or_default();
        manifests[i].warnings.push(Problem {
            message: message.clone(),
            ..place
        });
    }
}

/// What is odd is wrong.
fn refuse_odd(manifests: &mut Manifests) {
    let (odd, fine): (Vec<_>, Vec<_>) = std::mem::take(&mut manifests.valid)
        .into_iter()
        .partition(|manifest| !manifest.warnings.is_empty());
    manifests.valid = fine;
    manifests
        .invalid
        .extend(odd.into_iter().map(|manifest| Invalid {
            file: manifest.file,
            path: manifest.path,
            problems: manifest.warnings,
            warnings: Vec::new(),
            version: manifest.version,
        }));
    manifests
        .invalid
        .sort_by(|one, other| one.path.cmp(&other.path));
}
