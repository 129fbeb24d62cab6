//! Decides, and does nothing: from the manifests and what Kanto-CM lists to one step a manifest, with its reason. Every
//! rule about what happens to a container is here.

mod decide;
mod find;
mod order;
mod policy;

pub use decide::{plan, Action, Plan, Step};
pub use order::cyclic;
pub use policy::{is_finished_job, is_restarted_by_policy};

#[cfg(test)]
mod tests;
