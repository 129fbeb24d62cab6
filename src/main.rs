//! The program: take the command line, run, and end with the exit code. All else is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    kanto_auto_deployer::run::run(std::env::args_os().skip(1).collect()).into()
}
