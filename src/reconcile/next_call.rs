//! The table: what is there, and the next call.
//!
//! *C* is the container, under the manifest's id or by name, and *D* is what the manifest asks for. *S* is the stand-in
//! `kad-next.ID` with the new configuration, *B* the stand-in `kad-prev.ID` with the old one. `≙`: equal but for the id, defaults
//! filled in; where C ≙ S and C ≙ B, the id of C decides. Stand-ins are never started.
//!
//! The first row that holds counts. A call that Kanto-CM refused is not made again in the same run: then the row says what follows,
//! or else a later row counts. A *failure* is a refusal after which nothing new is begun, or what the attempt itself met (`failure`
//! below lists them). Beside a C without B, an S whose Remove was refused counts as none.
//!
//! | row | C | S | B | and | next |
//! | --- | --- | --- | --- | --- | --- |
//! | `Conflict` | | | | it is not known which container is meant | nothing; failed |
//! | `ForeignPair` | | any | any | C is another workload's, and S or B is there | Remove S, Remove B |
//! | `Absent` | | – | – | C is another workload's | nothing |
//! | `Heal` | C | | | a Start has shown that its id is ruined | Create the same under the next free id |
//! | `RuinedLeftover` | C | | | the same container is there under a ruined id | Remove that one; refused: `Prune` fails, where C is pruned |
//! | `Absent` | – | – | – | no D | note `removed` if this run pruned it |
//! | `MissingUnclaimed` | – | S | – | no D | Create from S; refused: failed |
//! | `StaleStaged` | – | S | – | S not ≙ D | Remove S |
//! | `Failed` | – | any | – | a failure | failed |
//! | `Interrupted` | – | any | – | a signal came | unfinished |
//! | `MissingStaged` | – | S | – | S ≙ D | Create D: S keeps the image meanwhile; refused: failed |
//! | `Missing` | – | any | – | D | Create D; refused: failed |
//! | `TakenDown` | – | S | B | S ≙ D, not rolled back, the attempt has not failed | Create from S; refused: note `rolled-back` |
//! | `Restore` | – | any | B | | Create from B |
//! | `CreateInstead` | – | any | B | D is yet another one, with another id than B's, and not rolled back | Create D |
//! | `Failed` | – | any | B | | failed |
//! | `RemoveUnderWay` | ≙ B | S | B | first look of this run: an interrupted Remove may go on | wait for its end, look again |
//! | `Interrupted` | ≙ B | S | B | `TakeDown` would hold, but a signal came before this run removed C | Remove S, Remove B; unfinished |
//! | `TakeDown` | ≙ B | S | B | S ≙ D, not rolled back, no failure, no `--keep-existing` (whatever `applied` says: Kanto-CM's store may be older than the state file) | note `trying`; Unpause if paused; Remove C |
//! | `Recreate` | ≙ B | any | B | an earlier run made B, and the Start of C was refused: it may be half removed | Unpause if paused; Remove C, once in a run |
//! | `KeepOld` | ≙ B | any | B | | note as it was before, where this run noted `trying`; make it run; Remove S, Remove B |
//! | `RollBack` | ≙ S | S | B | it does not keep running, two boots ended while it was tried, the attempt failed, or `rolled-back` is noted; not once `applied` is noted | note `rolled-back`, unless the attempt failed; Unpause if paused; Remove C; refused: failed |
//! | `Settle` | ≙ S | S | B | not settled yet, and `applied` is not noted | note `trying`; make it run; watch it |
//! | `Commit` | ≙ S | S | B | it keeps running, or `applied` is noted | note `applied`; Remove S, Remove B |
//! | `ForeignPair` | other | S | B | somebody else made C | Remove S, Remove B |
//! | `LeftoverBackup` | ≠ B | – | B | the replacement is over, or not begun | Remove B |
//! | `Interrupted` | C | S | – | a signal came | Remove S; unfinished |
//! | `SpentStaged` | ≙ D | S | – | C needs no Start and no note: until then S keeps the image (`UpToDate`) | Remove S |
//! | `StaleStaged` | not ≙ D | S | – | S not ≙ D, or C is not to be replaced (a row below other than `Stage` and `MissingUnclaimed` holds) | Remove S |
//! | `BackUp` | ≠ D | S | – | S ≙ D | Create B |
//! | `WithoutBackup` | ≠ D | S | – | Create B was refused, C does not run | Unpause if paused; Remove C |
//! | `Interrupted` | C | – | – | a signal came, and a row below would Start, Update, Remove or replace C; what this run has replaced is started all the same | unfinished |
//! | `Prune` | C | – | – | no D, made by us, `--prune` allows | Unpause if paused; Remove C; refused: failed; nothing if the attempt failed |
//! | `TriedBefore` | C | – | – | no D, and this run rolled it back | make it run; failed |
//! | `MissingUnclaimed` | C | any | – | no D, and this run created C from S | make it run |
//! | `Absent` | C | – | – | no D | nothing |
//! | `EarlierId` | ≙ D | – | – | it runs, and there is one of its name that it was before it got its id | Remove that one; before `TakeDown` if it may need its ports |
//! | `UpToDate` | ≙ D | any | – | | make it run; note `applied`; a failure: failed |
//! | `Kept` | ≠ D | – | – | `--keep-existing` | make it run |
//! | `TriedBefore` | ≠ D | – | – | the same content was rolled back | make it run; failed |
//! | `ChangedElsewhere` | ≠ D | – | – | the same content was applied, and C is not what was there before that | make it run |
//! | `Failed` | ≠ D | – | – | a failure, or an Update was answered but not applied | make it run; failed |
//! | `UpdateInPlace` | ≠ D | – | – | only restart policy and resources differ | Update |
//! | `UnsafeId` | ≠ D | – | – | Kanto-CM would take its id for a path | nothing; failed |
//! | `Stage` | ≠ D | – | – | | Create S |
//!
//! *Make it run*: see [`super::running`].

