//! Logs the changes of the files, and the backoffs.

use std::path::PathBuf;
use std::time::Duration;

use log::{info, warn};

use super::schedule::FileChanges;
use crate::manifests_parser::stray_message;
use crate::text::printable_path;

/// Logs what has changed since the last look at the files.
pub(super) fn log_changes(changes: &FileChanges, prunes: bool) {
    let after_gone = if prunes {
        ""
    } else {
        "; without --prune, containers stay"
    };
    for (change, files, after) in [
        ("changed", &changes.changed, ""),
        ("touched", &changes.touched, ""),
        ("gone", &changes.gone, after_gone),
    ] {
        if !files.is_empty() {
            info!("{change}: {}{after}", files.join(", "));
        }
    }
}

/// Logs which layers have come, and which are missing.
pub(super) fn log_layers(before: &[PathBuf], missing: &[PathBuf]) {
    for path in missing.iter().filter(|path| !before.contains(path)) {
        info!("waiting for {}: it does not exist", printable_path(path));
    }
    for path in before.iter().filter(|path| !missing.contains(path)) {
        info!("{} exists now", printable_path(path));
    }
}

/// Logs which directories of drop-ins without a manifest are new.
pub(super) fn log_new(before: &[PathBuf], stray_drop_ins: &[PathBuf]) {
    for directory in stray_drop_ins {
        if !before.contains(directory) {
            warn!("{}", stray_message(directory));
        }
    }
}

/// Logs when each failed manifest is tried again.
pub(super) fn log_backoffs(backoffs: &[(Duration, String)]) {
    for (backoff, name) in backoffs {
        info!("{name}: trying again in {} s", backoff.as_secs());
    }
}
