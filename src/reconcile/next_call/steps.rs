//! Steps in short.

use crate::reconcile::call::{Call, Done, Next, Note, Row, Step};

pub(super) fn step(row: Row, next: Next) -> Step {
    Step { row, next }
}

pub(super) fn noting(row: Row, note: Note) -> Step {
    step(row, Next::Note(note))
}

pub(super) fn call(row: Row, call: Call) -> Step {
    step(row, Next::Call(call))
}

pub(super) fn up_to_date(row: Row, is_left: bool) -> Step {
    step(row, Next::Done(Done::UpToDate { is_left }))
}

pub(super) fn failed(row: Row, reason: String) -> Step {
    let is_rolled_back = false;
    let done = Done::Failed {
        reason,
        is_rolled_back,
    };
    step(row, Next::Done(done))
}

pub(super) fn unfinished() -> Step {
    step(Row::Interrupted, Next::Done(Done::Unfinished))
}