mod absent;
mod alone;
mod changing;
mod replacing;
mod steps;

use std::time::Instant;

use super::call::{Call, Row, Step, Target, Verb};
use super::running::{make_run, Running};
use super::workload::Workload;
use super::Policy;
use crate::container::{role_of, Observed, Role, Spec, Status};
use crate::state::ContentState;
use crate::text::printable;
use steps::{call, failed, step, unfinished, up_to_date};

/// The row of the table that holds, and what it names. Pure, and total: the same workload gives the same step.
pub fn next_call(w: &Workload, policy: &Policy, now: Instant) -> Step {
    if let Some(reason) = &w.conflict {
        return failed(Row::Conflict, reason.clone());
    }
    let table = Table { w, policy, now };
    if w.is_unneeded {
        let step = table.remove_pair(Row::ForeignPair);
        return step.unwrap_or_else(|| up_to_date(Row::Absent, false));
    }
    table
        .ruined_id()
        .unwrap_or_else(|| match (&w.observed, &w.staged, &w.backup) {
            (None, None, None) => table.missing(Row::Missing),
            (None, Some(staged), None) => table.missing_staged(staged),
            (None, _, Some(_)) => table.taken_down(),
            (Some(observed), Some(_), Some(_)) => table.with_pair(observed),
            (Some(observed), Some(_), None) => table.with_staged(observed),
            (Some(observed), None, Some(_)) if w.is_held_by(Role::Backup) => {
                table.keep_old(observed)
            }
            (Some(observed), None, Some(backup)) => table
                .remove(Row::LeftoverBackup, backup, Target::Backup)
                .unwrap_or_else(|| table.alone(observed)),
            (Some(observed), None, None) => table.alone(observed),
        })
}

struct Table<'a> {
    w: &'a Workload,
    policy: &'a Policy,
    now: Instant,
}

