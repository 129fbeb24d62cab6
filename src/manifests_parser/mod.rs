//! From the bytes of a manifest to the container that it asks for.
//!
//! `parse` is pure. `directory`, `layers`, `reading`, `listing`, `file`, `overlooked` and `permissions` touch the disk. All errors of
//! a file are found at once, and each names the line, the column and the key. A file imports only from files above it in this table.
//!
//! | file | |
//! | --- | --- |
//! | `format` | the two formats, and how they spell what they have in common |
//! | `json`, `syntax` | JSON text taken apart one level at a time; what is wrong with its syntax |
//! | `quote` | texts from manifests in messages |
//! | `keys` | what an unknown key was probably meant to be |
//! | `diagnostics` | errors and warnings with their places |
//! | `source` | the files that a manifest comes from, and where its values stand in them |
//! | `collector` | collects the diagnostics of one file |
//! | `value`, `object` | typed values, and objects read by key |
//! | `merge` | drop-ins merged into their manifest |
//! | `fields` | the fields of a container |
//! | `check` | what Kanto-CM would refuse; what probably does not do what was meant |
//! | `manifest` | manifests, valid and invalid |
//! | `parse` | one manifest |
//! | `conflicts` | manifests of one directory side by side |
//! | `listing`, `file` | names of a directory; the content of one file |
//! | `overlooked`, `permissions` | warnings about the directory |
//! | `layers` | which files a manifest of several directories is made of |
//! | `reading` | reads and parses the manifests of layers |
//! | `directory` | reads all of it |

mod check;
mod collector;
mod conflicts;
mod diagnostics;
mod directory;
mod fields;
mod file;
mod format;
mod json;
mod keys;
mod layers;
mod listing;
mod manifest;
mod merge;
mod object;
mod overlooked;
mod parse;
mod permissions;
mod quote;
mod reading;
mod source;
mod syntax;
#[cfg(test)]
mod tests;
mod value;

pub use conflicts::{missing_providers, shared_with_others};
pub use diagnostics::{Bounded, Diagnostic, Diagnostics, InFile, Location, Span};
pub use directory::{read_for_validation, read_layers, read_manifests, read_stamps, Stamps};
pub use format::Format;
pub use listing::ScanError;
#[cfg(feature = "filewatcher")]
pub(crate) use listing::{drop_in_directory_names, manifest_names};
pub use manifest::{FileStamp, InvalidManifest, Locations, Manifest, Manifests};
pub use parse::{parse_files, parse_manifest, Parsed};
pub use reading::stray_message;
