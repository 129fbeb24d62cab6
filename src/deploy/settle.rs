//! Watches what was started: a Start that succeeded says only that the process began.

use std::collections::HashMap;
use std::time::Duration;

use log::info;

use super::outcome::{Done, Outcome, Watched};
use super::{act, Broken, Unfinished};
use crate::kanto_cm::{CallError, Existing, KantoCm, Status};
use crate::manifests_parser::Manifest;
use crate::signals::StopSignal;
use crate::text::printable;

/// What is to be said of a container after the settling time.
enum Verdict {
    Runs(Option<Done>),
    Failed(String),
    /// Its restart policy did not start it.
    StartIt(String),
}

/// Waits once for all that was started, and judges each by what Kanto-CM lists then.
pub(super) fn settle(
    cm: &dyn KantoCm,
    time: Duration,
    stop: &StopSignal,
    manifests: &[Manifest],
    outcomes: &mut [Outcome],
) -> Result<(), Broken> {
    loop {
        let watched = outcomes
            .iter()
            .filter(|outcome| is_watched(outcome))
            .count();
        if watched == 0 || time.is_zero() {
            return Ok(());
        }
        info!(
            "watching {watched} of {} containers for {} s",
            outcomes.len(),
            time.as_secs()
        );
        if stop.sleep(time) {
            return Err(Broken::For(Unfinished::Stopped));
        }
        let existing = cm.list()?;
        let by_id: HashMap<&str, &Existing> = existing
            .iter()
            .map(|one| (one.container.id.as_str(), one))
            .collect();
        for (manifest, outcome) in manifests
            .iter()
            .zip(outcomes.iter_mut())
            .filter(|(_, outcome)| is_watched(outcome))
        {
            judge_one(cm, manifest, outcome, &by_id)?;
        }
    }
}

fn is_watched(outcome: &Outcome) -> bool {
    outcome.watched.is_some() && outcome.failure.is_none()
}

fn judge_one(
    cm: &dyn KantoCm,
    manifest: &Manifest,
    outcome: &mut Outcome,
    by_id: &HashMap<&str, &Existing>,
) -> Result<(), Broken> {
    let Some(watched) = outcome.watched.take() else {
        return Ok(());
    };
    let existing = outcome.id.as_deref().and_then(|id| by_id.get(id));
    match judge(watched, existing.copied()) {
        Verdict::Runs(done) => {
            outcome.done.extend(done);
            outcome.finished = true;
        }
        Verdict::Failed(reason) => outcome.failure = Some(reason),
        Verdict::StartIt(id) => match act::start(cm, &manifest.container, &id) {
            Ok(ran) => outcome.ran(ran),
            Err(CallError::Refused(reason)) => outcome.failure = Some(reason),
            Err(error) => {
                outcome.watched = Some(watched);
                return Err(error.into());
            }
        },
    }
    Ok(())
}

fn judge(watched: Watched, existing: Option<&Existing>) -> Verdict {
    let Some(existing) = existing else {
        return Verdict::Failed("it was removed by somebody while it was watched".to_owned());
    };
    let status = existing.state.status;
    match watched {
        Watched::Runs(restarts)
            if status == Status::Running && existing.restart_count <= restarts =>
        {
            Verdict::Runs(None)
        }
        _ if status == Status::Paused => Verdict::Runs(None), // by somebody, on purpose
        Watched::Runs(_) if existing.is_finished_job() => Verdict::Runs(Some(Done::Finished)),
        Watched::Runs(_) => Verdict::Failed(why_it_ended(existing)),
        Watched::IsRestarted if status == Status::Running => Verdict::Runs(Some(Done::Restarted)),
        Watched::IsRestarted => Verdict::StartIt(existing.container.id.clone()),
    }
}

fn why_it_ended(existing: &Existing) -> String {
    let state = &existing.state;
    let mut reason = if state.status == Status::Running {
        format!(
            "it was started but does not keep running: ended and started again {} time(s)",
            existing.restart_count
        )
    } else if existing.restart_count > 0 {
        let times = existing.restart_count;
        format!("it was started but does not keep running: ended {times} time(s), last with exit code {}", state.exit_code)
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
            assert!(matches!(verdict, Verdict::Runs(Some(Done::Finished))));
        }
    }

    #[test]
    fn what_its_restart_policy_did_not_start_is_started() {
        let waiting = Watched::IsRestarted;
        assert!(matches!(
            judge(waiting, Some(&existing(Status::Exited, 0, 1, "always"))),
            Verdict::StartIt(_)
        ));
        assert!(matches!(
            judge(waiting, Some(&existing(Status::Running, 1, 1, "always"))),
            Verdict::Runs(_)
        ));
    }
}
