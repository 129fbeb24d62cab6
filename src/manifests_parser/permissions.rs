//! Warnings about what others can change: the directory of manifests, the ways to it, and those to files elsewhere.
//!
//! Limit: access control lists are seen as far as they show in the mode bits.

use std::fs;
use std::path::Path;

use super::manifest::Manifests;
use crate::sys::trust::{follow, others};
use crate::text::printable_path;

/// Warns about what others can change on the way to a layer.
pub(super) fn warn_about_way(path: &Path, manifests: &mut Manifests) {
    manifests.directory_warnings.extend(way_warning(path));
}

/// Returns what others can change on the way to a file elsewhere.
pub(super) fn warning_of_link(path: &Path) -> Option<String> {
    path.is_symlink().then(|| way_warning(path)).flatten()
}

fn way_warning(path: &Path) -> Option<String> {
    let other = follow(path).other.filter(|other| !other.is_end)?;
    Some(format!("{} what runs as root", other.sentence))
}

/// Warns about what others can change of the directory itself.
pub(super) fn warn_about_directory(path: &Path, manifests: &mut Manifests) {
    let metadata = fs::metadata(path).ok();
    let directory = metadata.filter(fs::Metadata::is_dir);
    if let Some(who) = directory.and_then(|metadata| others(&metadata)) {
        let path = printable_path(path);
        let warning = format!("{path} {who} what runs as root");
        manifests.directory_warnings.push(warning);
    }
}