impl Table<'_> {
    /// Makes the container run; then what `end` says, with the reason why it does not run.
    fn run(&self, row: Row, end: impl FnOnce(Option<&str>) -> Step) -> Step {
        match make_run(self.w, self.policy, self.now, false) {
            Running::Next(_) if self.policy.is_stopping && !self.w.attempt.is_past_return => {
                unfinished()
            }
            Running::Next(next) => step(row, next),
            Running::Fine => end(None),
            Running::Bad(reason) => end(Some(&reason)),
        }
    }

    /// The Create, or why it was refused before.
    fn create(&self, row: Row, spec: Spec, target: Target) -> Result<Step, String> {
        if let Some(reason) = self.w.refusal(Verb::Create, &spec.id) {
            return Err(printable(reason));
        }
        let spec = Box::new(spec);
        Ok(call(row, Call::Create { spec, target }))
    }

    fn create_or_fail(&self, row: Row, spec: Spec, target: Target) -> Step {
        self.create(row, spec, target)
            .unwrap_or_else(|reason| failed(Row::Failed, reason))
    }

    /// A paused container gets no SIGTERM: it goes on first.
    fn remove_container(&self, row: Row, observed: &Observed) -> Step {
        let id = observed.id().to_owned();
        let is_paused = observed.state.status == Status::Paused;
        if is_paused && self.w.refusal(Verb::Start, &id).is_none() {
            return call(row, Call::Unpause { id });
        }
        let target = Target::Container;
        call(row, Call::Remove { id, target })
    }

    /// `None`: that was refused, and it stays. It does no harm.
    fn remove(&self, row: Row, stand_in: &Observed, target: Target) -> Option<Step> {
        let id = stand_in.id().to_owned();
        match self.w.refusal(Verb::Remove, &id) {
            Some(_) => None,
            None => Some(call(row, Call::Remove { id, target })),
        }
    }

    fn remove_earlier(&self) -> Option<Step> {
        let id = self.w.earlier_id.clone();
        let is_open = !id.is_empty() && self.w.refusal(Verb::Remove, &id).is_none();
        let target = Target::Earlier;
        is_open.then(|| call(Row::EarlierId, Call::Remove { id, target }))
    }

    fn remove_pair(&self, row: Row) -> Option<Step> {
        let staged = self.w.staged.as_ref();
        let backup = self.w.backup.as_ref();
        staged
            .and_then(|staged| self.remove(row, staged, Target::Staged))
            .or_else(|| backup.and_then(|backup| self.remove(row, backup, Target::Backup)))
    }

    /// A signal came before anything was touched: the stand-ins go.
    fn interrupted(&self) -> Step {
        self.remove_pair(Row::Interrupted)
            .unwrap_or_else(unfinished)
    }

    /// May the staged configuration be applied?
    fn may_apply_staged(&self) -> bool {
        self.w.is_staged_desired()
            && self.w.state_of_staged() != Some(ContentState::RolledBack)
            && self.w.attempt.failure.is_none()
    }

    fn why_rolled_back(&self) -> Option<String> {
        let entry = self.w.entry.as_ref()?;
        (entry.content_state == ContentState::RolledBack).then(|| printable(&entry.reason))
    }

    /// Why nothing new is begun: what was refused so far, or what the attempt met.
    fn failure(&self) -> Option<String> {
        if let Some(reason) = &self.w.attempt.failure {
            return Some(reason.clone());
        }
        let observed = self.w.observed.as_deref();
        self.w.attempt.refusals.iter().find_map(|refusal| {
            let reason = printable(&refusal.reason);
            let is_container = observed.is_some_and(|observed| observed.id() == refusal.id);
            match refusal.verb {
                Verb::Begin | Verb::Update => Some(reason),
                Verb::Create if role_of(&refusal.id) == Some(Role::Staged) => Some(reason),
                Verb::Create
                    if role_of(&refusal.id) == Some(Role::Backup)
                        && !self.w.attempt.is_past_return
                        && observed.is_some_and(Observed::is_up) =>
                {
                    Some(format!("the old container cannot be backed up: {reason}"))
                }
                Verb::Remove if is_container => {
                    Some(format!("the old container cannot be removed: {reason}"))
                }
                Verb::Create | Verb::Remove | Verb::Start => None,
            }
        })
    }
}
