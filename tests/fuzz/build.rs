//! Generates the message types of Kanto-CM's API, as the program's own build.rs does.

use protobuf_codegen::{Codegen, Customize};

fn main() {
    Codegen::new()
        .pure()
        .include("../../proto")
        .inputs(["../../proto/types.proto", "../../proto/containers.proto"])
        .customize(Customize::default().lite_runtime(true))
        .cargo_out_dir("proto")
        .run_from_script();
}
