//! The wall clock of the simulated machine: the real one, as far ahead or behind as a test has set it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

static AHEAD_MS: AtomicI64 = AtomicI64::new(0);

/// Sets how far it is ahead of the real one; behind, where this is negative.
pub(crate) fn set_ahead(millis: i64) {
    AHEAD_MS.store(millis, Ordering::Relaxed);
}

/// What it shows now.
pub(crate) fn now() -> SystemTime {
    shifted(SystemTime::now(), AHEAD_MS.load(Ordering::Relaxed))
}

fn shifted(time: SystemTime, millis: i64) -> SystemTime {
    let by = Duration::from_millis(millis.unsigned_abs());
    if millis < 0 {
        time.checked_sub(by).unwrap_or(SystemTime::UNIX_EPOCH)
    } else {
        time.checked_add(by).unwrap_or(time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ahead_and_behind() {
        let noon = SystemTime::UNIX_EPOCH + Duration::from_secs(12 * 3600);
        let seconds = |millis| {
            let time = shifted(noon, millis).duration_since(SystemTime::UNIX_EPOCH);
            time.unwrap().as_secs()
        };
        assert_eq!(seconds(3_600_000), 13 * 3600);
        assert_eq!(seconds(-3_600_000), 11 * 3600);
    }
}
