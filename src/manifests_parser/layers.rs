//! Layers: several places of manifests, from the lowest precedence to the highest. A file of a later one takes the place of the one
//! with the same name in an earlier one, and a symlink to `/dev/null` masks it. Each may hold drop-ins for a manifest of any of them.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::file::{cannot_be_read, is_dev_null, read_file, ContentOrReason};
use super::listing::{is_manifest_name, manifest_names, manifest_of, names, ScanError};
use crate::sort::sort;
use crate::sys::files::{beside, is_missing};

/// More drop-ins has no manifest.
const MAX_DROP_INS: usize = 100;

/// In bytes, of all drop-ins of a manifest: as much as four of the largest manifests.
const MAX_SIZE: usize = 1024 * 1024;

/// Why a file in the place of another one is no mask.
const EMPTY: &str = "is empty, as a power cut leaves a file; a mask is a symlink to /dev/null";

/// The places of manifests that are there.
pub(super) struct Layers {
    present: Vec<Layer>,
    /// Those that are not there.
    pub(super) missing: Vec<PathBuf>,
}

struct Layer {
    path: PathBuf,
    /// All that lies in the directory, in byte order; `None`: the layer is a single manifest.
    names: Option<Vec<OsString>>,
}

/// What there is of one name.
pub(super) enum Found {
    Manifest(PathAndContent),
    /// By this file.
    Masked(PathBuf),
    Nothing,
}

/// A file of a manifest: its own or a drop-in.
pub(super) type PathAndContent = (PathBuf, ContentOrReason);

impl Layers {
    /// Lists all layers. An error: none is there, or one cannot be read though it is there.
    pub(super) fn list(paths: &[impl AsRef<Path>]) -> Result<Layers, ScanError> {
        let mut list = Layers {
            present: Vec::new(),
            missing: Vec::new(),
        };
        let mut missing = None;
        for path in paths {
            let path = path.as_ref().to_owned();
            match list_layer(&path) {
                Ok(names) => list.present.push(Layer { path, names }),
                Err(error) if is_missing(&error) => {
                    list.missing.push(path.clone());
                    missing = missing.or(Some(ScanError { path, error }));
                }
                Err(error) => return Err(ScanError { path, error }),
            }
        }
        match missing {
            Some(error) if list.present.is_empty() => Err(error),
            _ => Ok(list),
        }
    }

    /// The names of manifests, in byte order.
    pub(super) fn manifest_names(&self) -> Vec<OsString> {
        let mut all = Vec::new();
        for Layer { path, names } in &self.present {
            match names {
                Some(names) => {
                    let names = names.iter().filter(|name| is_manifest_name(name));
                    all.extend(names.cloned());
                }
                None => all.extend(path.file_name().map(OsStr::to_owned)),
            }
        }
        sort(&mut all);
        all.dedup();
        all
    }

    /// Reads the manifest of that name in the last layer that has one.
    pub(super) fn find(&self, name: &OsStr) -> Found {
        let places = self.present.iter().filter_map(|layer| layer.place_of(name));
        read_last(&places.collect::<Vec<_>>())
    }

