//! Logs the errors and warnings of the manifests, before anything is done with them.

use std::path::Path;

use log::{info, log, warn, Level};

use crate::container::Spec;
use crate::manifests_parser::{Diagnostics, Format, InvalidManifest, Manifest, Manifests};
use crate::reconcile::cyclic;
use crate::text::printable_path;

/// Logs the errors and warnings of the manifests; with `strict`, warnings are errors. An error is about the directory itself.
pub(super) fn prepare(manifests: &mut Manifests, strict: bool) -> Result<(), String> {
    complete_warnings(manifests, strict);
    manifests.valid.iter().for_each(log_warnings);
    manifests.invalid.iter().for_each(log_errors);
    check_directory(manifests, strict)
}

/// Adds warnings about several manifests together; with `strict`, warnings are errors.
pub(super) fn complete_warnings(manifests: &mut Manifests, strict: bool) {
    warn_about_cycle(&mut manifests.valid);
    if strict {
        refuse_warned(manifests);
    }
}

/// Logs the warnings of a manifest.
pub(super) fn log_warnings(manifest: &Manifest) {
    if manifest.format == Format::ContainerManagement {
        let file = manifest.shown_file();
        warn!("{file}: in the Container Management format, converted to the internal one");
    }
    log_diagnostics(Level::Warn, &manifest.file, &manifest.warnings);
}

/// Logs the errors and warnings of a file that holds no valid manifest.
pub(super) fn log_errors(invalid: &InvalidManifest) {
    log_diagnostics(Level::Error, &invalid.file, &invalid.errors);
    log_diagnostics(Level::Warn, &invalid.file, &invalid.warnings);
}

/// Logs the warnings about the directory; with `strict`, they are an error.
pub(super) fn check_directory(manifests: &Manifests, strict: bool) -> Result<(), String> {
    for (paths, sentence) in [
        (
            &manifests.missing_layers,
            "does not exist: its manifests are left out",
        ),
        (&manifests.masks, "masks the manifest of that name"),
    ] {
        for path in paths {
            info!("{} {sentence}", printable_path(path));
        }
    }
    for hint in &manifests.overlooked {
        warn!("{hint}");
    }
    let warnings = &manifests.directory_warnings;
    if strict && !warnings.is_empty() {
        return Err(warnings.join("; "));
    }
    for warning in warnings {
        warn!("{warning}");
    }
    Ok(())
}

/// Can containers without a manifest be removed? Logs why not.
pub(super) fn may_prune(manifests: &Manifests) -> bool {
    if !manifests.missing_layers.is_empty() {
        warn!("nothing is pruned while a layer does not exist");
    } else if manifests.valid.is_empty() || !manifests.invalid.is_empty() {
        warn!("nothing is pruned while the directory is empty or a file in it holds no valid manifest");
    } else {
        return true;
    }
    false
}

fn log_diagnostics(level: Level, file: &Path, diagnostics: &Diagnostics) {
    for diagnostic in diagnostics.iter() {
        log!(level, "{}", diagnostic.in_file(file));
    }
    if diagnostics.more() > 0 {
        let file = printable_path(file);
        log!(
            level,
            "{file}: {} more problems are not shown",
            diagnostics.more()
        );
    }
}

fn warn_about_cycle(manifests: &mut [Manifest]) {
    let specs: Vec<&Spec> = manifests
        .iter()
        .map(|manifest| &manifest.container)
        .collect();
    let cycle = cyclic(&specs);
    let names: Vec<&str> = cycle
        .iter()
        .map(|&i| manifests[i].container.name.as_str())
        .collect();
    let message = format!(
        "these containers name each other in extra_hosts, and are started in the order of their files: {}",
        names.join(", ")
    );
    for i in cycle {
        let manifest = &mut manifests[i];
        if let Some(location) = manifest.locations.extra_hosts.first() {
            manifest.warnings.push(location.diagnostic(message.clone()));
        }
    }
}

/// Makes manifests with warnings invalid.
fn refuse_warned(manifests: &mut Manifests) {
    let (warned, fine): (Vec<_>, Vec<_>) = std::mem::take(&mut manifests.valid)
        .into_iter()
        .partition(|manifest| !manifest.warnings.is_empty());
    manifests.valid = fine;
    manifests
        .invalid
        .extend(warned.into_iter().map(|manifest| InvalidManifest {
            file: manifest.file,
            path: manifest.path,
            errors: manifest.warnings,
            warnings: Diagnostics::default(),
            stamp: manifest.stamp,
        }));
    manifests.sort_invalid();
}
