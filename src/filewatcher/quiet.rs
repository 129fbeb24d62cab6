//! When a burst of events is over: 200 ms after the last one, and 2 s after the first at the latest. Pure.

use std::time::{Duration, Instant};

/// No event for so long means that whoever writes is done.
const QUIET: Duration = Duration::from_millis(200);
/// Who never stops writing is not waited for longer.
const LONGEST: Duration = Duration::from_secs(2);

/// The quiet period after events.
#[derive(Debug, Default)]
pub(super) struct Quiet {
    first_and_last: Option<(Instant, Instant)>,
}

impl Quiet {
    /// Something happened.
    pub(super) fn event(&mut self, now: Instant) {
        let first = self.first_and_last.map_or(now, |(first, _)| first);
        self.first_and_last = Some((first, now));
    }

    /// When to look at what has happened; `None`: nothing has.
    pub(super) fn due(&self) -> Option<Instant> {
        self.first_and_last
            .map(|(first, last)| (last + QUIET).min(first + LONGEST))
    }

    /// It is being looked at.
    pub(super) fn over(&mut self) {
        self.first_and_last = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due_after(events: &[u64]) -> Option<u64> {
        let begin = Instant::now();
        let mut quiet = Quiet::default();
        for ms in events {
            quiet.event(begin + Duration::from_millis(*ms));
        }
        let due = quiet.due()?.duration_since(begin).as_millis();
        u64::try_from(due).ok()
    }

    #[test]
    fn it_is_over_after_the_last_event_or_long_after_the_first() {
        assert_eq!(due_after(&[]), None);
        assert_eq!(due_after(&[0]), Some(200));
        assert_eq!(due_after(&[0, 150, 300]), Some(500));
        let every_100: Vec<u64> = (0..30).map(|i| i * 100).collect();
        assert_eq!(due_after(&every_100), Some(2000));
    }

    #[test]
    fn what_was_looked_at_does_not_count() {
        let mut quiet = Quiet::default();
        quiet.event(Instant::now());
        quiet.over();
        assert_eq!(quiet.due(), None);
    }
}
