//! The parts of the program that read what others write, without gRPC, whose C++ core takes minutes to compile.
//! CONTRIBUTING.md describes how to run the targets.

#[path = "../../../src"]
mod source {
    pub mod container;
    pub mod digest;
    pub mod manifests_parser;
    pub mod reconcile;
    pub mod render;
    pub mod sort;
    pub mod state;
    pub mod sys;
    pub mod text;

    #[path = "filewatcher"]
    pub mod filewatcher {
        pub mod protocol;
    }

    #[path = "kanto_cm"]
    pub mod kanto_cm {
        mod convert;
        mod proto;

        use crate::container::{Observed, Spec};
        use proto::containers::ListContainersResponse;
        use protobuf::Message;

        /// The containers in the bytes of a List's answer.
        pub fn read_list(bytes: &[u8]) -> Vec<Observed> {
            let answer = ListContainersResponse::parse_from_bytes(bytes).unwrap_or_default();
            let containers = answer.containers.into_iter();
            containers.map(convert::from_wire).collect()
        }

        /// The bytes of a List's answer with these containers.
        pub fn write_list(containers: &[Spec]) -> Vec<u8> {
            let containers = containers.iter().map(convert::to_wire).collect();
            let answer = ListContainersResponse {
                containers,
                ..ListContainersResponse::default()
            };
            answer.write_to_bytes().expect("it can be written")
        }
    }
}

pub use source::*;

use container::{differences, Spec};

/// A file of a manifest with its name; the manifest's own has none.
type File<'t> = (&'static str, &'t [u8]);

/// Checks that a manifest becomes a container, or that each of its problems has a place in it and is safe to print. Returns
/// whether it is valid.
pub fn manifest(bytes: &[u8]) -> bool {
    check_files(&[("", bytes)]).is_some()
}

/// Checks the same of a manifest with up to three drop-ins; a NUL byte separates them. An empty drop-in changes nothing, nor does one
/// that is merged twice, and the result can be written as a manifest of either format. Returns whether it is valid.
pub fn merge(bytes: &[u8]) -> bool {
    let names = ["", "1.json", "2.json", "3.json"].into_iter();
    let files: Vec<File<'_>> = names.zip(bytes.split(|byte| *byte == 0)).collect();
    let empty = ("4.json", "{}".as_bytes());
    if let Some(container) = check_files(&files[..1]) {
        expect_same(&container, check_files(&[files[0], empty]));
    }
    let Some(container) = check_files(&files) else {
        return false;
    };
    if let [manifest, drop_in] = files[..] {
        expect_same(&container, check_files(&[manifest, drop_in, drop_in]));
    }
    for is_internal in [false, true] {
        let text = render::manifest(&container, is_internal);
        expect_same(&container, check_files(&[("", text.as_bytes())]));
    }
    files.len() > 1
}

fn check_files(files: &[File<'_>]) -> Option<Spec> {
    let parsed = manifests_parser::parse_files("fuzz", files);
    let errors = parsed.container.as_ref().err();
    assert!(errors.map_or(true, |errors| !errors.is_empty()));
    for diagnostics in errors.into_iter().chain([&parsed.warnings]) {
        for diagnostic in diagnostics.iter() {
            let name = &diagnostic.location.file;
            let file = files.iter().find(|(known, _)| known == name);
            let (_, bytes) = file.expect("one of the files");
            let lines = bytes.split(|byte| *byte == b'\n').count();
            let span = diagnostic.location.span;
            assert!(span.is_some_and(|span| span.line as usize <= lines));
            let text = diagnostic.to_string();
            assert_eq!(text::printable(&text), text);
        }
    }
    let container = parsed.container.ok()?;
    let listed = container.listed();
    assert!(!listed.name.is_empty() && !listed.image.name.is_empty());
    expect_same(&container, Some(listed.to_spec(listed.id.clone())));
    Some(container)
}

fn expect_same(container: &Spec, other: Option<Spec>) {
    let other = other.expect("a valid manifest");
    let differences = differences(&container.listed(), &other.listed(), false);
    assert!(differences.is_empty(), "{differences:?}");
}

/// Checks that a listed container is the same when it is created again from what is listed. Returns how many were listed.
pub fn list(bytes: &[u8]) -> usize {
    let containers = kanto_cm::read_list(bytes);
    for observed in &containers {
        let listed = &observed.listed;
        let again = listed.to_spec(listed.id.clone()).listed();
        assert_eq!(listed.is_same(&again), again.is_same(listed));
        let _ = (listed.digest(), listed.host_ports(), listed.held());
    }
    containers.len()
}

/// Checks that a state file is read, or that the reason why not is safe to print. Returns how many entries were read.
pub fn state_file(bytes: &[u8]) -> usize {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), bytes).expect("a temporary file");
    match state::State::read(file.path(), true) {
        Ok((state, problem)) => {
            let problem = problem.unwrap_or_default();
            assert_eq!(text::printable(&problem), problem);
            state.entries().len()
        }
        Err(reason) => {
            assert_eq!(text::printable(&reason), reason);
            0
        }
    }
}

/// Checks that a message between the watcher and its worker is read as it was written. Returns whether it is a message.
pub fn worker_protocol(bytes: &[u8]) -> bool {
    use filewatcher::protocol::{Finished, Order};
    let order = serde_json::from_slice::<Order>(bytes).ok();
    if let Some(order) = &order {
        let line = serde_json::to_string(order).expect("it can be written");
        assert_eq!(
            serde_json::from_str::<Order>(&line).ok().as_ref(),
            Some(order)
        );
    }
    let finished = serde_json::from_slice::<Finished>(bytes).ok();
    if let Some(finished) = &finished {
        let line = serde_json::to_string(finished).expect("it can be written");
        assert_eq!(
            serde_json::from_str::<Finished>(&line).ok().as_ref(),
            Some(finished)
        );
    }
    order.is_some() || finished.is_some()
}
