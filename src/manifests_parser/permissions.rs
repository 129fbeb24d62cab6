//! Warnings about what others can change: the directory of manifests, the ways to it, and those to manifests elsewhere.
//!
//! Limit: access control lists are seen as far as they show in the mode bits.

use std::fs;
use std::path::Path;

use super::diagnostics::Diagnostic;
use super::manifest::Manifests;
use crate::sys::trust::{follow, others};
use crate::text::printable;

/// Warns about what others can change on the ways to the directory and to manifests elsewhere.
pub(super) fn warn_about_ways(path: &Path, manifests: &mut Manifests) {
    let warning = |path: &Path| {
        let other = follow(path).other.filter(|other| !other.is_end)?;
        Some(format!("{} what runs as root", other.sentence))
    };
    manifests.directory_warnings.extend(warning(path));
    for manifest in &mut manifests.valid {
        if manifest.path != path && manifest.path.is_symlink() {
            if let Some(warning) = warning(&manifest.path) {
                manifest.warnings.push(Diagnostic::of_file(warning));
            }
        }
    }
}

/// Warns about what others can change of the directory itself.
pub(super) fn warn_about_directory(path: &Path, manifests: &mut Manifests) {
    let metadata = fs::metadata(path).ok();
    let directory = metadata.filter(fs::Metadata::is_dir);
    if let Some(who) = directory.and_then(|metadata| others(&metadata)) {
        let path = printable(&path.to_string_lossy());
        let warning = format!("{path} {who} what runs as root");
        manifests.directory_warnings.push(warning);
    }
}
