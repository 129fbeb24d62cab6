//! The fuzz targets for manifest, drop-ins, List, state file and worker protocol, fed with mutated seeds.

use std::env;
use std::process::Command;

#[test]
fn no_mutated_input_makes_the_program_panic_and_every_reason_is_safe_to_print() {
    let own = env::current_exe().unwrap();
    let examples = own.parent().unwrap().with_file_name("examples");
    let output = Command::new(examples.join("mutated")).output();
    let output = output.expect("`cargo build --release --locked --examples` builds it");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {errors}", output.status);
}
