//! Decides, and does nothing: [`next_call`] names the next call for one workload. It looks at what a manifest asks for, what
//! Kanto-CM has, and what was done before. Every rule about a single container is here. `execute` decides what
//! needs several workloads: when to prune, circles of host ports, newer inputs.
//!
//! | file | |
//! | --- | --- |
//! | `workload` | all that is known of one container |
//! | `matching` | which container is whose |
//! | `order`, `cycles` | who waits for whom: providers, and ports that move |
//! | `next_call` | the table: from what is there to the next call |
//! | `running` | the part of it that makes a container run and watches it |
//! | `notes` | the part of it that writes the state file |
//! | `effects` | what the answer to a call means |
//! | `call` | what the table names |
//! | `action` | what was done to a container, and what it is watched for |
//! | `policy` | what the command line says |

mod action;
mod call;
mod cycles;
mod effects;
mod matching;
mod next_call;
mod notes;
mod order;
mod policy;
mod running;
#[cfg(test)]
mod tests;
mod workload;

pub use action::{Action, Expectation, Watch};
pub use call::{Call, Done, Next, Note, Refusal, Row, Step, Target, Verb};
pub use matching::{is_stale, Matching};
pub use next_call::next_call;
pub use notes::create_cancelled;
pub use order::{cyclic, prune_only_claimed, Foreign, Gate, Progress, Relations};
pub use policy::Policy;
pub use workload::{Attempt, Desired, Trigger, Workload};
