//! Warnings about what is not there: a directory without manifests, and what looks like a manifest but is none.

use std::path::Path;

use super::diagnostics::Bounded;
use super::keys::is_same;
use super::listing::{is_manifest_name, manifest_names, manifest_of, names};
use super::manifest::Manifests;
use crate::text::{printable, printable_path};

/// Names directories that hold manifests, and files that somebody may take for manifests. Files that an editor left are
/// not among them. `kind`: `manifests` or `drop-ins`.
pub(super) fn overlooked(directory: &Path, kind: &str) -> Option<String> {
    let mut found = Bounded::default();
    for name in names(directory).ok()? {
        let path = directory.join(&name);
        let mut shown = printable(&name.to_string_lossy());
        if shown.starts_with(['.', '#', '~']) {
            continue;
        }
        if path.is_dir() {
            if manifest_of(&name).is_none()
                && manifest_names(&path).is_ok_and(|inside| !inside.is_empty())
            {
                shown.push('/');
                found.push(shown);
            }
        } else if !is_manifest_name(&name) && looks_like_a_manifest(&path) {
            found.push(shown);
        }
    }
    if found.is_empty() {
        return None;
    }
    let path = printable_path(directory);
    let names = found.texts().join(", ");
    Some(format!(
        "not looked at in {path}: {names}; {kind} are files named *.json, directly in it"
    ))
}

fn looks_like_a_manifest(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    ["json", "json5", "yaml", "yml"]
        .iter()
        .any(|known| is_same(known, &extension))
}

/// Warns if there is no manifest at all in these paths.
pub(super) fn warn_if_empty(paths: &[impl AsRef<Path>], manifests: &mut Manifests) {
    if manifests.valid.is_empty() && manifests.invalid.is_empty() {
        let paths = paths.iter().map(|path| path.as_ref().to_string_lossy());
        let paths: Vec<String> = paths.map(|path| printable(&path)).collect();
        let message = format!("no manifests in {}", paths.join(", "));
        manifests.directory_warnings.push(message);
    }
}
