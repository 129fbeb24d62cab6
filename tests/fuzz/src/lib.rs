//! The parts of the program that read what others write, without gRPC, whose C++ core takes minutes to compile.
//! `cargo +nightly fuzz run --fuzz-dir tests/fuzz manifest tests/fuzz/corpus/manifest tests/cases/*` runs a target; the others
//! are `list`, `state_file` and `worker_protocol`.

#[path = "../../../src"]
mod source {
    pub mod container;
    pub mod digest;
    pub mod manifests_parser;
    pub mod reconcile;
    pub mod state;
    pub mod text;

    #[path = "filewatcher"]
    pub mod filewatcher {
        pub mod messages;
    }

    #[path = "kanto_cm"]
    pub mod kanto_cm {
        mod api;
        mod convert;
        mod proto;

        pub use api::*;

        /// The containers in the bytes of a List's answer.
        pub fn read_list(bytes: &[u8]) -> Vec<Observed> {
            use crate::container::Observed;
            use proto::containers::ListContainersResponse;
            use protobuf::Message;
            let answer = ListContainersResponse::parse_from_bytes(bytes);
            let answer = answer.unwrap_or_default();
            answer
                .containers
                .into_iter()
                .map(convert::from_wire)
                .collect()
        }
    }
}

pub use source::*;

use container::differences;

/// A manifest becomes a container or is explained, in words that are safe to print.
pub fn manifest(bytes: &[u8]) {
    let parsed = manifests_parser::parse_manifest("fuzz", bytes);
    let errors = parsed.container.as_ref().err().into_iter();
    for problem in errors.chain([&parsed.warnings]).flat_map(|one| one.iter()) {
        let text = problem.to_string();
        assert_eq!(text::printable(&text), text);
    }
    if let Ok(container) = parsed.container {
        let listed = container.listed();
        assert!(differences(&listed, &container.listed(), false).is_empty());
    }
}

/// What Kanto-CM lists differs from itself in nothing, and is created again as it is.
pub fn list(bytes: &[u8]) {
    for observed in kanto_cm::read_list(bytes) {
        let listed = observed.listed;
        let again = listed.to_spec(listed.id.clone()).listed();
        assert_eq!(listed.is_same(&again), again.is_same(&listed));
        let _ = (listed.digest(), listed.host_ports(), listed.held());
    }
}

/// A state file is read, or why it is not is safe to print.
pub fn state_file(bytes: &[u8]) {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), bytes).expect("a temporary file");
    let (_, problem) = state::State::read(file.path());
    if let Some(problem) = problem {
        assert_eq!(text::printable(&problem), problem);
    }
}

/// What the watcher and its worker say to each other comes out as it went in.
pub fn worker_protocol(bytes: &[u8]) {
    use filewatcher::messages::{Finished, Order};
    if let Ok(order) = serde_json::from_slice::<Order>(bytes) {
        let line = serde_json::to_string(&order).expect("it can be written");
        assert_eq!(serde_json::from_str::<Order>(&line).ok(), Some(order));
    }
    if let Ok(finished) = serde_json::from_slice::<Finished>(bytes) {
        let line = serde_json::to_string(&finished).expect("it can be written");
        assert_eq!(serde_json::from_str::<Finished>(&line).ok(), Some(finished));
    }
}
