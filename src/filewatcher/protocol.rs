//! What the watcher and its worker say to each other: one JSON document a line. The worker reads orders from its standard input,
//! and writes results to its standard output. It ends when its input ends and everything is done.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::reconcile::Trigger;

/// Returns the key that stands for a manifest's file: its name without the directory. Bytes other than printable ASCII are
/// escaped, so that every name can be sent and no two names have the same key.
pub fn file_key(file: &Path) -> String {
    let name = file.file_name().unwrap_or_default();
    name.as_bytes().escape_ascii().to_string()
}

/// From the watcher to the worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// Deploy these manifests. The request supersedes earlier ones for the same files.
    Deploy(Request),
    /// End as a signal would: cancel pulls, begin nothing new, finish what cannot be cancelled.
    Stop,
}

/// Manifests to deploy.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Request {
    /// Higher than those of earlier requests.
    pub number: u32,
    /// Why the files are to be deployed.
    pub trigger: Trigger,
    /// Which files, by their keys.
    pub files: Vec<String>,
    /// The files whose content is new: the worker reports their warnings.
    pub new: Vec<String>,
    /// Problems of files that an earlier request has reported.
    pub reported: Vec<InvalidFile>,
    /// Tidy up what interrupted replacements of containers without a manifest have left behind. Such a request has no files.
    pub tidy: bool,
    /// A layer is missing. Where this is not so, the worker deploys nothing if it finds one to be missing.
    pub lacks_layer: bool,
    /// Remove the containers whose manifests are gone, provided that all these files are there.
    pub prune: Option<Vec<String>>,
}

/// From the worker to the watcher: a request has ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finished {
    /// The request.
    pub number: u32,
    /// The result, to be printed; empty: there is none.
    pub report: String,
    /// Tidying up or pruning was interrupted.
    pub is_incomplete: bool,
    /// The results of its files. A file without a result was gone, is invalid, or belongs to a newer request.
    pub results: Vec<FileResult>,
    /// All files of the directory that hold no valid manifest; `None`: the directory could not be read.
    pub invalid: Option<Vec<InvalidFile>>,
}

/// A file that holds no valid manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvalidFile {
    /// Its key.
    pub file: String,
    /// Digest of the content that was read.
    pub content: u64,
    /// Digest of its problems.
    pub digest: u64,
}

/// The result of one manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileResult {
    /// Its key.
    pub file: String,
    /// Its container's name, safe to print.
    pub name: String,
    /// Digest of the content, if the file was read.
    pub content: Option<u64>,
    /// How it ended.
    pub end: End,
}

/// How the deployment of a manifest ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// Its container runs as the manifest asks.
    UpToDate,
    /// It failed, and may succeed later.
    Failed,
    /// It was rolled back: the same content is not to be tried again.
    RolledBack,
    /// The request ended before anything was done for it.
    NotBegun,
    /// The request ended while calls for it were being made.
    Unfinished,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;

    #[test]
    fn a_file_key_is_the_name_of_the_file_and_no_two_are_the_same() {
        assert_eq!(file_key(Path::new("/m/a.json")), "a.json");
        assert_eq!(file_key(Path::new("a b.json")), "a b.json");
        let bytes = file_key(Path::new(OsStr::from_bytes(b"\xff\n.json")));
        assert_eq!(bytes, "\\xff\\n.json");
        assert_ne!(bytes, file_key(Path::new("\\xff\\n.json")));
    }

    #[test]
    fn messages_are_lines() {
        let request = |trigger: Trigger| Request {
            number: 7,
            trigger,
            files: vec!["a\nb.json".to_owned()],
            new: Vec::new(),
            reported: vec![InvalidFile {
                file: "x.json".to_owned(),
                content: 1,
                digest: u64::MAX,
            }],
            tidy: true,
            lacks_layer: true,
            prune: Some(Vec::new()),
        };
        let orders = [
            Order::Deploy(request(Trigger::Start)),
            Order::Deploy(request(Trigger::CmRestarted)),
            Order::Stop,
        ];
        for order in orders {
            let line = serde_json::to_string(&order).expect("it can be written");
            assert!(!line.contains('\n'), "{line}");
            assert_eq!(serde_json::from_str::<Order>(&line).expect("valid"), order);
        }
    }
}
