//! Says what is wrong or odd about the manifests, before anything is done with them.

use std::path::Path;

use log::{log, warn, Level};

use crate::container::Spec;
use crate::manifests_parser::{Diagnostics, Format, InvalidManifest, Manifest, Manifests};
use crate::reconcile::cyclic;
use crate::text::printable;

/// Says what is wrong or odd about the manifests; with `strict`, what is odd is wrong. Tells whether the directory itself
/// passes (an error says why not).
pub(super) fn prepare(manifests: &mut Manifests, strict: bool) -> Result<(), String> {
    judge(manifests, strict);
    manifests.valid.iter().for_each(tell_odd);
    manifests.invalid.iter().for_each(tell_wrong);
    tell_directory(manifests, strict)
}

/// What shows only when all manifests are looked at; with `strict`, what is odd is wrong.
pub(super) fn judge(manifests: &mut Manifests, strict: bool) {
    warn_about_cycle(&mut manifests.valid);
    if strict {
        refuse_odd(manifests);
    }
}

/// Says what is odd about a manifest.
pub(super) fn tell_odd(manifest: &Manifest) {
    if manifest.format == Format::ContainerManagement {
        let file = printable(&manifest.file.to_string_lossy());
        warn!("{file}: in the Container Management format, converted to the internal one");
    }
    log_diagnostics(Level::Warn, &manifest.file, &manifest.warnings);
}

/// Says what is wrong with a file.
pub(super) fn tell_wrong(invalid: &InvalidManifest) {
    log_diagnostics(Level::Error, &invalid.file, &invalid.errors);
    log_diagnostics(Level::Warn, &invalid.file, &invalid.warnings);
}

/// Says what is odd about the directory; with `strict`, an error.
pub(super) fn tell_directory(manifests: &Manifests, strict: bool) -> Result<(), String> {
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

/// Can what has no manifest be removed? Says so where it cannot.
pub(super) fn may_prune(manifests: &Manifests) -> bool {
    let is_held_back = manifests.valid.is_empty() || !manifests.invalid.is_empty();
    if is_held_back {
        warn!("nothing is pruned while the directory is empty or a file in it holds no valid manifest");
    }
    !is_held_back
}

fn log_diagnostics(level: Level, file: &Path, diagnostics: &Diagnostics) {
    for diagnostic in diagnostics.iter() {
        log!(level, "{}", diagnostic.in_file(file));
    }
    if diagnostics.more() > 0 {
        let file = printable(&file.to_string_lossy());
        log!(level, "{file}: and {} more", diagnostics.more());
    }
}

fn warn_about_cycle(manifests: &mut [Manifest]) {
    let specs: Vec<&Spec> = manifests.iter().map(|one| &one.container).collect();
    let cycle = cyclic(&specs);
    let names: Vec<&str> = cycle
        .iter()
        .map(|&i| manifests[i].container.name.as_str())
        .collect();
    let message = format!(
        "these containers name each other and are started in the order of their files: {}",
        names.join(", ")
    );
    for i in cycle {
        let manifest = &mut manifests[i];
        if let Some(location) = manifest.locations.extra_hosts.first() {
            manifest.warnings.push(location.diagnostic(message.clone()));
        }
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
        .extend(odd.into_iter().map(|manifest| InvalidManifest {
            file: manifest.file,
            path: manifest.path,
            errors: manifest.warnings,
            warnings: Diagnostics::default(),
            stamp: manifest.stamp,
        }));
    manifests.sort_invalid();
}
