//! Decides from Kanto-CM's Lists whether it has restored its containers. Pure: instants are arguments.

use std::time::{Duration, Instant};

use crate::container::{Observed, State, Status};
use crate::sort::sort_by;

/// Where nothing is listed: loading takes milliseconds, longer with slow flash.
const EMPTY: Duration = Duration::from_secs(3);
/// The same where the record names containers: somebody may have removed them all, but that is rare.
const EMPTY_THOUGH_RECORDED: Duration = Duration::from_secs(15);
/// Where containers are listed: not before.
const LISTED: Duration = Duration::from_secs(5);
/// No state has changed for this long: between two restored ones lies less.
const UNCHANGED: Duration = Duration::from_secs(3);
/// Containers that Kanto-CM cannot start although it should are not waited for longer.
const GIVEN_UP: Duration = Duration::from_secs(30);

/// Follows the Lists from the first answered one.
pub(super) struct Watch {
    first: Instant,
    changed: Instant,
    /// By id.
    states: Vec<(String, State)>,
    process_exists: fn(i64) -> bool,
    empty: Duration,
}

impl Watch {
    /// `first`: when Kanto-CM first answered. `process_exists`: is there a process of that id? `expects_some`: it held
    /// containers before.
    pub(super) fn new(
        first: Instant,
        process_exists: fn(i64) -> bool,
        expects_some: bool,
    ) -> Watch {
        let empty = if expects_some {
            EMPTY_THOUGH_RECORDED
        } else {
            EMPTY
        };
        Watch {
            empty,
            first,
            changed: first,
            states: Vec::new(),
            process_exists,
        }
    }

    /// Takes the List of this instant: is Kanto-CM through, as far as one can see?
    pub(super) fn is_quiet(&mut self, now: Instant, listed: &[Observed]) -> bool {
        let mut states: Vec<(String, State)> = listed
            .iter()
            .map(|observed| (observed.id().to_owned(), observed.state.clone()))
            .collect();
        sort_by(&mut states, |a, b| a.0.cmp(&b.0));
        if states != self.states {
            self.states = states;
            self.changed = now;
        }
        let age = now.duration_since(self.first);
        if listed.is_empty() {
            return age >= self.empty;
        }
        let unchanged = now.duration_since(self.changed);
        let settled = listed
            .iter()
            .all(|observed| !self.is_stale(observed) && !is_started_by_kanto_cm(observed));
        age >= LISTED && unchanged >= if settled { UNCHANGED } else { GIVEN_UP }
    }

    /// After a power cut Kanto-CM first lists containers as running whose processes are gone.
    fn is_stale(&self, observed: &Observed) -> bool {
        observed.state.status == Status::Running && !(self.process_exists)(observed.state.pid)
    }
}

/// Will Kanto-CM start this container by itself, now that it starts?
fn is_started_by_kanto_cm(observed: &Observed) -> bool {
    let state = &observed.state;
    !state.started_at.is_empty()
        && matches!(state.status, Status::Stopped | Status::Exited)
        && observed.is_restarted_by_policy()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::{Listed, Spec};

    fn listed(id: &str, status: Status, policy: &str) -> Observed {
        let mut spec = Spec {
            id: id.into(),
            ..Spec::default()
        };
        spec.host_config.restart_policy.kind = policy.into();
        Observed {
            listed: Listed::from_kanto_cm(spec),
            state: State {
                status,
                pid: 1,
                started_at: "2024".into(),
                ..State::default()
            },
            ..Observed::default()
        }
    }

    /// After how many tenths of a second (a minute at most) the watch is through with `lists`, the last one repeated.
    fn quiet_after(lists: &[Vec<Observed>]) -> Option<u32> {
        quiet_with(lists, false)
    }

    fn quiet_with(lists: &[Vec<Observed>], expects_some: bool) -> Option<u32> {
        let first = Instant::now();
        let mut watch = Watch::new(first, |pid| pid == 1, expects_some);
        (0..600u32).find(|tenths| {
            let at = usize::try_from(*tenths).unwrap().min(lists.len() - 1);
            watch.is_quiet(first + Duration::from_millis(100) * *tenths, &lists[at])
        })
    }

    #[test]
    fn nothing_listed_takes_three_seconds() {
        assert_eq!(quiet_after(&[vec![]]), Some(30));
    }

    #[test]
    fn nothing_listed_though_containers_are_known_takes_fifteen() {
        assert_eq!(quiet_with(&[vec![]], true), Some(150));
        let mut lists = vec![vec![]; 20];
        lists.push(vec![listed("a", Status::Running, "always")]);
        assert_eq!(quiet_with(&lists, true), Some(50));
    }

    #[test]
    fn what_runs_or_stays_as_it_is_takes_five_seconds() {
        for (status, policy) in [
            (Status::Running, "always"),
            (Status::Paused, "always"),
            (Status::Stopped, "no"),
            (Status::Exited, "on-failure"),
        ] {
            assert_eq!(
                quiet_after(&[vec![listed("a", status, policy)]]),
                Some(50),
                "{status:?} {policy}"
            );
        }
        let mut stopped = listed("a", Status::Stopped, "unless-stopped");
        stopped.manually_stopped = true;
        assert_eq!(quiet_after(&[vec![stopped]]), Some(50));
        let mut never_started = listed("a", Status::Stopped, "always");
        never_started.state.started_at.clear();
        assert_eq!(quiet_after(&[vec![never_started]]), Some(50));
    }

    #[test]
    fn a_change_begins_the_three_quiet_seconds_anew() {
        let mut lists = vec![vec![listed("a", Status::Running, "always")]; 40];
        lists.push(vec![
            listed("a", Status::Running, "always"),
            listed("b", Status::Running, "always"),
        ]);
        assert_eq!(quiet_after(&lists), Some(70));
    }

    #[test]
    fn what_kanto_cm_will_start_is_waited_for_thirty_quiet_seconds() {
        let mut failed = listed("a", Status::Exited, "on-failure");
        failed.state.exit_code = 1;
        for waiting in [
            listed("a", Status::Stopped, "unless-stopped"),
            listed("a", Status::Exited, "always"),
            failed.clone(),
        ] {
            assert_eq!(quiet_after(&[vec![waiting]]), Some(300));
        }
        let mut limited = failed.listed.to_spec(String::new());
        limited.host_config.restart_policy.maximum_retry_count = 2;
        failed.listed = Listed::from_kanto_cm(limited);
        failed.restart_count = 2;
        assert_eq!(quiet_after(&[vec![failed]]), Some(50), "no retries left");
    }

    #[test]
    fn a_running_one_without_a_process_is_not_believed() {
        let mut gone = listed("a", Status::Running, "no");
        gone.state.pid = 7;
        assert_eq!(quiet_after(&[vec![gone]]), Some(300));
    }
}
