//! The manifests of a directory: those that are valid, and those that are not.

use std::path::PathBuf;

use super::parse::{Anchors, Format};
use super::problem::Problems;
use crate::container::Spec;
use crate::sort::sort_by;

/// What a scan found.
#[derive(Debug, Clone, Default)]
pub struct Manifests {
    /// Manifests to deploy, in byte order of their files' names. No two of them are for the same container.
    pub valid: Vec<Manifest>,
    /// Files that hold no manifest that could be deployed, in the same order.
    pub invalid: Vec<Invalid>,
    /// What is odd about the directory itself, safe to print.
    pub directory_warnings: Vec<String>,
    /// What lies there and is no manifest, though somebody may take it for one; safe to print.
    pub overlooked: Vec<String>,
}

/// A valid manifest.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// Its file, for people: the name alone when it was found in a directory.
    pub file: PathBuf,
    /// Its file, for opening it.
    pub path: PathBuf,
    /// What it asks for, without Kanto-CM's defaults.
    pub container: Spec,
    /// What is odd about it.
    pub warnings: Problems,
    /// The format it is written in.
    pub format: Format,
    /// Tells whether it was changed or touched since another scan.
    pub version: Version,
    /// Where the values stand that other manifests can collide with.
    pub anchors: Anchors,
}

impl Manifests {
    /// Brings the invalid ones into the order of their paths, of which no two are the same.
    pub fn sort_invalid(&mut self) {
        sort_by(&mut self.invalid, |a, b| a.path.cmp(&b.path));
    }
}

/// A file that holds no manifest that could be deployed.
#[derive(Debug, Clone)]
pub struct Invalid {
    /// The file, for people: the name alone when it was found in a directory.
    pub file: PathBuf,
    /// The file, for opening it.
    pub path: PathBuf,
    /// All that is wrong with it; at least one problem.
    pub problems: Problems,
    /// What is odd about it besides.
    pub warnings: Problems,
    /// Tells whether it was changed or touched since another scan.
    pub version: Version,
}

/// Tells two states of a file apart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Version {
    /// Digest of the content (of the reason, when the file could not be read). Not for keeping: another version of this
    /// program may count differently.
    pub content: u64,
    /// Time of the last modification: seconds and nanoseconds since 1970. `touch` changes it.
    pub modified: (i64, i64),
}
