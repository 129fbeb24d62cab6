//! The state file (`--state FILE`): what earlier runs applied, one entry a container.
//!
//! Recovering from a crash does not need it. Without it, a container that differs from its manifest counts as one whose manifest
//! changed. What was rolled back is tried again, and nothing is pruned.

mod entries;
mod entry;
mod file;
mod store;

use std::path::Path;

use crate::sys::trust::follow;
pub use entries::State;
pub use entry::{ContentState, Entry};
pub use file::SaveError;
pub use store::StateStore;

/// Does the state file at `path` lie in `directory`, or below it? Symlinks count as what they lead to.
pub fn is_in_directory(path: &Path, directory: &Path) -> bool {
    follow(path).end.starts_with(follow(directory).end)
}
