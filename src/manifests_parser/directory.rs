//! Reads the manifests of a directory, of several layers, or a single one, and collects all errors and warnings.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::slice;

use super::conflicts::check_conflicts;
use super::file::{ContentOrReason, LEASED};
use super::layers::{Found, Layers};
use super::listing::ScanError;
use super::manifest::{FileStamp, Manifests};
use super::overlooked::warn_if_empty;
use super::permissions::{warn_about_directory, warn_about_way};
use super::reading::{stamp_of, Reading};
use crate::text::printable_path;

/// Reads every manifest of a directory, or the one manifest that `path` is.
pub fn read_manifests(path: &Path) -> Result<Manifests, ScanError> {
    read_layers(slice::from_ref(&path))
}

/// Reads the manifests of several layers, from the lowest precedence to the highest, each a directory or a single manifest.
pub fn read_layers(paths: &[impl AsRef<Path>]) -> Result<Manifests, ScanError> {
    let layers = Layers::list(paths)?;
    let mut reading = Reading::new(paths.len() > 1, true);
    for path in paths {
        warn_about_directory(path.as_ref(), &mut reading.manifests);
    }
    warn_about_repetition(paths, &mut reading.manifests);
    reading.add_layers(&layers);
    let mut manifests = reading.manifests;
    check_conflicts(&mut manifests);
    warn_if_empty(paths, &mut manifests);
    for path in paths {
        warn_about_way(path.as_ref(), &mut manifests);
    }
    Ok(manifests)
}

/// The stamps of all files that [`read_layers`] would read.
#[derive(Debug, Default)]
pub struct Stamps {
    /// One a manifest, valid or not, with its path.
    pub stamps: Vec<(PathBuf, FileStamp)>,
    /// One of the files cannot be opened just now, and no event will say when it can be.
    pub is_leased: bool,
    /// Layers that are not there.
    pub missing_layers: Vec<PathBuf>,
    /// Directories of drop-ins for manifests that are not there.
    pub stray_drop_ins: Vec<PathBuf>,
}

/// Reads the stamps of all manifests.
pub fn read_stamps(paths: &[impl AsRef<Path>]) -> Result<Stamps, ScanError> {
    let layers = Layers::list(paths)?;
    let mut all = Stamps::default();
    let names = layers.manifest_names();
    for name in &names {
        if let Found::Manifest(own) = layers.find(name) {
            let mut files = layers.files_of(name, own);
            let is_leased =
                |content: &ContentOrReason| matches!(content, Err(reason) if reason == LEASED);
            all.is_leased |= files.iter().any(|(_, content)| is_leased(content));
            let stamp = stamp_of(&files, paths.len() > 1);
            all.stamps.push((files.swap_remove(0).0, stamp));
        }
    }
    all.stray_drop_ins = layers.stray_drop_ins(&names);
    all.missing_layers = layers.missing;
    Ok(all)
}

/// Reads paths that are only checked, for a machine on which the files get other modes: who else can write them does not matter.
/// Directories are layers; where there is none, all files are checked, side by side. Files are named with their directory.
pub fn read_for_validation(paths: &[PathBuf]) -> Result<Manifests, ScanError> {
    let mut reading = Reading::new(true, false);
    if paths.iter().any(|path| path.is_dir()) {
        warn_about_repetition(paths, &mut reading.manifests);
        reading.add_layers(&Layers::list(paths)?);
    } else {
        for (index, path) in paths.iter().enumerate() {
            if !paths[..index].contains(path) {
                reading.add_layers(&Layers::list(slice::from_ref(path))?);
            }
        }
    }
    let mut manifests = reading.manifests;
    check_conflicts(&mut manifests);
    warn_if_empty(paths, &mut manifests);
    Ok(manifests)
}

/// Warns about a directory that is several layers at once.
fn warn_about_repetition(paths: &[impl AsRef<Path>], manifests: &mut Manifests) {
    for (index, path) in paths.iter().enumerate() {
        let path = path.as_ref();
        let inode = inode(path);
        let mut earlier = paths[..index].iter();
        if inode.is_some() && earlier.any(|other| self::inode(other.as_ref()) == inode) {
            let path = printable_path(path);
            let warning = format!("{path} is given twice: one directory is one layer");
            manifests.directory_warnings.push(warning);
        }
    }
}

fn inode(path: &Path) -> Option<(u64, u64)> {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.dev(), metadata.ino()))
}
