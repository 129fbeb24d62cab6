//! What the watcher says of the files in the log.

use std::time::Duration;

use log::info;

use super::schedule::News;

/// What a look has brought.
pub(super) fn tell_news(news: &News) {
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

/// What failed is tried again after these pauses.
pub(super) fn tell_pauses(pauses: &[(Duration, String)]) {
    for (pause, name) in pauses {
        info!("{name}: trying again in {} s", pause.as_secs());
    }
}
