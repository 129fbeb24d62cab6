//! The program: take the command line, run, and end with the exit code. All else is in the library.

use std::process::ExitCode;

// The cut-down gRPC core of `src/grpc_core` (see build.rs), named here because only a library of the program itself comes
// before gRPC's on the linker's command line, and because tests and examples must not get it.
#[link(
    name = "grpc_client_core",
    kind = "static",
    modifiers = "+whole-archive"
)]
extern "C" {}

fn main() -> ExitCode {
    kanto_auto_deployer::run::run(std::env::args_os().skip(1).collect()).into()
}
