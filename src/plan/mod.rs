//! Decides, and does nothing: from the manifests, what Kanto-CM lists and what was applied before to one step a container, with
//! its reason. Every rule about what happens to a container is here.

mod decide;
mod find;
mod helpers;
mod order;
mod policy;
mod prune;
mod recover;
mod replacement;
mod step;
mod usual;

pub use decide::{plan, Beside, Occasion, Rules};
pub use order::cyclic;
pub use policy::{is_finished_job, is_restarted_by_policy};
pub use prune::holds_back;
pub use replacement::{Begin, Replacement};
pub use step::{Action, Helpers, Plan, Step};
pub use usual::make_it_run;

#[cfg(test)]
mod tests;
