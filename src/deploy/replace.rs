//! Puts one container in the place of another, with a way back at every moment.
//!
//! 1. Stage: a helper with the new configuration pulls the image and lets Kanto-CM judge it.
//! 2. Hold: a helper with the old configuration keeps it, and its image.
//! 3. The old container is removed. From here on no signal ends the work.
//! 4. The new one is created and started.
//! 5. It settles (by `Board::settle_until`).
//! 6. The helpers go: it stays.
//!
//! What fails from 3 on is taken back. A connection that breaks ends the round; the next one sees in Kanto-CM's List how far
//! this has come, and goes on from there (`plan::recover`).

use std::time::Instant;

use log::{info, warn};

use super::act::Act;
use super::calls::{create_exactly, get, verdict};
use super::outcome::{Done, Ran, Replacing, Watched};
use super::settle::{self, Verdict};
use crate::container::{is_same_but_for_id, Role};
use crate::kanto_cm::{CallError, Existing, Status};
use crate::plan::{Action, Begin, Replacement};
use crate::text::printable;

/// How a part of a replacement ended.
enum Came {
    /// The new container runs under this id, and has to go on like this.
    Settles(String, Watched),
    /// It is through, for better or worse.
    Through(Ran),
}

impl Act<'_, '_> {
    /// Steps 1 and 2: nothing that runs is touched.
    pub(super) fn stage(&self, i: usize, replacement: &Replacement) {
        let begin = Instant::now();
        if let Err(full) = self.applied.check() {
            let ran = self.run_old(i, replacement, full);
            return self.end(i, ran.map(Came::Through), begin);
        }
        let error = match self.make_helpers(i, replacement) {
            Ok(()) => return self.board.staged(i, begin.elapsed()),
            Err(error) => error,
        };
        match verdict(error, begin.elapsed()) {
            Ok(reason) => {
                let kept = self.keep_old(i, replacement, reason);
                self.end(i, kept.map(Came::Through), begin);
            }
            Err(CallError::GivenUp) => self.abandon(i),
            Err(error) => self.board.broke(error),
        }
    }

    fn make_helpers(&self, i: usize, replacement: &Replacement) -> Result<(), CallError> {
        let Begin::Old { old, staged, held } = &replacement.begin else {
            return Ok(());
        };
        let reason = &self.steps[i].reason;
        info!("{}: replacing it: {reason}", replacement.new.name);
        if !staged {
            create_exactly(self.cm, &replacement.new.as_helper(Role::Next))?;
        }
        if *held {
            return Ok(());
        }
        let begin = Instant::now();
        let Err(error) = create_exactly(self.cm, &replacement.old.as_helper(Role::Prev)) else {
            return Ok(());
        };
        let reason = verdict(error, begin.elapsed())?;
        if is_up(old) {
            return Err(CallError::Refused(format!(
                "the old one cannot be kept for a way back: {reason}"
            )));
        }
        let name = &replacement.new.name;
        warn!("{name}: replacing it without a way back, for it does not run: {reason}");
        Ok(())
    }

    /// A signal came before step 3: nothing was touched, and the helpers go.
    pub(super) fn abandon(&self, i: usize) {
        if let Action::Replace(replacement) = &self.steps[i].action {
            if let Err(error) = self.remove_both(replacement) {
                return self.board.broke(error);
            }
        }
        self.board.gave_up();
    }

    /// Steps 3 to 5, or what is left of them.
    pub(super) fn replace(&self, i: usize, replacement: &Replacement) {
        let begin = Instant::now();
        self.end(i, self.go_on(i, replacement), begin);
    }

    fn go_on(&self, i: usize, replacement: &Replacement) -> Result<Came, CallError> {
        self.tidy_up(i)?;
        match &replacement.begin {
            Begin::Old { old, .. } => self.take_away(i, replacement, old),
            Begin::Nothing => self.put_new(i, replacement),
            Begin::New(existing) => self.take_up(i, replacement, existing),
            Begin::Back(existing, reason) => self
                .roll_back(i, replacement, Some(&existing.container.id), reason.clone())
                .map(Came::Through),
            Begin::Restore => self.restore(i, replacement, None).map(Came::Through),
        }
    }

    /// Step 6, or back.
    pub(super) fn judge(&self, i: usize, watched: Watched) {
        let Action::Replace(replacement) = &self.steps[i].action else {
            return;
        };
        let begin = Instant::now();
        let id = self.board.id_of(i);
        let came = get(self.to_the_end, &id).and_then(|existing| {
            let verdict = settle::judge(watched, existing.as_ref());
            self.pass(i, replacement, &id, verdict)
        });
        self.end(i, came, begin);
    }

    fn end(&self, i: usize, came: Result<Came, CallError>, begin: Instant) {
        let took = begin.elapsed();
        match came {
            Ok(Came::Through(ran)) => self.board.finished(i, self.excuse(i, ran), took),
            Ok(Came::Settles(id, watched)) => {
                let due = Instant::now() + self.settle;
                self.board.note(i, |outcome| outcome.took += took);
                self.board.settle_until(i, id, due, watched);
            }
            Err(error) => self.failed(i, error, took),
        }
    }

    /// What became of a replacement that its manifest does not ask for any more is no verdict on the manifest.
    fn excuse(&self, i: usize, mut ran: Ran) -> Ran {
        let step = &self.steps[i];
        let is_back = |done: &Done| matches!(done, Done::RolledBack | Done::Restored);
        if step.again && ran.done.iter().any(is_back) {
            if let Some(reason) = ran.failure.take() {
                warn!("{}: {reason}", step.name);
            }
        }
        ran
    }

