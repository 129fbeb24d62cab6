//! Generates the message types of Kanto-CM's API from `proto/`, in pure Rust: no protoc is needed. The output depends
//! on those files alone.

use protobuf_codegen::{Codegen, Customize};

fn main() {
    println!("cargo:rerun-if-changed=proto");
    Codegen::new()
        .pure()
        .include("proto")
        .inputs(["proto/types.proto", "proto/containers.proto"])
        // Without reflection: nothing here asks a message for its fields by name, and it costs hundreds of kilobytes.
        .customize(Customize::default().lite_runtime(true))
        .cargo_out_dir("proto")
        .run_from_script();
    println!("cargo:rustc-link-arg-bins=-Wl,--icf=all");
    println!("cargo:rustc-link-lib=static:-bundle=gcc_eh");
}
