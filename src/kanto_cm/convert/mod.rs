//! Between the generated messages and the program's own types.
//!
//! Going out, every sub-message is present: a Create without an `image` message crashes Kanto-CM.

mod from_wire;
mod to_wire;

pub(super) use from_wire::from_wire;
pub(super) use to_wire::{stop_to_wire, to_wire, update_to_wire};

#[cfg(test)]
mod tests;
