//! Lists a directory: which of its names can be names of manifests.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::sort::sort;

/// Lists the names that manifests can have, in byte order.
pub(crate) fn manifest_names(directory: &Path) -> io::Result<Vec<OsString>> {
    let mut names = names(directory)?;
    names.retain(|name| is_manifest_name(name));
    Ok(names)
}

/// Lists all names of a directory, in byte order.
pub(super) fn names(directory: &Path) -> io::Result<Vec<OsString>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(directory)? {
        names.push(entry?.file_name());
    }
    sort(&mut names);
    Ok(names)
}

/// Can a manifest have this name? Editors put a dot, `#` or `~` before the names of their temporary files, or end them
/// with something else.
pub(super) fn is_manifest_name(name: &OsStr) -> bool {
    let name = name.as_bytes();
    name.ends_with(b".json") && name.len() > 5 && !matches!(name[0], b'.' | b'#' | b'~')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn temporary_files_of_editors_have_no_names_of_manifests() {
        let is = |name: &str| is_manifest_name(OsStr::new(name));
        assert!(is("a.json") && is("a b.json") && is("json.json"));
        for other in [
            ".json",
            ".a.json",
            "#a.json",
            "~a.json",
            "a.json~",
            "a.JSON",
            "a.json.disabled",
            "ajson",
        ] {
            assert!(!is(other), "{other}");
        }
    }
}
