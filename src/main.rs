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

/// Stands in for the stack walk of libgcc: there are no frames to print. In Rust, because the optimiser then sees that
/// what std would print of each frame is never reached, which drops its reader of debug information (230 kB). A stripped
/// program has no names to print. Tests and examples keep theirs.
#[allow(unsafe_code)] // which a fixed symbol name counts as
#[no_mangle]
pub extern "C" fn _Unwind_Backtrace(_: *const u8, _: *mut u8) -> u32 {
    5 // the end of the stack
}

fn main() -> ExitCode {
    kanto_auto_deployer::run::run(std::env::args_os().skip(1).collect()).into()
}
