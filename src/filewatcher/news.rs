//! Logs what happens to the files.

use std::time::Duration;

use log::info;

use super::schedule::News;

/// Logs what a look at the files has found.
pub(super) fn log_news(news: &News) {
    for (what, files) in [
        ("changed", &news.changed),
        ("touched", &news.touched),
        ("gone", &news.gone),
    ] {
        if !files.is_empty() {
            info!("{what}: {}", files.join(", "));
        }
    }
}

/// Logs when what failed is tried again.
pub(super) fn log_backoffs(backoffs: &[(Duration, String)]) {
    for (backoff, name) in backoffs {
        info!("{name}: trying again in {} s", backoff.as_secs());
    }
}
