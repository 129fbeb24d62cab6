//! What was done for one manifest in a run, over all of its rounds.

use std::time::Duration;

use crate::container::Difference;
use crate::kanto_cm::Status;
use crate::plan::{Action, Step};

/// Something that was done to a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done {
    /// Created.
    Created,
    /// Started.
    Started,
    /// Let go on after a pause.
    Unpaused,
    /// Created anew under this id, for the old one was ruined.
    Healed(String),
    /// Started by Kanto-CM itself, as its restart policy says.
    Restarted,
    /// Ran to its end with exit code 0, as a job may.
    Finished,
    /// Its restart policy or resources changed in place.
    Updated,
    /// Put in the place of another one.
    Replaced,
    /// Put back after the one in its place had failed.
    RolledBack,
    /// Put back after a replacement that was interrupted.
    Restored,
    /// Removed, for its manifest is gone.
    Removed,
}

impl std::fmt::Display for Done {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Done::Created => f.write_str("created"),
            Done::Started => f.write_str("started"),
            Done::Unpaused => f.write_str("unpaused"),
            Done::Healed(id) => write!(f, "healed as {id}"),
            Done::Restarted => f.write_str("restarted by Kanto-CM"),
            Done::Finished => f.write_str("finished"),
            Done::Updated => f.write_str("updated"),
            Done::Replaced => f.write_str("replaced"),
            Done::RolledBack => f.write_str("rolled back"),
            Done::Restored => f.write_str("restored"),
            Done::Removed => f.write_str("removed"),
        }
    }
}

/// What has become of one manifest, or of a container that has none.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// The container's name, for one without a manifest.
    pub name: String,
    /// The container's id, as soon as it is known.
    pub id: Option<String>,
    /// What was done, in order.
    pub done: Vec<Done>,
    /// Why it failed.
    pub failure: Option<String>,
    /// In what the container differed from the manifest when the run began.
    pub differences: Vec<Difference>,
    /// And is left to differ.
    pub is_left: bool,
    /// What is odd about the manifest in the light of what Kanto-CM holds.
    pub warnings: Vec<String>,
    /// Spent on its calls.
    pub took: Duration,
    /// Its container runs, or has done its work.
    pub finished: bool,
    /// It failed, for what it asks for was rolled back, now or before; what was there before is as it should be.
    pub is_rolled_back: bool,
    /// Why the manifest counts as failed although its container is made to run.
    pub(super) verdict: Option<String>,
    /// It is as the manifest asks, and whether this run created it.
    pub(super) configured: Option<bool>,
    /// How far its replacement has come in this run.
    pub(super) replacing: Replacing,
    /// What settling is to expect of it.
    pub(super) watched: Option<Watched>,
    /// A call had no answer; this is what it brought, should the work have been done.
    pub(super) unanswered: Option<Ran>,
}

/// How far the replacement of a container has come in a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Replacing {
    /// The old container was not touched.
    #[default]
    NotBegun,
    /// Past the point from which on no signal ends it.
    UnderWay,
    /// At one of its ends.
    Through,
}

/// What settling expects of a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Watched {
    /// Runs, with this restart count.
    Runs(i64),
    /// Its restart policy was to start it.
    IsRestarted,
}

impl Outcome {
    /// Takes over what a new plan knows. `waits`: what Kanto-CM is to start by itself is watched.
    pub(super) fn take_up(&mut self, step: &Step, waits: bool) {
        if !step.differences.is_empty() {
            self.differences.clone_from(&step.differences);
        }
        self.is_left = step.leaves_differences();
        if self.verdict.is_none() {
            self.verdict.clone_from(&step.verdict);
        }
        let is_changed = matches!(step.action, Action::Replace(_) | Action::Remove(_));
        if step.differences.is_empty() && !is_changed && step.action.id().is_some() {
            let is_created = *self.configured.get_or_insert(false);
            if is_created && !self.done.contains(&Done::Created) {
                self.done.push(Done::Created); // the answer was lost
            }
        }
        if let Some(id) = step.action.id() {
            self.id = Some(id.to_owned());
        }
        let has_ended = self.has_ended_here(step);
        if let Some(ran) = self.unanswered.take().filter(|_| step.update.is_none()) {
            if has_ended
                || matches!(
                    step.action,
                    Action::Nothing { .. } | Action::LeaveToKantoCm(_)
                )
            {
                self.ran(ran);
            }
        }
        match &step.action {
            Action::Fail => self.failure = Some(step.reason.clone()),
            Action::Nothing { .. } => {
                if let Some(restarts) = step.doubted.filter(|_| !self.finished) {
                    self.watched.get_or_insert(Watched::Runs(restarts));
                }
                self.finished = self.watched.is_none() && !step.changes_anything();
            }
            // What this run has started and has to keep running is not excused by its restart policy.
            Action::LeaveToKantoCm(_) if waits => {
                self.watched.get_or_insert(Watched::IsRestarted);
            }
            Action::LeaveToKantoCm(_)
            | Action::Create
            | Action::Start(_)
            | Action::Unpause(_)
            | Action::Replace(_)
            | Action::Remove(_) => {}
        }
    }

    /// Is it something that this run has started, and that has ended since? It is judged, and not started once more: a job
    /// runs once.
    pub(super) fn has_ended_here(&self, step: &Step) -> bool {
        let started = self.finished
            || self.unanswered.is_some()
            || matches!(self.watched, Some(Watched::Runs(_)));
        started
            && matches!(&step.action, Action::Start(one) | Action::LeaveToKantoCm(one) if one.state.status == Status::Exited)
    }

    /// The old container is there again, for this reason: so it is told also when an answer is lost from now on.
    pub(super) fn is_back(&mut self, why: &str) {
        if !self.done.contains(&Done::RolledBack) {
            self.done.push(Done::RolledBack);
        }
        self.verdict = Some(why.to_owned());
    }

    /// Takes over what running the container brought.
    pub(super) fn ran(&mut self, ran: Ran) {
        let new = ran
            .done
            .into_iter()
            .filter(|done| !self.done.contains(done));
        let new: Vec<Done> = new.collect();
        self.done.extend(new);
        self.id = ran.id.or(self.id.take());
        self.failure = ran.failure.or(self.failure.take());
        self.watched = ran.watch.or(self.watched.take());
        if self.done.contains(&Done::Removed) {
            self.watched = None; // it was started by the same run, perhaps
        }
        self.finished = self.watched.is_none() && self.failure.is_none();
        if self.replacing == Replacing::UnderWay {
            self.replacing = Replacing::Through;
        }
    }
}

/// What running a container brought.
#[derive(Debug, Clone, Default)]
pub(super) struct Ran {
    pub(super) done: Vec<Done>,
    /// Its id, if that is another one now.
    pub(super) id: Option<String>,
    /// What to expect of it.
    pub(super) watch: Option<Watched>,
    /// It does not run after all.
    pub(super) failure: Option<String>,
}

impl Ran {
    /// This was done, and it has to run with this restart count.
    pub(super) fn of(done: Done, restart_count: i64) -> Ran {
        Ran {
            done: vec![done],
            watch: Some(Watched::Runs(restart_count)),
            ..Ran::default()
        }
    }
}
