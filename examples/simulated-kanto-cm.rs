//! A simulated Kanto container-management on a unix socket, to try the deployer without a real one: see `--help`.

use std::env;
use std::process::ExitCode;

fn main() -> ExitCode {
    simulated_kanto_cm::run(env::args_os())
}
