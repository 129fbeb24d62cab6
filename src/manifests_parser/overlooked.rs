//! What lies in a manifests directory and looks like a manifest, but is none.

use std::path::Path;

use super::keys::is_same;
use super::problem::Bounded;
use super::scan::{is_manifest_name, manifest_names, names};
use crate::text::printable;

/// Directories that hold manifests, and files that somebody may take for some. What an editor left is none of them.
pub(super) fn overlooked(directory: &Path) -> Option<String> {
    let mut found = Bounded::default();
    for name in names(directory).ok()? {
        let path = directory.join(&name);
        let mut shown = printable(&name.to_string_lossy());
        if shown.starts_with(['.', '#', '~']) {
            continue;
        }
        if path.is_dir() {
            if manifest_names(&path).is_ok_and(|inside| !inside.is_empty()) {
                shown.push('/');
                found.push(shown);
            }
        } else if !is_manifest_name(&name) && looks_like_one(&path) {
            found.push(shown);
        }
    }
    let path = printable(&directory.to_string_lossy());
    let names = found.texts().join(", ");
    (!found.is_empty()).then(|| {
        format!(
            "not looked at in {path}: {names}; manifests are files named *.json, directly in it"
        )
    })
}

fn looks_like_one(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    ["json", "json5", "yaml", "yml"]
        .iter()
        .any(|one| is_same(one, &extension))
}
