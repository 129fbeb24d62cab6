//! What a deployment costs: a run for 1 to 1000 manifests, one without Kanto-CM, the downtime of a replacement, and the daemon;
//! against the simulated Kanto-CM or any other (`BENCH_SOCKET`), alone or in turns with another deployer (`BENCH_VS`). See
//! README.md.

#![allow(clippy::print_stdout, clippy::print_stderr)] // a program for people

#[allow(dead_code)] // for all benchmarks
#[path = "../common/mod.rs"]
mod common;
mod compared;
mod daemon;
mod deployer;
mod growth;
#[allow(dead_code, unused_imports)] // it is for all tests
#[path = "../../tests/common/mod.rs"]
mod harness;
mod kanto_cm;
mod manifests;
mod one_shot;
mod replacing;
mod rounds;

use std::process::ExitCode;
use std::time::Duration;

use common::figures::Figures;
use kanto_cm::KantoCm;
use rounds::Rounds;

/// As many as a small vehicle has.
const FEW: usize = 8;

fn main() -> ExitCode {
    let cm = KantoCm::from_environment();
    let rounds = Rounds::from_environment();
    let default = if cm.is_simulated() {
        "1 8 100 1000"
    } else {
        "1 8"
    };
    let counts = common::numbers("COUNTS", default);
    let idle = Duration::from_secs(common::number("IDLE_SECS", 10));
    let mut figures = Figures::default();
    one_shot::measure(&cm, &rounds, &counts, &mut figures);
    one_shot::measure_without_kanto_cm(&rounds, &mut figures);
    replacing::measure(&cm, &rounds, &mut figures);
    if cfg!(feature = "filewatcher") {
        daemon::measure(&cm, &rounds, idle, &mut figures);
    }
    println!("{}", figures.shown());
    figures.verdict()
}
