//! Logs the changes of the files, and the backoffs.

use std::time::Duration;

use log::info;

use super::schedule::FileChanges;

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

/// Logs when each failed manifest is tried again.
pub(super) fn log_backoffs(backoffs: &[(Duration, String)]) {
    for (backoff, name) in backoffs {
        info!("{name}: trying again in {} s", backoff.as_secs());
    }
}
