//! What lies in a manifests directory and looks like a manifest, but is none.

use std::fs;
use std::path::Path;

use super::problem::Bounded;
use super::scan::is_manifest_name;
use crate::text::printable;

/// Directories that hold manifests, and files that somebody may take for some. What an editor left is none of them.
pub(super) fn overlooked(directory: &Path) -> Option<String> {
    let mut names = Vec::new();
    for entry in fs::read_dir(directory).ok()?.flatten() {
        let (name, path) = (entry.file_name(), entry.path());
        let mut shown = printable(&name.to_string_lossy());
        if shown.starts_with(['.', '#', '~']) {
            continue;
        }
        if path.is_dir() {
            let mut inside = fs::read_dir(&path).into_iter().flatten().flatten();
            if inside.any(|one| is_manifest_name(&one.file_name())) {
                shown.push('/');
                names.push(shown);
            }
        } else if looks_like_one(&path) && !is_manifest_name(&name) {
            names.push(shown);
        }
    }
    names.sort_unstable();
    let mut first = Bounded::default();
    names.into_iter().for_each(|name| first.push(name));
    (!first.is_empty()).then(|| {
        let (path, names) = (
            printable(&directory.to_string_lossy()),
            first.texts().join(", "),
        );
        format!(
            "not looked at in {path}: {names}; manifests are files named *.json, directly in it"
        )
    })
}

fn looks_like_one(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default();
    ["json", "json5", "yaml", "yml"]
        .iter()
        .any(|one| extension.eq_ignore_ascii_case(one))
}
