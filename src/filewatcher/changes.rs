//! Logs the changes of the files, and the backoffs.

use std::time::Duration;

use log::info;

use super::schedule::FileChanges;

/// Logs what has changed since the last look at the files.
pub(super) fn log_changes(changes: &FileChanges) {
    for (change, files) in [
        ("changed", &changes.changed),
        ("touched", &changes.touched),
        ("gone", &changes.gone),
    ] {
        if !files.is_empty() {
            info!("{change}: {}", files.join(", "));
        }
    }
}

/// Logs when each failed manifest is tried again.
pub(super) fn log_backoffs(backoffs: &[(Duration, String)]) {
    for (backoff, name) in backoffs {
        info!("{name}: trying again in {} s", backoff.as_secs());
    }
}
