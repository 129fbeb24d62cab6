//! Generates the messages of Kanto-CM's API once more for the simulator, so that it shares no code with the program it
//! tests, and lets serde read and write them: the stored containers and the journal of calls are JSON.

use protobuf::descriptor::field_descriptor_proto::Type;
use protobuf::reflect::{FieldDescriptor, MessageDescriptor};
use protobuf_codegen::{Codegen, Customize, CustomizeCallback};

struct Serde;

impl CustomizeCallback for Serde {
    fn message(&self, _: &MessageDescriptor) -> Customize {
        Customize::default()
            .before("#[derive(::serde::Serialize, ::serde::Deserialize)]\n#[serde(default, deny_unknown_fields)]")
    }

    fn field(&self, field: &FieldDescriptor) -> Customize {
        let mut attributes = Vec::new();
        if field.is_singular() && field.proto().type_() == Type::TYPE_MESSAGE {
            attributes.push("with = \"crate::proto_serde\"");
        }
        if field.name() == "type" {
            attributes.push("rename = \"type\"");
        }
        if attributes.is_empty() {
            return Customize::default();
        }
        Customize::default().before(&format!("#[serde({})]", attributes.join(", ")))
    }

    fn special_field(&self, _: &MessageDescriptor, _: &str) -> Customize {
        Customize::default().before("#[serde(skip)]")
    }
}

fn main() {
    println!("cargo:rerun-if-changed=../../proto");
    Codegen::new()
        .pure()
        .include("../../proto")
        .inputs(["../../proto/types.proto", "../../proto/containers.proto"])
        .customize(Customize::default().lite_runtime(true))
        .customize_callback(Serde)
        .cargo_out_dir("proto")
        .run_from_script();
}
