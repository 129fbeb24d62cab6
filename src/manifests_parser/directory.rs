//! Warnings about the directory of manifests, and about the ways to it and to manifests elsewhere.
//!
//! Limit: access control lists are seen as far as they show in the mode bits.

use std::fs;
use std::path::Path;

use super::manifests::Manifests;
use super::problem::Problem;
use crate::text::printable;
use crate::trust::{follow, others};

/// Warns about what others can change on the ways to the directory and to manifests elsewhere.
pub(super) fn judge_ways(path: &Path, manifests: &mut Manifests) {
    let warning = |path: &Path| {
        let other = follow(path).other.filter(|one| !one.is_end)?;
        Some(format!("{} what runs as root", other.sentence))
    };
    manifests.directory_warnings.extend(warning(path));
    for manifest in &mut manifests.valid {
        if manifest.path != path && manifest.path.is_symlink() {
            if let Some(warning) = warning(&manifest.path) {
                manifest.warnings.push(Problem::of_file(warning));
            }
        }
    }
}

/// Warns about what others can change of the directory itself.
pub(super) fn warn_about_directory(path: &Path, manifests: &mut Manifests) {
    if let Ok(metadata) = fs::metadata(path) {
        if let Some(who) = others(&metadata).filter(|_| metadata.is_dir()) {
            let path = printable(&path.to_string_lossy());
            let warning = format!("{path} {who} what runs as root");
            manifests.directory_warnings.push(warning);
        }
    }
}

/// Warns where there is no manifest at all.
pub(super) fn warn_if_empty(paths: &[impl AsRef<Path>], manifests: &mut Manifests) {
    if manifests.valid.is_empty() && manifests.invalid.is_empty() {
        let paths = paths.iter().map(|path| path.as_ref().to_string_lossy());
        let paths: Vec<String> = paths.map(|path| printable(&path)).collect();
        let message = format!("no manifests in {}", paths.join(", "));
        manifests.directory_warnings.push(message);
    }
}
