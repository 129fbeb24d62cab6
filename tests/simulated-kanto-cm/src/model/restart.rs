//! Who starts again by itself, and after which pause.

use std::time::Duration;

use crate::proto::types::{Container, RestartPolicy};

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// A container that ran this long starts again with the first pause.
const LONG_ENOUGH: Duration = Duration::from_secs(10);

/// Counts a container's restarts, from one Start to the next.
#[derive(Clone, Debug, Default)]
pub(crate) struct Restarts {
    performed: i64,
    pause: Duration,
    /// A restart is due and its pause is running.
    pub(crate) pending: bool,
    /// It ran on while the daemon crashed and came back: nobody starts it again when it ends, until the next Start, update
    /// of its policy or start of the daemon.
    pub(crate) forgotten: bool,
}

impl Restarts {
    /// Calls a pending restart off. Counting goes on where the container's own count stands.
    pub(crate) fn reset(&mut self, restart_count: i64) {
        *self = Self {
            performed: restart_count,
            ..Self::default()
        };
    }

    /// Decides about a container that ended after having been up for so long: the pause, or no restart.
    pub(crate) fn after_end(&mut self, container: &Container, up: Duration) -> Option<Duration> {
        let policy = &container.host_config.restart_policy;
        if policy.type_ == "no" || self.pending || self.forgotten {
            return None;
        }
        self.grow(longest(policy), up);
        let state = &container.state;
        let restart = wants(
            policy,
            state.exit_code,
            container.manually_stopped,
            self.performed,
        );
        if !restart {
            return None;
        }
        self.performed += 1;
        self.pending = true;
        Some(self.pause)
    }

    fn grow(&mut self, longest: Duration, up: Duration) {
        if up >= LONG_ENOUGH {
            self.pause = Duration::ZERO;
        }
        self.pause = if self.pause.is_zero() {
            FIRST_PAUSE
        } else {
            self.pause * 2
        };
        self.pause = self.pause.min(longest);
    }
}

fn longest(policy: &RestartPolicy) -> Duration {
    match u64::try_from(policy.retry_timeout) {
        Ok(seconds) if seconds > 0 => Duration::from_secs(seconds),
        _ => LONGEST_PAUSE,
    }
}

fn wants(policy: &RestartPolicy, exit_code: i64, manually_stopped: bool, performed: i64) -> bool {
    match policy.type_.as_str() {
        "always" => true,
        "unless-stopped" => !manually_stopped,
        "on-failure" => {
            let most = policy.maximum_retry_count;
            exit_code != 0 && (most == 0 || performed < most)
        }
        _ => false,
    }
}

/// Whether the daemon starts the container by itself when it starts, provided that it ran before.
pub(crate) fn at_daemon_start(container: &Container) -> bool {
    wants(
        &container.host_config.restart_policy,
        container.state.exit_code,
        container.manually_stopped,
        container.restart_count,
    )
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json, Value};

    use super::*;

    #[allow(clippy::needless_pass_by_value)] // made in place
    fn ended(policy: Value, exit_code: i64, manually_stopped: bool) -> Container {
        from_value(
            json!({"host_config": {"restart_policy": policy}, "state": {"exit_code": exit_code},
            "manually_stopped": manually_stopped}),
        )
        .unwrap()
    }

    fn pauses(container: &Container, times: usize) -> Vec<Option<u128>> {
        let mut restarts = Restarts::default();
        let mut next = || {
            let pause = restarts.after_end(container, Duration::ZERO);
            restarts.pending = false;
            pause.map(|pause| pause.as_millis())
        };
        (0..times).map(|_| next()).collect()
    }

    #[test]
    fn policies() {
        let restarts = |policy: &str, code, manually| {
            Restarts::default()
                .after_end(
                    &ended(json!({"type": policy}), code, manually),
                    Duration::ZERO,
                )
                .is_some()
        };
        assert!(!restarts("no", 1, false));
        assert!(restarts("always", 0, true));
        assert!(restarts("unless-stopped", 0, false));
        assert!(!restarts("unless-stopped", 1, true));
        assert!(restarts("on-failure", 1, true));
        assert!(!restarts("on-failure", 0, false));
    }

    #[test]
    fn pauses_grow_up_to_the_longest() {
        let some = |all: &[u128]| all.iter().copied().map(Some).collect::<Vec<_>>();
        assert_eq!(
            pauses(&ended(json!({"type": "always"}), 0, false), 4),
            some(&[100, 200, 400, 800])
        );
        let short = ended(json!({"type": "always", "retry_timeout": 1}), 0, false);
        assert_eq!(pauses(&short, 6), some(&[100, 200, 400, 800, 1000, 1000]));
    }

    #[test]
    fn on_failure_gives_up() {
        let policy = json!({"type": "on-failure", "maximum_retry_count": 2});
        assert_eq!(
            pauses(&ended(policy, 1, false), 3),
            [Some(100), Some(200), None]
        );
    }

    #[test]
    fn ten_seconds_up_bring_the_first_pause_back() {
        let container = ended(json!({"type": "always"}), 0, false);
        let mut restarts = Restarts::default();
        restarts.after_end(&container, Duration::ZERO);
        assert_eq!(
            restarts.after_end(&container, Duration::ZERO),
            None,
            "one is pending"
        );
        restarts.pending = false;
        assert_eq!(
            restarts.after_end(&container, LONG_ENOUGH),
            Some(FIRST_PAUSE)
        );
    }
}
