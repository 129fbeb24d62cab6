//! The state file: what is recorded in it and when, and what may be at its path already.

mod path;
mod recording;
