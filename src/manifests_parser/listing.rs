//! Lists a directory: which of its names can be names of manifests.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::sort::sort;
use crate::sys::files::is_missing;
use crate::text::printable_path;

/// Lists the names that manifests can have, in byte order.
pub(crate) fn manifest_names(directory: &Path) -> io::Result<Vec<OsString>> {
    let mut names = names(directory)?;
    names.retain(|name| is_manifest_name(name));
    Ok(names)
}

/// Lists the names that directories of drop-ins can have, in byte order.
#[cfg(feature = "filewatcher")]
pub(crate) fn drop_in_directory_names(directory: &Path) -> io::Result<Vec<OsString>> {
    let mut names = names(directory)?;
    names.retain(|name| manifest_of(name).is_some());
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

/// The name of the manifest for which a directory of this name has drop-ins.
pub(super) fn manifest_of(name: &OsStr) -> Option<&OsStr> {
    let manifest = OsStr::from_bytes(name.as_bytes().strip_suffix(b".d")?);
    is_manifest_name(manifest).then_some(manifest)
}

/// Why a manifests directory (or a single manifest's path) cannot be read.
#[derive(Debug)]
pub struct ScanError {
    /// The directory or file that could not be read.
    pub path: PathBuf,
    /// The operating system's reason.
    pub error: io::Error,
}

impl ScanError {
    /// Is there nothing at that path (yet)?
    pub fn is_missing(&self) -> bool {
        is_missing(&self.error)
    }
}

impl fmt::Display for ScanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "cannot read manifests from {}: {}",
            printable_path(&self.path),
            self.error
        )
    }
}

impl std::error::Error for ScanError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
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
