//! The requests that the worker process has not answered yet, and their progress.

use std::collections::HashMap;

use crate::digest::digest;
use crate::execute::{Inputs, Outcome, Prunes};
use crate::filewatcher::protocol::{file_key, End, FileResult, Finished, InvalidFile, Request};
use crate::manifests_parser::{InvalidManifest, Manifest, Manifests};
use crate::reconcile::Trigger;
use crate::report::{Entry, Status};
use crate::run::deployment::input;
use crate::run::entries;

/// The requests without an answer.
#[derive(Default)]
pub(super) struct Work {
    /// All valid manifests, as they were read last.
    pub(super) manifests: Vec<Manifest>,
    /// Trigger and request of each manifest that is being deployed, by its file.
    pub(super) active: HashMap<String, (Trigger, u32)>,
    pub(super) groups: Vec<Group>,
    /// The pruning that the requests ask for, as far as it is allowed.
    pub(super) prunes: Prunes,
    /// Entries of containers without a manifest.
    pub(super) others: Vec<Entry>,
    /// A container was not pruned, because something else failed.
    pub(super) has_left: bool,
    /// A deployment is running, or is about to run.
    pub(super) is_deploying: bool,
}

/// A request, and the results of its manifests.
pub(super) struct Group {
    pub(super) request: Request,
    /// Its manifests that are not done, as the request found them.
    pub(super) manifests: Vec<Manifest>,
    pub(super) entries: Vec<Entry>,
    pub(super) results: Vec<FileResult>,
    pub(super) invalid: Vec<InvalidManifest>,
    pub(super) invalid_files: Vec<InvalidFile>,
    pub(super) directory: Result<(), String>,
    /// The watcher has to request pruning again.
    pub(super) is_incomplete: bool,
    /// A later request has taken its files.
    pub(super) is_superseded: bool,
}

impl Work {
    /// Takes the request's files from earlier requests.
    pub(super) fn begin(&mut self, request: &Request, manifests: &Manifests) {
        for manifest in manifests
            .valid
            .iter()
            .filter(|manifest| request.files.contains(&file_key(&manifest.path)))
        {
            // What is under way finds out by itself that Kanto-CM was restarted, and goes on.
            let is_open = |open: &Manifest| {
                open.path == manifest.path && open.stamp.content == manifest.stamp.content
            };
            let mut open = self.groups.iter().flat_map(|group| &group.manifests);
            if request.trigger != Trigger::CmRestarted || !open.any(is_open) {
                self.active
                    .insert(manifest.shown_file(), (request.trigger, request.number));
            }
        }
        let is_there = |manifest: &Manifest| {
            manifests
                .valid
                .iter()
                .any(|valid| valid.path == manifest.path)
        };
        for group in &mut self.groups {
            let before = group.manifests.len();
            let is_kept = |manifest: &Manifest| {
                !request.files.contains(&file_key(&manifest.path)) && is_there(manifest)
            };
            group.manifests.retain(is_kept);
            group.is_superseded |= group.manifests.len() < before;
        }
    }

    pub(super) fn inputs(&self, newest: u32, is_complete: bool) -> Inputs {
        let of = |manifest: &Manifest| match self.active.get(&manifest.shown_file()) {
            Some((trigger, request)) => input(manifest, Some(*trigger), *request),
            None => input(manifest, None, 0),
        };
        Inputs {
            manifests: self.manifests.iter().map(of).collect(),
            prunes: self.prunes,
            is_complete,
            newest,
        }
    }

    /// Records the outcome of a workload. Returns the request that waits for it.
    pub(super) fn note(&mut self, outcome: &Outcome) -> Option<u32> {
        if outcome.file.is_empty() {
            self.has_left |= outcome.is_left();
            let entry = entries::of_outcome(entries::of_container(&outcome.name), outcome, false);
            if !entry.actions.is_empty() || entry.status == Status::Failed {
                self.others.push(entry);
            }
            return None;
        }
        self.active
            .get(&outcome.file)
            .filter(|(_, request)| *request == outcome.request)?;
        let (group, at) = self.groups.iter_mut().find_map(|group| {
            let mut files = group.manifests.iter().map(Manifest::shown_file);
            let at = files.position(|file| file == outcome.file)?;
            Some((group, at))
        })?;
        let manifest = group.manifests.remove(at);
        let entry = entries::of_outcome(entries::of_valid(&manifest), outcome, false);
        group.results.push(FileResult {
            file: file_key(&manifest.path),
            name: entry.label.clone(),
            content: Some(manifest.stamp.content),
            end: end_of(&entry),
        });
        group.entries.push(entry);
        self.active.remove(&outcome.file);
        Some(group.request.number)
    }
}

impl Group {
    /// Does it end with the deployment, and not with its files?
    pub(super) fn is_about_others(&self) -> bool {
        self.request.tidy || self.request.prune.is_some()
    }
}

/// Are all files there that the watcher has seen? A manifest that has just disappeared may be back in a moment.
pub(super) fn all_there(manifests: &Manifests, request: &Request) -> bool {
    let there: Vec<String> = manifests
        .valid
        .iter()
        .map(|manifest| file_key(&manifest.path))
        .collect();
    request
        .prune
        .iter()
        .flatten()
        .all(|file| there.contains(file))
}

/// Answers a request whose directory is gone or cannot be read any more.
pub(super) fn unread(request: &Request) -> Finished {
    let not_begun = |file: &String| FileResult {
        file: file.clone(),
        name: file.clone(),
        content: None,
        end: End::NotBegun,
    };
    Finished {
        number: request.number,
        results: request.files.iter().map(not_begun).collect(),
        ..Finished::default()
    }
}

pub(super) fn invalid_file(invalid: &InvalidManifest) -> InvalidFile {
    InvalidFile {
        file: file_key(&invalid.path),
        content: invalid.stamp.content,
        digest: digest(invalid.errors.texts().join("\n").as_bytes()),
    }
}

fn end_of(entry: &Entry) -> End {
    match entry.status {
        Status::Failed if entry.is_rolled_back => End::RolledBack,
        Status::Failed => End::Failed,
        Status::Unfinished if entry.actions.is_empty() => End::NotBegun,
        Status::Unfinished => End::Unfinished,
        _ => End::UpToDate,
    }
}
