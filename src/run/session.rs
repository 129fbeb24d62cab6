//! What the deployments of a process share, and a deployment from the manifests to the report's entries.

use std::path::{Path, PathBuf};

use super::entries;
use crate::cli::{Differing, Options};
#[cfg(feature = "filewatcher")]
use crate::deploy::AtWork;
use crate::deploy::{Applied, Deployer, Forgiven, Neighbours, Outcome, SharedLock, Unfinished};
use crate::kanto_cm::Peer;
use crate::manifests_parser::Manifest;
use crate::plan::Rules;
use crate::record::Record;
use crate::report::Entry;
use crate::signals::StopSignal;

/// What the deployments of a process share.
pub(super) struct Session<'a> {
    options: &'a Options,
    directory: String,
    applied: Applied,
    lock: SharedLock,
    #[cfg(feature = "filewatcher")]
    at_work: AtWork,
}

impl<'a> Session<'a> {
    /// Reads the record. `path`: of the manifests.
    pub(super) fn new(options: &'a Options, path: &Path) -> Session<'a> {
        let directory = directory_of(path);
        let is_reapplied = options.differing == Differing::Reapply;
        let record = options.state.as_ref();
        let record = record.map_or_else(Record::none, |path| Record::read(path));
        Session {
            options,
            applied: Applied::new(record, directory.clone(), is_reapplied),
            directory,
            lock: SharedLock::default(),
            #[cfg(feature = "filewatcher")]
            at_work: AtWork::default(),
        }
    }

    /// What the command line says about deciding, with so many files that hold no valid manifest.
    pub(super) fn rules(&self, invalid: usize) -> Rules {
        Rules {
            keep_existing: self.options.differing == Differing::Keep,
            reapply: self.options.differing == Differing::Reapply,
            prune: self.options.prune.then(|| self.directory.clone()),
            invalid,
            ..Rules::default()
        }
    }

    /// Knows the manifests of a deployment's neighbours, `others` being those in the directory.
    #[cfg(feature = "filewatcher")]
    pub(super) fn neighbours(&self, own: &[Manifest], others: Vec<Manifest>) -> Neighbours<'_> {
        Neighbours::of(own, others, &self.at_work)
    }

    /// A deployment.
    pub(super) fn deployer<'s>(
        &'s self,
        rules: Rules,
        neighbours: Neighbours<'s>,
        stop: &'s StopSignal,
    ) -> Deployer<'s> {
        let options = self.options;
        Deployer {
            socket: &options.socket_cm,
            connect_timeout: options.connect_timeout,
            create_timeout: options.create_timeout,
            cm_grace: options.cm_grace,
            settle: options.settle,
            stop_timeout: options.stop_timeout,
            jobs: options.jobs,
            strict: options.strict,
            rules,
            applied: &self.applied,
            lock: &self.lock,
            forgiven: Forgiven::default(),
            neighbours,
            stop,
        }
    }

    /// With nothing to deploy only what an interrupted run has left behind is of interest, if Kanto-CM is there.
    pub(super) fn has_nothing_to_do(&self, manifests: &[Manifest]) -> bool {
        manifests.is_empty()
            && !self.applied.is_something_unfinished()
            && Peer::at(&self.options.socket_cm).is_err()
    }
}

/// Says what would be done.
pub(super) fn dry_run_all(
    deployer: &Deployer,
    manifests: &[Manifest],
) -> (Vec<Entry>, Option<Unfinished>) {
    let mut outcomes = vec![Outcome::default(); manifests.len()];
    match deployer.dry_run(manifests, &mut outcomes) {
        Ok(plan) => (entries::planned(manifests, &outcomes, &plan), None),
        Err(unfinished) => (
            manifests.iter().map(entries::of_valid).collect(),
            Some(unfinished),
        ),
    }
}

/// Does it.
pub(super) fn deploy_all(
    deployer: &Deployer,
    manifests: &[Manifest],
) -> (Vec<Entry>, Option<Unfinished>) {
    let mut outcomes = vec![Outcome::default(); manifests.len()];
    let unfinished = deployer.deploy(manifests, &mut outcomes).err();
    (
        entries::deployed(manifests, &outcomes, unfinished.is_none()),
        unfinished,
    )
}

/// The manifests directory, the same however it was typed.
fn directory_of(path: &Path) -> String {
    let directory = if path.is_file() {
        path.parent().unwrap_or(path)
    } else {
        path
    };
    let base = std::env::current_dir().unwrap_or_default();
    // Symlinks stay: one that leads to another version of the directory tomorrow makes it no other directory.
    let whole: PathBuf = base.join(directory).components().collect();
    whole.to_string_lossy().into_owned()
}
