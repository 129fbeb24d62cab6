//! The simulated Kanto-CM as a program.

use std::env;
use std::process::ExitCode;

fn main() -> ExitCode {
    simulated_kanto_cm::run(env::args_os())
}
