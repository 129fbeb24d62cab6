//! The manifests of a directory: those that are valid, and those that are not.

use std::path::PathBuf;

use super::diagnostics::{Diagnostics, Location};
use super::format::Format;
use crate::container::Spec;
use crate::sort::sort_by;
use crate::text::printable_path;

/// The manifests of a directory.
#[derive(Debug, Clone, Default)]
pub struct Manifests {
    /// Manifests to deploy, in byte order of their files' names. No two of them are for the same container.
    pub valid: Vec<Manifest>,
    /// Files that hold no manifest that could be deployed, in the same order.
    pub invalid: Vec<InvalidManifest>,
    /// Warnings about the directory itself, safe to print.
    pub directory_warnings: Vec<String>,
    /// Messages about what lies there and is no manifest, though somebody may take it for one; safe to print.
    pub overlooked: Vec<String>,
    /// Layers that are not there.
    pub missing_layers: Vec<PathBuf>,
    /// Files that take away the manifest of their name in an earlier layer.
    pub masks: Vec<PathBuf>,
}

impl Manifests {
    /// Is nothing missing of what there may be? Else a container without a manifest says nothing.
    pub fn is_complete(&self) -> bool {
        self.invalid.is_empty() && self.missing_layers.is_empty()
    }

    /// Sorts the invalid manifests by their paths, of which no two are the same.
    pub fn sort_invalid(&mut self) {
        sort_by(&mut self.invalid, |a, b| a.path.cmp(&b.path));
    }
}

/// A valid manifest.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// Its file, for people: the name alone when it was found in a directory, and that is the only layer.
    pub file: PathBuf,
    /// Its file, for opening it.
    pub path: PathBuf,
    /// Its drop-ins, in the order in which they are merged.
    pub drop_ins: Vec<PathBuf>,
    /// The container that it asks for, without Kanto-CM's defaults.
    pub container: Spec,
    /// Warnings about it.
    pub warnings: Diagnostics,
    /// The format that it is written in.
    pub format: Format,
    /// Shows whether the file, or one of its drop-ins, was changed or touched since another scan.
    pub stamp: FileStamp,
    /// Where the values stand that other manifests can collide with.
    pub locations: Locations,
}

impl Manifest {
    /// Returns the file, safe to print. No two manifests have the same.
    pub fn shown_file(&self) -> String {
        printable_path(&self.file)
    }

    /// Returns the file that holds a value, for people: its own or that of a drop-in.
    pub(super) fn file_of(&self, location: &Location) -> String {
        if location.file.is_empty() {
            self.shown_file()
        } else {
            location.file.clone()
        }
    }
}

/// A file that holds no manifest that could be deployed.
#[derive(Debug, Clone)]
pub struct InvalidManifest {
    /// The file, for people: the name alone when it was found in a directory, and that is the only layer.
    pub file: PathBuf,
    /// The file, for opening it.
    pub path: PathBuf,
    /// All errors in it; at least one.
    pub errors: Diagnostics,
    /// Warnings about it besides.
    pub warnings: Diagnostics,
    /// Shows whether the file, or one of its drop-ins, was changed or touched since another scan.
    pub stamp: FileStamp,
}

/// Tells two states of a file apart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FileStamp {
    /// Digest of the content (of the reason, when the file could not be read). Not for keeping: another version of this
    /// program may count differently.
    pub content: u64,
    /// Time of the last modification: seconds and nanoseconds since 1970. `touch` changes it.
    pub modified: (i64, i64),
}

/// Where the values stand that are compared with those of other manifests.
#[derive(Debug, Clone, Default)]
pub struct Locations {
    /// The id, or where it would stand.
    pub id: Location,
    /// The name, or where it would stand.
    pub name: Location,
    /// Each port mapping's host port.
    pub ports: Vec<Location>,
    /// Each entry of `extra_hosts`.
    pub extra_hosts: Vec<Location>,
}
