//! How a container is made to run, and whether it keeps running.

use std::time::Instant;

use super::action::{Action, Expectation, Watch};
use super::call::{Call, Next, Verb};
use super::workload::{Trigger, Workload};
use super::Policy;
use crate::container::{Observed, Process, Status};
use crate::text::printable;

/// The next step towards a running container.
// It is taken apart at once, so its size does not matter.
#[allow(clippy::large_enum_variant)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Running {
    /// This.
    Next(Next),
    /// Nothing: it runs, or it is a job that has done its work.
    Fine,
    /// It cannot be made to run, or does not keep running, for this reason.
    Bad(String),
}

/// What the settle time has shown.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Good,
    Bad(String),
    /// Kanto-CM has started it again: it has to keep running from now on.
    WatchOn,
    /// Kanto-CM was to start it again and has not.
    Start,
}

/// Start what is created, stopped or dead; resume what is paused; leave to Kanto-CM for the settle time what its restart policy
/// starts again. `must_watch`: it is watched even if it has been running for long.
pub(super) fn make_run(w: &Workload, policy: &Policy, now: Instant, must_watch: bool) -> Running {
    let Some(observed) = &w.observed else {
        return Running::Bad("there is no such container".to_owned());
    };
    if let Some(watch) = w.attempt.watch {
        return watched(w, observed, policy, watch, now);
    }
    if let Some(restarts) = w.attempt.started {
        // It may have ended already: that is for the settle time to show.
        return if policy.settle.is_zero() {
            Running::Fine
        } else {
            watch_from(now, policy, Expectation::Runs(restarts), None, false)
        };
    }
    match observed.state.status {
        Status::Running => runs(w, observed, policy, now, must_watch),
        Status::Exited if must_watch && has_ended_by_itself(observed) => {
            match verdict(Expectation::Runs(0), observed) {
                Verdict::Bad(reason) => Running::Bad(reason),
                Verdict::Good | Verdict::WatchOn | Verdict::Start => Running::Fine,
            }
        }
        Status::Exited if is_done_for_this_boot(w, observed, policy) => Running::Fine,
        Status::Created if super::notes::has_finished_job(w, policy, observed) => Running::Fine,
        Status::Exited if observed.is_restarted_by_policy() && !policy.settle.is_zero() => {
            watch_from(now, policy, Expectation::IsRestarted, None, false)
        }
        _ => start(w, observed),
    }
}

/// What vanished in a power cut has an error. What Kanto-CM has stopped, as it was stopped itself, can look as if it had ended:
/// with the code of a signal or of success.
fn has_ended_by_itself(observed: &Observed) -> bool {
    let may_be_stopped = matches!(observed.state.exit_code, 0 | 137 | 143)
        && observed.restart_count == 0
        && !observed.is_finished_job();
    observed.state.error.is_empty() && !may_be_stopped
}

fn start(w: &Workload, observed: &Observed) -> Running {
    let id = observed.id().to_owned();
    match w.refusal(Verb::Start, &id) {
        Some(reason) => Running::Bad(printable(reason)),
        None if observed.state.status == Status::Paused => {
            Running::Next(Next::Call(Call::Unpause { id }))
        }
        None => Running::Next(Next::Call(Call::Start { id })),
    }
}

fn watch_from(
    now: Instant,
    policy: &Policy,
    expects: Expectation,
    action: Option<Action>,
    was_gone: bool,
) -> Running {
    Running::Next(Next::Watch {
        watch: Watch {
            until: now + policy.settle,
            expects,
            has_looked: false,
            was_gone,
        },
        action,
    })
}

/// It runs. One look at a container that ends again and again may meet it running.
fn runs(
    w: &Workload,
    observed: &Observed,
    policy: &Policy,
    now: Instant,
    must_watch: bool,
) -> Running {
    let is_young = match observed.process {
        Process::RunsFor(age) => age < policy.settle,
        Process::Unseen => observed.restart_count > 0,
        Process::Recent | Process::Gone => true,
    };
    let is_gone = observed.process == Process::Gone;
    let is_doubted = must_watch || w.attempt.trigger == Trigger::Retry || is_young;
    if is_doubted && !policy.settle.is_zero() {
        let expects = Expectation::Runs(observed.restart_count);
        watch_from(now, policy, expects, None, is_gone)
    } else if is_gone {
        Running::Bad(vanished(observed))
    } else {
        Running::Fine
    }
}

fn vanished(observed: &Observed) -> String {
    let pid = observed.state.pid;
    format!("Kanto-CM lists it as running, but its process {pid} is gone: restart Kanto-CM")
}

/// A job that has run in this boot and ended well is done, until it is touched or changed.
fn is_done_for_this_boot(w: &Workload, observed: &Observed, policy: &Policy) -> bool {
    let ran_in = w.entry.as_ref().map_or("", |entry| entry.ran_in.as_str());
    observed.is_finished_job()
        && !matches!(w.attempt.trigger, Trigger::Touch | Trigger::Change)
        && (!policy.boot.is_empty() && ran_in == policy.boot
            || matches!(w.attempt.trigger, Trigger::Retry | Trigger::CmRestarted))
}

fn watched(
    w: &Workload,
    observed: &Observed,
    policy: &Policy,
    watch: Watch,
    now: Instant,
) -> Running {
    if !watch.has_looked {
        let id = observed.id().to_owned();
        return Running::Next(if now < watch.until {
            Next::Wait(watch.until)
        } else {
            Next::Call(Call::Look { id })
        });
    }
    let is_gone = observed.process == Process::Gone;
    match verdict(watch.expects, observed) {
        // On a slow machine Kanto-CM may be about to notice the end of a job.
        Verdict::Bad(_) if is_gone && !watch.was_gone => {
            watch_from(now, policy, watch.expects, None, true)
        }
        Verdict::Good => Running::Fine,
        Verdict::Bad(reason) => Running::Bad(reason),
        Verdict::WatchOn => watch_from(
            now,
            policy,
            Expectation::Runs(observed.restart_count),
            Some(Action::RestartedByKantoCm),
            false,
        ),
        Verdict::Start => start(w, observed),
    }
}

/// What the container that Kanto-CM lists after the settle time means.
fn verdict(expects: Expectation, observed: &Observed) -> Verdict {
    let status = observed.state.status;
    match expects {
        _ if status == Status::Paused => Verdict::Good, // somebody did that on purpose
        _ if observed.process == Process::Gone => Verdict::Bad(vanished(observed)),
        Expectation::Runs(restarts)
            if status == Status::Running && observed.restart_count <= restarts =>
        {
            Verdict::Good
        }
        Expectation::Runs(_) if observed.is_finished_job() => Verdict::Good,
        Expectation::Runs(_) => Verdict::Bad(why_it_ended(observed)),
        Expectation::IsRestarted if status == Status::Running => Verdict::WatchOn,
        Expectation::IsRestarted => Verdict::Start,
    }
}

fn why_it_ended(observed: &Observed) -> String {
    let (state, restarts) = (&observed.state, observed.restart_count);
    let times = if restarts == 1 {
        "once".to_owned()
    } else {
        format!("{restarts} times")
    };
    let mut reason = if state.status == Status::Running {
        format!("crash loop: Kanto-CM restarted it {times} while it was settling")
    } else if restarts > 0 {
        let code = state.exit_code;
        format!("crash loop: it exited {times} while it was settling, last with exit code {code}")
    } else {
        format!(
            "it exited after its start, with exit code {}",
            state.exit_code
        )
    };
    if !state.error.is_empty() {
        reason.push_str(": ");
        reason.push_str(&printable(&observed.listed.hide_secrets(&state.error)));
    }
    reason
}
