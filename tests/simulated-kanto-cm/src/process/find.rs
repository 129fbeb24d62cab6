//! Where the simulator's executable is.

use std::env;
use std::path::PathBuf;

const VARIABLE: &str = "SIMULATED_KANTO_CM";

/// The example that cargo builds beside every test, unless the variable names another one.
pub(super) fn program() -> PathBuf {
    if let Some(program) = env::var_os(VARIABLE) {
        return program.into();
    }
    let test = env::current_exe().expect("a process knows its executable");
    // target/release/deps/TEST-hash or target/release/EXAMPLE
    let places: Vec<PathBuf> = test
        .ancestors()
        .skip(1)
        .take(2)
        .flat_map(|directory| {
            [
                directory.join("examples/simulated-kanto-cm"),
                directory.join("simulated-kanto-cm"),
            ]
        })
        .collect();
    let found = places.iter().find(|place| place.is_file());
    found.cloned().unwrap_or_else(|| {
        panic!(
            "no simulator in {places:?}: build it with `cargo build --release --locked --examples`, or name \
             it in {VARIABLE}"
        )
    })
}
