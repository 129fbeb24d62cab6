//! What the table names: the next call to Kanto-CM, a note for the state file, a time to wait until, or the end.

use std::time::Instant;

use super::action::{Action, Watch};
use crate::container::{Spec, Update};
use crate::state::Entry;

/// What is to be done next for one workload, and the row of the table that says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The row.
    pub row: Row,
    /// What it names.
    pub next: Next,
}

/// What a row names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Make this call, look again, ask again.
    Call(Call),
    /// Write this into the state file, ask again.
    Note(Note),
    /// Watch the container from now on, ask again.
    Watch {
        /// Until when, and what has to hold then.
        watch: Watch,
        /// What is reported.
        action: Option<Action>,
    },
    /// Ask again at this time.
    Wait(Instant),
    /// There is nothing left to do.
    Done(Done),
}

/// One call to Kanto-CM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// Create a container. The only call that may be cancelled.
    Create {
        /// What to create.
        spec: Box<Spec>,
        /// As what.
        target: Target,
    },
    /// Start the container.
    Start {
        /// Its id.
        id: String,
    },
    /// Resume the paused container.
    Unpause {
        /// Its id.
        id: String,
    },
    /// Change the container in place.
    Update {
        /// Its id.
        id: String,
        /// The change.
        update: Update,
    },
    /// Remove a container.
    Remove {
        /// Its id.
        id: String,
        /// As what.
        target: Target,
    },
    /// Wait until a Remove that an interrupted run has begun is over, and look again.
    AwaitRemove {
        /// The container's id.
        id: String,
    },
    /// Look at the container again: its settle time is over.
    Look {
        /// Its id.
        id: String,
    },
}

/// What a Create or Remove is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The container.
    Container,
    /// The stand-in that holds the new configuration.
    Staged,
    /// The stand-in that holds the old one.
    Backup,
    /// The container under the next free id, as its own was ruined.
    Healed,
    /// The same container under an id that was ruined.
    Ruined,
    /// The container under the id that it had before its manifest gave it another one's.
    Earlier,
}

/// A change of the state file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The entry as it is to be; `None`: it goes.
    pub entry: Option<Entry>,
    /// It has to be on the disk before the next call.
    pub is_durable: bool,
    /// What is reported once it is noted.
    pub action: Option<Action>,
}

/// How a workload ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done {
    /// The container is as it should be, or there is none and none is asked for. `is_left`: it differs from its manifest, and
    /// is left so.
    UpToDate {
        /// It differs and is left so.
        is_left: bool,
    },
    /// It failed.
    Failed {
        /// Why.
        reason: String,
        /// Its content was rolled back, now or before: it waits for a change.
        is_rolled_back: bool,
    },
    /// A signal ended the run before this workload was done.
    Unfinished,
}

/// What Kanto-CM refused in this run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Which call.
    pub verb: Verb,
    /// About which id.
    pub id: String,
    /// Kanto-CM's own words.
    pub reason: String,
}

/// Which call was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Create.
    Create,
    /// Start or Unpause.
    Start,
    /// Update.
    Update,
    /// Remove.
    Remove,
    /// None of Kanto-CM's: the replacement lacks something that it needs.
    Begin,
}

/// The rows of the table, see [`super::next_call`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)] // the table says what they are
pub enum Row {
    Missing,
    MissingStaged,
    StaleStaged,
    MissingUnclaimed,
    TakenDown,
    Restore,
    CreateInstead,
    RemoveUnderWay,
    TakeDown,
    KeepOld,
    Recreate,
    Settle,
    Commit,
    RollBack,
    ForeignPair,
    LeftoverBackup,
    SpentStaged,
    EarlierId,
    UpToDate,
    Kept,
    TriedBefore,
    ChangedElsewhere,
    UpdateInPlace,
    UnsafeId,
    Stage,
    BackUp,
    WithoutBackup,
    Heal,
    RuinedLeftover,
    Prune,
    Conflict,
    Failed,
    Interrupted,
    Absent,
}

impl Call {
    /// The id that the call is about; empty for a Create without one.
    pub fn id(&self) -> &str {
        match self {
            Call::Create { spec, .. } => &spec.id,
            Call::Start { id }
            | Call::Unpause { id }
            | Call::Update { id, .. }
            | Call::Remove { id, .. }
            | Call::AwaitRemove { id }
            | Call::Look { id } => id,
        }
    }

    /// The verb under which a refusal is remembered.
    pub fn verb(&self) -> Verb {
        match self {
            Call::Create { .. } => Verb::Create,
            Call::Start { .. } | Call::Unpause { .. } => Verb::Start,
            Call::Update { .. } => Verb::Update,
            Call::Remove { .. } | Call::AwaitRemove { .. } | Call::Look { .. } => Verb::Remove,
        }
    }
}

impl Step {
    /// Does it change anything, in Kanto-CM or in the state file, before the next one?
    pub fn is_changing(&self) -> bool {
        match &self.next {
            Next::Call(call) => !matches!(call, Call::Look { .. }),
            Next::Note(note) => note.is_durable,
            Next::Watch { .. } | Next::Wait(_) | Next::Done(_) => false,
        }
    }
}
