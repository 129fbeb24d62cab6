//! What is shipped beside the program (man page, completions, units, pages) says the same as the program's own help, which
//! is the one list of its options. Besides, the packages that a build asks for.

#![allow(clippy::unwrap_used)]
// A build without the watcher ships the same files.
#![cfg(feature = "filewatcher")]

mod completions;
mod documents;
mod help;
mod imports;
mod page;
mod pages;
mod require;
mod supply;
mod units;

use std::fs;
use std::path::{Path, PathBuf};

fn path(of: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(of)
}

fn read(of: &str) -> String {
    fs::read_to_string(path(of)).unwrap_or_else(|error| panic!("{of}: {error}"))
}
