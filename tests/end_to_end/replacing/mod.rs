//! A container that differs from its manifest is replaced: the old one is not touched before the new one is prepared.

mod busy;
mod changed;
mod every_state;
mod healed;
mod meanwhile;
mod others;
mod preflight;
mod signals;
mod signals_several;
