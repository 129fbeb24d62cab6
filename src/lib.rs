//! Makes Eclipse Kanto container-management (Kanto-CM) run the containers whose manifests lie in a directory.
//!
//! Data flows one way: `cli` → `manifests_parser` → `reconcile` → `execute` → `kanto_cm`; `run` leads it through, and `filewatcher`
//! requests it again whenever something changes.
//!
//! | module | |
//! | --- | --- |
//! | [`cli`] | the options |
//! | [`run`] | what the program does with them |
//! | [`manifests_parser`] | bytes and directories to valid containers |
//! | [`container`] | the container a manifest asks for: Kanto-CM's defaults, differences |
//! | [`reconcile`] | pure: from what is there to the next call, in one table |
//! | [`execute`] | makes the calls: connection, lock, order, side by side |
//! | [`cm_ready`] | is Kanto-CM through with restoring its containers? |
//! | [`kanto_cm`] | the calls; the only module that names grpcio |
//! | [`state`] | the state file: what was applied before |
//! | [`filewatcher`] | `--daemon`: what has changed, and what is to be deployed when |
//! | [`render`] | writes a container as a manifest |
//! | [`report`] | the result for people and programs |
//! | [`exit`] | the exit codes |
//! | [`sys`] | what the operating system offers: signals, /proc, limits, readiness, trust |
//! | [`logger`] | the log on standard error |
//! | [`digest`] | distinguishes contents |
//! | [`sort`] | sorts in little space |
//! | [`text`] | text for people: safe to print, nearest known word |

pub mod cli;
pub mod cm_ready;
pub mod container;
pub mod digest;
pub mod execute;
pub mod exit;
#[cfg(feature = "filewatcher")]
pub mod filewatcher;
pub mod kanto_cm;
pub mod logger;
pub mod manifests_parser;
#[cfg(test)]
mod random;
pub mod reconcile;
pub mod render;
pub mod report;
pub mod run;
pub mod sort;
pub mod state;
pub mod sys;
pub mod text;
