//! Watches what was started: a Start that succeeded says only that the process began.

use std::collections::HashMap;
use std::time::Duration;

use log::info;

use super::deployer::Broken;
use super::outcome::{Done, Outcome, Watched};
use crate::kanto_cm::{Existing, KantoCm, Status};
use crate::plan::is_finished_job;
use crate::signals::StopSignal;
use crate::text::printable;

/// How the settling ended.
pub(super) enum Settled {
    /// There is a verdict on everything.
    All,
    /// Some that Kanto-CM was to start do not run, as this List shows.
    StartTheRest(Vec<Existing>),
}

/// What is to be said of a container after the settling time.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// As it should.
    Runs,
    /// It was a job, and is done.
    Finished,
    /// Its restart policy has started it: it has to keep running from now on, with this restart count.
    WatchOn(i64),
    /// Why.
    Failed(String),
    /// Kanto-CM has not.
    StartIt,
}

/// Waits once for all that was started, and judges each by what Kanto-CM lists then.
pub(super) fn settle(
    cm: &dyn KantoCm,
    time: Duration,
    stop: &StopSignal,
    outcomes: &mut [Outcome],
) -> Result<Settled, Broken> {
    loop {
        let watched = outcomes
            .iter()
            .filter(|outcome| is_watched(outcome))
            .count();
        if watched == 0 || time.is_zero() {
            return Ok(Settled::All);
        }
        info!(
            "watching {watched} of {} containers for {} s",
            outcomes.len(),
            time.as_secs()
        );
        if stop.sleep(time) {
            return Err(Broken::Stopped);
        }
        let existing = cm.list()?;
        if judge_all(&existing, outcomes) {
            return Ok(Settled::StartTheRest(existing));
        }
    }
}

fn is_watched(outcome: &Outcome) -> bool {
    outcome.watched.is_some() && outcome.failure.is_none()
}

/// `true`: some have to be started.
fn judge_all(existing: &[Existing], outcomes: &mut [Outcome]) -> bool {
    let by_id: HashMap<&str, &Existing> = existing
        .iter()
        .map(|one| (one.container.id.as_str(), one))
        .collect();
    let mut some_to_start = false;
    for outcome in outcomes.iter_mut().filter(|outcome| is_watched(outcome)) {
        let Some(watched) = outcome.watched.take() else {
            continue;
        };
        let existing = outcome.id.as_deref().and_then(|id| by_id.get(id)).copied();
        match judge(watched, existing) {
            Verdict::Runs => outcome.finished = true,
            Verdict::Finished => {
                outcome.done.push(Done::Finished);
                outcome.finished = true;
            }
            Verdict::WatchOn(restarts) => {
                outcome.done.push(Done::Restarted);
                outcome.watched = Some(Watched::Runs(restarts));
            }
            Verdict::Failed(reason) => outcome.failure = Some(reason),
            Verdict::StartIt => some_to_start = true,
        }
    }
    some_to_start
}

/// Judges one container by what Kanto-CM holds of it now; `None`: nothing.
pub(super) fn judge(watched: Watched, existing: Option<&Existing>) -> Verdict {
    let Some(existing) = existing else {
        return Verdict::Failed("it was removed by somebody while it was watched".to_owned());
    };
    let status = existing.state.status;
    match watched {
        Watched::Runs(restarts)
            if status == Status::Running && existing.restart_count <= restarts =>
        {
            Verdict::Runs
        }
        _ if status == Status::Paused => Verdict::Runs, // by somebody, on purpose
        Watched::Runs(_) if is_finished_job(existing) => Verdict::Finished,
        Watched::Runs(_) => Verdict::Failed(why_it_ended(existing)),
        Watched::IsRestarted if status == Status::Running => {
            Verdict::WatchOn(existing.restart_count)
        }
        Watched::IsRestarted => Verdict::StartIt,
    }
}

fn why_it_ended(existing: &Existing) -> String {
    let (state, times) = (&existing.state, existing.restart_count);
    let mut reason = if state.status == Status::Running {
        format!("it was started but does not keep running: ended and started again {times} time(s)")
    } else if times > 0 {
        let code = state.exit_code;
        format!("it was started but does not keep running: ended {times} time(s), last with exit code {code}")
    } else {
        format!(
            "it was started but ended with exit code {}",
            state.exit_code
        )
    };
    if !state.error.is_empty() {
        reason.push_str(": ");
        reason.push_str(&printable(&state.error));
    }
    reason
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kanto_cm::State;

    fn existing(status: Status, restart_count: i64, exit_code: i64, policy: &str) -> Existing {
        let mut existing = Existing {
            restart_count,
            ..Existing::default()
        };
        existing.state = State {
            status,
            exit_code,
            ..State::default()
        };
        existing.container.host_config.restart_policy.kind = policy.to_owned();
        existing
    }

    fn fails(watched: Watched, existing: &Existing) -> bool {
        matches!(judge(watched, Some(existing)), Verdict::Failed(_))
    }

    #[test]
    fn what_runs_without_a_restart_is_fine() {
        assert!(!fails(
            Watched::Runs(0),
            &existing(Status::Running, 0, 0, "always")
        ));
        assert!(
            !fails(Watched::Runs(4), &existing(Status::Running, 4, 1, "always")),
            "it was so before"
        );
    }

    #[test]
    fn a_restart_or_an_end_is_a_failure() {
        assert!(fails(
            Watched::Runs(0),
            &existing(Status::Running, 1, 0, "always")
        ));
        assert!(fails(
            Watched::Runs(0),
            &existing(Status::Exited, 0, 0, "unless-stopped")
        ));
        assert!(fails(
            Watched::Runs(0),
            &existing(Status::Exited, 0, 3, "no")
        ));
        assert!(matches!(judge(Watched::Runs(0), None), Verdict::Failed(_)));
    }

    #[test]
    fn a_job_may_finish() {
        for policy in ["no", "on-failure"] {
            let verdict = judge(
                Watched::Runs(0),
                Some(&existing(Status::Exited, 0, 0, policy)),
            );
            assert_eq!(verdict, Verdict::Finished);
        }
        let mut vanished = existing(Status::Exited, 0, 0, "no");
        vanished.state.error = "task not found".to_owned();
        assert!(fails(Watched::Runs(0), &vanished));
    }

    #[test]
    fn what_its_restart_policy_did_not_start_is_started() {
        let judged = |one: &Existing| judge(Watched::IsRestarted, Some(one));
        assert_eq!(
            judged(&existing(Status::Exited, 0, 1, "always")),
            Verdict::StartIt
        );
        assert_eq!(
            judged(&existing(Status::Running, 3, 1, "always")),
            Verdict::WatchOn(3)
        );
    }
}
