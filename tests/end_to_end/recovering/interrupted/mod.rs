//! Replacements that something interrupts: what is replaced by what (`scenarios`), the interruption at each single changing
//! call (`cases`), and what has to come of it in the end (`demands`).

mod cases;
mod demands;
mod scenarios;

pub(crate) use cases::{at_each_call, at_each_call_with, Case, Record};
pub(crate) use scenarios::*;
