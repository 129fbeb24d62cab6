//! Generates the message types of Kanto-CM's API from `proto/`, in pure Rust: no protoc is needed. Compiles the parts of
//! the C++ core that are cut down, and passes what the linker understands of the arguments that make the program small.
//! The output depends on the sources and the compiler alone.

use std::env;
use std::path::Path;
use std::process::{Command, Stdio};

use protobuf_codegen::{Codegen, Customize};

fn main() {
    generate_messages();
    compile_grpc_core();
    println!("cargo:rustc-link-arg-bins=-Wl,-O2");
    // Before libm, which would be needed for functions that libc has as well.
    println!("cargo:rustc-link-lib=dylib=c");
    // GNU ld would take in libgcc_s for some functions that are dropped later. This one is static, whatever it is called here.
    println!("cargo:rustc-link-lib=dylib=gcc");
    let no_tables = Path::new("src/grpc_core/no-unwind-tables.ld")
        .canonicalize()
        .expect("it is in the sources");
    for argument in [
        // Not GNU ld, which is the linker on aarch64 and of Rust before 1.90. What runs only at the start lies together then, as
        // GNU ld has it anyway: 0.5 MB less of the code around it is mapped in a daemon that is idle.
        "-Wl,--icf=all,-z,keep-text-section-prefix",
        "-Wl,--no-eh-frame-hdr",
        &format!("-T{}", no_tables.display()),
    ] {
        if linker_takes(argument) {
            println!("cargo:rustc-link-arg-bins={argument}");
        }
    }
}

fn generate_messages() {
    println!("cargo:rerun-if-changed=proto");
    Codegen::new()
        .pure()
        .include("proto")
        .inputs(["proto/types.proto", "proto/containers.proto"])
        // Without reflection: nothing here asks a message for its fields by name, and it costs hundreds of kilobytes.
        .customize(Customize::default().lite_runtime(true))
        .cargo_out_dir("proto")
        .run_from_script();
}

/// Makes the archive that `src/main.rs` names. It is not given to cargo as a library to link: that would reach the tests
/// and examples, some of which are gRPC servers.
fn compile_grpc_core() {
    println!("cargo:rerun-if-changed=src/grpc_core");
    println!("cargo:rerun-if-env-changed=CXX");
    println!("cargo:rerun-if-env-changed=CXXFLAGS");
    let out = env::var("OUT_DIR").expect("cargo sets it");
    cc::Build::new()
        .cpp(true)
        .files(
            [
                "abseil",
                "allocator",
                "configuration",
                "libstdcxx",
                "math",
                "unused",
                "unwind",
            ]
            .map(|f| format!("src/grpc_core/{f}.cc")),
        )
        .flags(["-fno-exceptions", "-fno-rtti", "-ffunction-sections"])
        .cargo_metadata(false)
        .compile("grpc_client_core");
    println!("cargo:rustc-link-search=native={out}");
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_default()
}

/// Whether a program can be linked with the argument, by the compiler and the linker that this build uses.
fn linker_takes(argument: &str) -> bool {
    let probe = Path::new(&variable("OUT_DIR")).join("probe");
    let source = probe.with_extension("rs");
    std::fs::write(&source, "fn main() {}").expect("OUT_DIR can be written");
    let mut rustc = Command::new(variable("RUSTC"));
    rustc.args(["--target", &variable("TARGET"), "-C", "panic=abort"]);
    for flag in variable("CARGO_ENCODED_RUSTFLAGS").split('\x1f') {
        if !flag.is_empty() {
            rustc.arg(flag);
        }
    }
    if let Ok(linker) = env::var("RUSTC_LINKER") {
        rustc.arg(format!("-Clinker={linker}"));
    }
    rustc
        .arg(format!("-Clink-arg={argument}"))
        .arg("-o")
        .args([&probe, &source])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