    /// The directories of a manifest's drop-ins, those of the first layer first.
    pub(super) fn drop_in_directories<'a>(
        &'a self,
        name: &'a OsStr,
    ) -> impl Iterator<Item = PathBuf> + 'a {
        let layers = self.present.iter();
        layers.filter_map(move |layer| layer.drop_ins_of(name))
    }

    /// The files of a manifest: `own`, and its drop-ins.
    pub(super) fn files_of(&self, name: &OsStr, own: PathAndContent) -> Vec<PathAndContent> {
        let mut files = vec![own];
        files.extend(self.drop_ins(name));
        files
    }

    /// Reads the drop-ins of a manifest, in byte order of their names; of several with one name that of the last layer.
    fn drop_ins(&self, name: &OsStr) -> Vec<PathAndContent> {
        let directories: Vec<PathBuf> = self.drop_in_directories(name).collect();
        let (mut names, mut found, mut size) = (Vec::new(), Vec::new(), 0);
        for directory in &directories {
            match manifest_names(directory) {
                Ok(more) => names.extend(more),
                Err(error) if is_missing(&error) => {}
                Err(error) => found.push((directory.clone(), Err(cannot_be_read(&error)))),
            }
        }
        sort(&mut names);
        names.dedup();
        for name in names {
            let places = directories.iter().map(|directory| directory.join(&name));
            let Found::Manifest(drop_in) = read_last(&places.collect::<Vec<_>>()) else {
                continue;
            };
            size += drop_in.1.as_ref().map_or(0, |content| content.bytes.len());
            found.push(drop_in);
            if found.len() > MAX_DROP_INS || size > MAX_SIZE {
                let reason =
                    format!("more than {MAX_DROP_INS} drop-ins, or more than 1 MiB of them");
                found.push((directories[0].clone(), Err(reason)));
                break;
            }
        }
        found
    }

    /// Is a layer this single manifest?
    pub(super) fn is_layer(&self, path: &Path) -> bool {
        self.present.iter().any(|layer| layer.path == path)
    }

    /// The layers that are directories.
    pub(super) fn directories(&self) -> impl Iterator<Item = &Path> {
        let layers = self.present.iter().filter(|layer| layer.names.is_some());
        layers.map(|layer| layer.path.as_path())
    }

    /// The directories of drop-ins for manifests that are not there, except for `names`.
    pub(super) fn stray_drop_ins(&self, names: &[OsString]) -> Vec<PathBuf> {
        let mut stray = Vec::new();
        for layer in &self.present {
            for name in layer.names.iter().flatten() {
                let Some(manifest) = manifest_of(name) else {
                    continue;
                };
                let directory = layer.path.join(name);
                let has_drop_ins =
                    || manifest_names(&directory).is_ok_and(|names| !names.is_empty());
                if names
                    .binary_search_by(|other| (**other).cmp(manifest))
                    .is_err()
                    && has_drop_ins()
                {
                    stray.push(directory);
                }
            }
        }
        stray
    }
}

impl Layer {
    /// The path of that name, if the layer has it.
    fn place_of(&self, name: &OsStr) -> Option<PathBuf> {
        match &self.names {
            Some(names) if has(names, name) => Some(self.path.join(name)),
            None if self.path.file_name() == Some(name) => Some(self.path.clone()),
            _ => None,
        }
    }

    /// The path of the directory of drop-ins for that name, if the layer may have it.
    fn drop_ins_of(&self, name: &OsStr) -> Option<PathBuf> {
        let mut directory = name.to_owned();
        directory.push(".d");
        match &self.names {
            Some(names) if has(names, &directory) => Some(self.path.join(directory)),
            None if self.path.file_name() == Some(name) => Some(beside(&self.path, "", ".d")),
            _ => None,
        }
    }
}

fn has(names: &[OsString], name: &OsStr) -> bool {
    names.binary_search_by(|other| (**other).cmp(name)).is_ok()
}

fn list_layer(path: &Path) -> io::Result<Option<Vec<OsString>>> {
    let metadata = fs::metadata(path)?;
    if metadata.is_dir() {
        return names(path).map(Some);
    }
    if metadata.is_file() {
        return Ok(None);
    }
    Err(io::Error::new(
        ErrorKind::InvalidInput,
        "neither a directory nor a regular file",
    ))
}

/// Reads the last of these files that is there, unless it is a mask.
fn read_last(places: &[PathBuf]) -> Found {
    for path in places.iter().rev() {
        match read_file(path) {
            // No mask: a power cut leaves such a file, and pruning would remove the container.
            Some(Ok(content)) if content.bytes.is_empty() && places.len() > 1 => {
                return Found::Manifest((path.clone(), Err(EMPTY.to_owned())));
            }
            Some(content) => return Found::Manifest((path.clone(), content)),
            None if is_dev_null(path) => return Found::Masked(path.clone()),
            None => {}
        }
    }
    Found::Nothing
}
