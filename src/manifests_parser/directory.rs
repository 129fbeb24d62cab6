//! Reads the manifests of a directory, or a single one, and collects all errors and warnings.

use std::fmt;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::slice;

use super::conflicts::check_conflicts;
use super::diagnostics::{Diagnostic, Diagnostics};
use super::file::{read_file, stamp, ContentOrReason, LEASED};
use super::listing::manifest_names;
use super::manifest::{FileStamp, InvalidManifest, Manifest, Manifests};
use super::overlooked::{overlooked, warn_if_empty};
use super::parse::parse_manifest;
use super::permissions::{warn_about_directory, warn_about_ways};
use crate::sys::files::is_missing;
use crate::text::printable;

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
            printable(&self.path.to_string_lossy()),
            self.error
        )
    }
}

impl std::error::Error for ScanError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

/// Reads every manifest of a directory, or the one manifest that `path` is.
pub fn read_manifests(path: &Path) -> Result<Manifests, ScanError> {
    let mut manifests = Manifests::default();
    warn_about_directory(path, &mut manifests);
    for file in manifest_files(path)? {
        add(file, &mut manifests);
    }
    check_conflicts(&mut manifests);
    manifests.overlooked.extend(overlooked(path));
    warn_if_empty(slice::from_ref(&path), &mut manifests);
    warn_about_ways(path, &mut manifests);
    Ok(manifests)
}

/// Reads the stamps of all files that [`read_manifests`] would read, valid or not, with their paths. The flag: one of them
/// cannot be opened just now, and no event will say when it can be.
pub fn read_stamps(path: &Path) -> Result<(Vec<(PathBuf, FileStamp)>, bool), ScanError> {
    let mut stamps = Vec::new();
    let mut is_leased = false;
    for ManifestFile { path, content, .. } in manifest_files(path)? {
        is_leased |= matches!(&content, Err(reason) if reason == LEASED);
        stamps.push((path, stamp(&content)));
    }
    Ok((stamps, is_leased))
}

/// Reads several paths, each a directory or a single manifest. Each directory is a set of its own, and so are all the
/// single files together: within a set no two manifests may be for one container. Files are named with their directory.
/// Who else can write the files is not checked: on the machine that they are for they get other modes.
pub fn read_all(paths: &[PathBuf]) -> Result<Manifests, ScanError> {
    let (mut all, mut single) = (Manifests::default(), Manifests::default());
    for (index, path) in paths.iter().enumerate() {
        if paths[..index].contains(path) {
            continue;
        }
        let mut own = Manifests::default();
        let set = if path.is_dir() { &mut own } else { &mut single };
        for mut file in manifest_files(path)? {
            if let Ok(content) = &mut file.content {
                content.untrusted_writers = None;
            }
            add(file, set);
        }
        check_conflicts(&mut own);
        own.overlooked.extend(overlooked(path));
        append(&mut all, own);
    }
    check_conflicts(&mut single);
    append(&mut all, single);
    warn_if_empty(paths, &mut all);
    for manifest in &mut all.valid {
        manifest.file.clone_from(&manifest.path);
    }
    for invalid in &mut all.invalid {
        invalid.file.clone_from(&invalid.path);
    }
    Ok(all)
}

fn append(all: &mut Manifests, more: Manifests) {
    all.valid.extend(more.valid);
    all.invalid.extend(more.invalid);
    all.directory_warnings.extend(more.directory_warnings);
    all.overlooked.extend(more.overlooked);
}

/// A file that could be a manifest, with the names that [`Manifest`] gives it.
struct ManifestFile {
    file: PathBuf,
    path: PathBuf,
    content: ContentOrReason,
}

/// Reads each file of a directory that could be a manifest, in byte order of the names, or the one file that `path` is. Each
/// is read when the iterator gets to it, so that only one is in memory.
fn manifest_files(path: &Path) -> Result<impl Iterator<Item = ManifestFile> + '_, ScanError> {
    let failed = |error| ScanError {
        path: path.to_owned(),
        error,
    };
    let (mut names, mut single) = (Vec::new(), None);
    if fs::metadata(path).map_err(failed)?.is_dir() {
        names = manifest_names(path).map_err(failed)?;
    } else {
        single = Some(read_single(path).map_err(failed)?);
    }
    let listed = names.into_iter().filter_map(move |name| {
        let full = path.join(&name);
        Some(ManifestFile {
            content: read_file(&full)?,
            file: name.into(),
            path: full,
        })
    });
    Ok(single.into_iter().chain(listed))
}

fn read_single(path: &Path) -> io::Result<ManifestFile> {
    let content = read_file(path).ok_or_else(|| match fs::metadata(path) {
        Ok(metadata) if !metadata.is_file() => io::Error::new(
            ErrorKind::InvalidInput,
            "neither a directory nor a regular file",
        ),
        _ => ErrorKind::NotFound.into(),
    })?;
    Ok(ManifestFile {
        file: path.to_owned(),
        path: path.to_owned(),
        content,
    })
}

/// Parses a file, and adds it to the valid manifests or to the invalid ones.
fn add(found: ManifestFile, manifests: &mut Manifests) {
    let stamp = stamp(&found.content);
    let ManifestFile {
        file,
        path,
        content,
    } = found;
    let content = match content {
        Ok(content) => content,
        Err(reason) => {
            return manifests.invalid.push(InvalidManifest {
                file,
                path,
                errors: Diagnostic::of_file(reason).into(),
                warnings: Diagnostics::default(),
                stamp,
            });
        }
    };
    let parsed = parse_manifest(&stem(&path), &content.bytes);
    let mut warnings = parsed.warnings;
    if let Some(who) = content.untrusted_writers {
        let message = format!("the file {who} what runs as root");
        warnings.push_first(Diagnostic::of_file(message));
    }
    match parsed.container {
        Ok(container) => manifests.valid.push(Manifest {
            file,
            path,
            container,
            warnings,
            format: parsed.format,
            stamp,
            locations: parsed.locations,
        }),
        Err(errors) => manifests.invalid.push(InvalidManifest {
            file,
            path,
            errors,
            warnings,
            stamp,
        }),
    }
}

/// Returns the file's name without `.json`, or without whatever else stands behind its last dot.
fn stem(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}
