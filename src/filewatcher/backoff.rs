//! The backoff before a retry: 5 s at first, twice as long after each failure, 5 min at most. Pure.

use std::time::Duration;

/// The shortest backoff after one failure, and after many.
const FIRST: Duration = Duration::from_secs(5);
const LAST: Duration = Duration::from_secs(240);

/// Returns the backoff after `failures` failures in a row (at least 1). `random` (any number) makes it up to a quarter longer:
/// a fleet that lost its registry must not come back to it all at once.
pub(super) fn backoff(failures: u32, random: u64) -> Duration {
    let doublings = failures.saturating_sub(1).min(6);
    let shortest = (FIRST * 2_u32.pow(doublings)).min(LAST);
    let thousandths = u32::try_from(random % 1000).unwrap_or_default();
    shortest + shortest / 4 * thousandths / 999
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backoffs_grow_and_stay_within_their_limits() {
        let shortest: Vec<u64> = (1..9).map(|n| backoff(n, 0).as_secs()).collect();
        assert_eq!(shortest, [5, 10, 20, 40, 80, 160, 240, 240]);
        for failures in [1, 2, 7, 100, u32::MAX] {
            for random in [0, 1, 500, 999, 1000, u64::MAX] {
                let backoff = backoff(failures, random).as_secs();
                assert!((5..=300).contains(&backoff), "{backoff}");
            }
        }
    }

    #[test]
    fn backoffs_differ() {
        assert_eq!(backoff(3, 0), Duration::from_secs(20));
        assert_eq!(backoff(3, 999), Duration::from_secs(25));
        assert_eq!(backoff(9, 999), Duration::from_secs(300));
    }
}