    /// Steps 3 and 4. What somebody else has done to the old container since it was planned is not overridden.
    fn take_away(
        &self,
        i: usize,
        replacement: &Replacement,
        old: &Existing,
    ) -> Result<Came, CallError> {
        let id = &old.container.id;
        match get(self.to_the_end, id)? {
            Some(now) if !is_same_but_for_id(&now.container, &old.container) => {
                let reason = "somebody else has changed it meanwhile".to_owned();
                return self.keep_old(i, replacement, reason).map(Came::Through);
            }
            Some(_) => {
                let before = self.applied.entry(replacement);
                if let Err(full) = self.applied.try_first(replacement) {
                    return self.keep_old(i, replacement, full).map(Came::Through);
                }
                self.board.goes_on(i);
                match self.remove_by_force(id) {
                    Err(CallError::Refused(reason)) => {
                        self.applied.put_back(replacement, before);
                        let reason =
                            format!("the old one cannot be removed: {}", printable(&reason));
                        return self.keep_old(i, replacement, reason).map(Came::Through);
                    }
                    result => result?,
                }
            }
            None => {}
        }
        self.put_new(i, replacement)
    }

    /// How often earlier runs have tried the new container. A connection that breaks in this run makes no further try.
    fn tries(&self, i: usize, replacement: &Replacement) -> u32 {
        if self.board.goes_on(i) == Replacing::NotBegun {
            self.applied.try_again(replacement)
        } else {
            0
        }
    }

    /// Step 4.
    fn put_new(&self, i: usize, replacement: &Replacement) -> Result<Came, CallError> {
        self.board.goes_on(i);
        let begin = Instant::now();
        let id = match create_exactly(self.to_the_end, &replacement.new) {
            Ok(created) => created.container.id,
            Err(error) => {
                let reason = verdict(error, begin.elapsed())?;
                return self
                    .roll_back(i, replacement, None, reason)
                    .map(Came::Through);
            }
        };
        self.start_new(i, replacement, &id)
    }

    fn start_new(&self, i: usize, replacement: &Replacement, id: &str) -> Result<Came, CallError> {
        let ran = match self.start_to_the_end(i, id) {
            Err(CallError::Refused(reason)) => {
                return self
                    .roll_back(i, replacement, Some(id), printable(&reason))
                    .map(Came::Through)
            }
            result => result?,
        };
        let id = ran.id.unwrap_or_else(|| id.to_owned());
        if let Some(reason) = ran.failure {
            return self
                .roll_back(i, replacement, Some(&id), reason)
                .map(Came::Through);
        }
        let watched = ran.watch.unwrap_or(Watched::Runs(0));
        self.settle_or_commit(i, replacement, id, watched)
    }

    fn settle_or_commit(
        &self,
        i: usize,
        replacement: &Replacement,
        id: String,
        watched: Watched,
    ) -> Result<Came, CallError> {
        if self.settle.is_zero() {
            return self.commit(i, replacement, &id, Vec::new());
        }
        Ok(Came::Settles(id, watched))
    }

    /// A replacement that was interrupted with the new container there: that is no verdict, unless it was so before.
    fn take_up(
        &self,
        i: usize,
        replacement: &Replacement,
        existing: &Existing,
    ) -> Result<Came, CallError> {
        let id = &existing.container.id;
        if self.tries(i, replacement) >= MOST_TRIES {
            let reason =
                format!("it was tried {MOST_TRIES} times, and the run never came to its end");
            return self
                .roll_back(i, replacement, Some(id), reason)
                .map(Came::Through);
        }
        match existing.state.status {
            Status::Running => {
                let watched = Watched::Runs(existing.restart_count);
                self.settle_or_commit(i, replacement, id.clone(), watched)
            }
            // By itself; what vanished in a power cut has an error.
            Status::Exited if existing.state.error.is_empty() => self.pass(
                i,
                replacement,
                id,
                settle::judge(Watched::Runs(0), Some(existing)),
            ),
            Status::Paused => {
                let watched = Watched::Runs(existing.restart_count);
                self.to_the_end.unpause(id)?;
                self.settle_or_commit(i, replacement, id.clone(), watched)
            }
            _ => self.start_new(i, replacement, id),
        }
    }

    /// Step 6, or back, by a verdict.
    fn pass(
        &self,
        i: usize,
        replacement: &Replacement,
        id: &str,
        verdict: Verdict,
    ) -> Result<Came, CallError> {
        match verdict {
            Verdict::Failed(reason) => self
                .roll_back(i, replacement, Some(id), reason)
                .map(Came::Through),
            Verdict::Finished => self.commit(i, replacement, id, vec![Done::Finished]),
            _ => self.commit(i, replacement, id, Vec::new()),
        }
    }

    /// Step 6.
    fn commit(
        &self,
        i: usize,
        replacement: &Replacement,
        id: &str,
        mut done: Vec<Done>,
    ) -> Result<Came, CallError> {
        self.applied.commit(replacement, id);
        done.insert(0, Done::Replaced);
        self.board.note(i, |outcome| {
            outcome.id = Some(id.to_owned());
            outcome.done.append(&mut done);
        });
        self.remove_both(replacement)?;
        Ok(Came::Through(Ran::default()))
    }
}

/// So often a new container may be there when a run is interrupted: it could be what interrupts them.
const MOST_TRIES: u32 = 2;

fn is_up(existing: &Existing) -> bool {
    matches!(existing.state.status, Status::Running | Status::Paused)
}
