//! Reads the manifests of layers with their drop-ins, one after the other.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::diagnostics::{Diagnostic, Diagnostics};
use super::file::{stamp, stamp_of_all};
use super::layers::{Found, Layers, PathAndContent};
use super::manifest::{FileStamp, InvalidManifest, Manifest, Manifests};
use super::overlooked::overlooked;
use super::parse::{parse_files, Parsed};
use super::permissions::{warn_about_directory, warning_of_link};
use crate::text::{printable, printable_path};

/// The manifests that were read so far.
pub(super) struct Reading {
    /// There may be several layers: files are named with their directory, and stamps cover their paths.
    is_layered: bool,
    /// It matters who else can write the files.
    checks_writers: bool,
    pub(super) manifests: Manifests,
}

impl Reading {
    pub(super) fn new(is_layered: bool, checks_writers: bool) -> Reading {
        Reading {
            is_layered,
            checks_writers,
            manifests: Manifests::default(),
        }
    }

    /// Reads all manifests. Only one is in memory at a time.
    pub(super) fn add_layers(&mut self, layers: &Layers) {
        let names = layers.manifest_names();
        for name in &names {
            match layers.find(name) {
                Found::Manifest(own) => self.add(name, own, layers),
                Found::Masked(path) => self.manifests.masks.push(path),
                Found::Nothing => {}
            }
        }
        for directory in layers.directories() {
            let hint = overlooked(directory, "manifests");
            self.manifests.overlooked.extend(hint);
        }
        for directory in layers.stray_drop_ins(&names) {
            self.manifests
                .directory_warnings
                .push(stray_message(&directory));
        }
        let missing = layers.missing.iter().cloned();
        self.manifests.missing_layers.extend(missing);
    }

    fn add(&mut self, name: &OsStr, own: PathAndContent, layers: &Layers) {
        for directory in layers.drop_in_directories(name) {
            if self.checks_writers {
                warn_about_directory(&directory, &mut self.manifests);
            }
            let hint = overlooked(&directory, "drop-ins");
            self.manifests.overlooked.extend(hint);
        }
        let has_full_paths = self.is_layered || layers.directories().next().is_none();
        let files = layers.files_of(name, own);
        let names = shown_names(&files, has_full_paths);
        let mut warnings = Diagnostics::default();
        if self.checks_writers {
            warnings = writer_warnings(&files, &names, layers);
        }
        let parsed = parse(&files, &names);
        warnings.append(parsed.warnings);
        let stamp = stamp_of(&files, self.is_layered);
        let mut paths = files.into_iter().map(|(path, _)| path);
        let path = paths.next().unwrap_or_default();
        let file = if has_full_paths {
            path.clone()
        } else {
            name.into()
        };
        match parsed.container {
            Ok(container) => self.manifests.valid.push(Manifest {
                file,
                path,
                drop_ins: paths.collect(),
                container,
                warnings,
                format: parsed.format,
                stamp,
                locations: parsed.locations,
            }),
            Err(errors) => self.manifests.invalid.push(InvalidManifest {
                file,
                path,
                errors,
                warnings,
                stamp,
            }),
        }
    }
}

/// Warns about what others can change of these files.
fn writer_warnings(files: &[PathAndContent], names: &[String], layers: &Layers) -> Diagnostics {
    let mut warnings = Diagnostics::default();
    for (name, (path, content)) in names.iter().zip(files) {
        let writers = content.as_ref().ok();
        let writers = writers.and_then(|content| content.untrusted_writers.as_ref());
        let message = writers.map(|who| format!("the file {who} what runs as root"));
        let link = warning_of_link(path).filter(|_| !layers.is_layer(path));
        for message in message.into_iter().chain(link) {
            warnings.push(Diagnostic::of_file(name.clone(), message));
        }
    }
    warnings
}

/// Parses a manifest with its drop-ins, if all files could be read.
fn parse(files: &[PathAndContent], names: &[String]) -> Parsed {
    let mut errors = Diagnostics::default();
    let mut contents: Vec<(&str, &[u8])> = Vec::new();
    for (name, (_, content)) in names.iter().zip(files) {
        match content {
            Ok(content) => contents.push((name, &content.bytes)),
            Err(reason) => errors.push(Diagnostic::of_file(name.clone(), reason)),
        }
    }
    if errors.is_empty() {
        parse_files(&stem(&files[0].0), &contents)
    } else {
        Parsed::failed(errors)
    }
}

/// The names of files in messages: none for the manifest's own, for a drop-in also its directory's.
fn shown_names(files: &[PathAndContent], has_full_paths: bool) -> Vec<String> {
    let own = &files[0].0;
    let name = own.file_name().filter(|_| !has_full_paths);
    let start = name.map_or(0, |name| own.as_os_str().len() - name.len());
    let shown = |path: &Path| {
        let bytes = path.as_os_str().as_bytes();
        printable(&String::from_utf8_lossy(&bytes[start.min(bytes.len())..]))
    };
    let mut names = vec![String::new()];
    names.extend(files[1..].iter().map(|(path, _)| shown(path)));
    names
}

/// The stamp of a manifest: that of its file alone, if it has no other and can be in no other layer.
pub(super) fn stamp_of(files: &[PathAndContent], is_layered: bool) -> FileStamp {
    match files {
        [(_, content)] if !is_layered => stamp(content),
        _ => stamp_of_all(files),
    }
}

/// Says that drop-ins have no manifest.
pub fn stray_message(directory: &Path) -> String {
    let directory = printable_path(directory);
    format!("the drop-ins in {directory} are for a manifest that does not exist")
}

/// The file's name without `.json`, or without whatever else stands behind its last dot.
fn stem(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}
