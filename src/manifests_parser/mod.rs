//! From the bytes of a manifest to the container that it asks for.
//!
//! `parse_manifest` is pure; `scan`, `directory` and `overlooked` touch the disk; `across` judges manifests that lie side by side. Every problem
//! of a file is found at once and names the line, the column and the key.

mod across;
mod check;
mod cm_format;
#[cfg(test)]
mod damaged;
mod directory;
mod fields;
mod findings;
mod hints;
mod image;
mod internal_format;
mod keys;
mod manifests;
mod overlooked;
mod parse;
mod ports;
mod problem;
mod reader;
mod scan;
mod tree;
mod values;
mod words;

pub use across::{bridge_host_name, container_host_name, missing_providers};
pub use manifests::{Invalid, Manifest, Manifests, Version};
pub use parse::{parse_manifest, Anchors, Format, Parsed};
pub use problem::{Bounded, InFile, Problem, Problems};
#[cfg(feature = "filewatcher")]
pub(crate) use scan::{is_missing, manifest_names};
pub use scan::{read_all, read_manifests, read_versions, ScanError};
