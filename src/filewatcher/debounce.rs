//! Decides when a burst of events is over: 200 ms after the last event, at most 2 s after the first. Pure.

use std::time::{Duration, Instant};

/// Whoever writes is done when no event has come for this long.
const QUIET: Duration = Duration::from_millis(200);
/// The longest wait for a writer that never stops.
const LONGEST: Duration = Duration::from_secs(2);

/// The events since the last look at the files.
#[derive(Debug, Default)]
pub(super) struct Debounce {
    first_and_last: Option<(Instant, Instant)>,
}

impl Debounce {
    /// Notes an event.
    pub(super) fn event(&mut self, now: Instant) {
        let first = self.first_and_last.map_or(now, |(first, _)| first);
        self.first_and_last = Some((first, now));
    }

    /// Returns when to look at the files; `None`: no event has come.
    pub(super) fn due(&self) -> Option<Instant> {
        self.first_and_last
            .map(|(first, last)| (last + QUIET).min(first + LONGEST))
    }

    /// Forgets the events: the files are looked at now.
    pub(super) fn reset(&mut self) {
        self.first_and_last = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due_after(events: &[u64]) -> Option<u64> {
        let begin = Instant::now();
        let mut debounce = Debounce::default();
        for ms in events {
            debounce.event(begin + Duration::from_millis(*ms));
        }
        let due = debounce.due()?.duration_since(begin).as_millis();
        u64::try_from(due).ok()
    }

    #[test]
    fn a_burst_is_over_after_its_last_event_or_long_after_its_first() {
        assert_eq!(due_after(&[]), None);
        assert_eq!(due_after(&[0]), Some(200));
        assert_eq!(due_after(&[0, 150, 300]), Some(500));
        let every_100: Vec<u64> = (0..30).map(|i| i * 100).collect();
        assert_eq!(due_after(&every_100), Some(2000));
    }

    #[test]
    fn a_look_ends_the_burst() {
        let mut debounce = Debounce::default();
        debounce.event(Instant::now());
        debounce.reset();
        assert_eq!(debounce.due(), None);
    }
}
