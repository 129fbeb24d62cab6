//! A deployment that was interrupted, at whatever call, is brought to its end: by the next run, or by the same one.

mod answers_lost;
mod deployer_killed;
mod dry_run;
pub(crate) mod interrupted;
mod kanto_cm_killed;
mod others;
mod pruned;
mod rows;
