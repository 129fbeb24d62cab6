//! Deploys manifests, and turns the outcomes into entries of the report.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use log::warn;

use super::entries;
use crate::cli::{Differing, Options, STATE};
use crate::container::Observed;
use crate::execute::{Check, Deployment, Inbox, Input, Inputs, Outcome, Prunes, RunError};
use crate::kanto_cm::Peer;
use crate::manifests_parser::{missing_providers, shared_with_others, Manifest};
use crate::reconcile::{Desired, Policy, Trigger};
use crate::report::Entry;
use crate::sort::sort;
use crate::state::{self, State, StateStore};
use crate::sys::proc;
use crate::sys::signals::StopSignal;
use crate::text::printable;

/// The data that all deployments of a process share.
pub(super) struct Deployer<'a> {
    options: &'a Options,
    directory: String,
    boot: String,
    store: StateStore,
}

impl<'a> Deployer<'a> {
    /// Reads the state file. An error is about the state file's path.
    pub(super) fn new(options: &'a Options, layers: &[PathBuf]) -> Result<Deployer<'a>, String> {
        let (state, warning) = read_state(options, layers)?;
        if let Some(warning) = warning {
            warn!("{warning}");
        }
        Ok(Deployer {
            options,
            directory: directories_of(layers),
            boot: proc::boot_id(),
            store: StateStore::new(state),
        })
    }

    /// Is there no manifest, no leftover of an interrupted run, and no Kanto-CM?
    pub(super) fn has_nothing_to_do(&self, manifests: &[Manifest]) -> bool {
        let state = self.store.state();
        let mut states = state.entries().iter().map(|entry| entry.content_state);
        manifests.is_empty()
            && states.all(|content_state| {
                matches!(
                    content_state,
                    state::ContentState::Applied | state::ContentState::Removed
                )
            })
            && Peer::at(&self.options.socket_cm).is_err()
    }

    /// Deploys the manifests; a dry run only plans it. `is_complete`: there can be no other manifests.
    pub(super) fn deploy(
        &self,
        manifests: &[Manifest],
        is_complete: bool,
        dry_run: bool,
        stop: &StopSignal,
    ) -> (Vec<Entry>, Option<RunError>) {
        let inputs = Inputs {
            manifests: manifests
                .iter()
                .map(|manifest| input(manifest, Some(Trigger::Start), 0))
                .collect(),
            prunes: if self.options.prune && is_complete && !manifests.is_empty() {
                Prunes::All
            } else {
                Prunes::None
            },
            is_complete,
            newest: 0,
        };
        let ended = Mutex::new(Vec::new());
        let on_end = |outcome| {
            ended
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(outcome);
        };
        let has_warned = AtomicBool::new(false);
        let check = |observed: &[Observed]| self.check_providers(manifests, observed, &has_warned);
        let deployment = Deployment {
            // Nothing else can be there to do.
            jobs: (self.options.jobs).min(manifests.len() + self.store.state().entries().len() + 1),
            ..self.deployment(stop, &check, None, &on_end)
        };
        let (more, result) = if dry_run {
            deployment.dry_run(&inputs)
        } else {
            deployment.run(inputs)
        };
        let mut outcomes = ended.into_inner().unwrap_or_else(PoisonError::into_inner);
        outcomes.extend(more);
        let entries = entries::of_outcomes(manifests, &outcomes, dry_run);
        (entries, result.err())
    }

    /// Makes a deployment from the options.
    pub(super) fn deployment<'d>(
        &'d self,
        stop: &'d StopSignal,
        check: &'d Check<'d>,
        inbox: Option<&'d Inbox>,
        on_end: &'d (dyn Fn(Outcome) + Sync),
    ) -> Deployment<'d> {
        let options = self.options;
        Deployment {
            socket: &options.socket_cm,
            connect_timeout: options.connect_timeout,
            create_timeout: options.create_timeout,
            cm_grace: options.cm_grace,
            stop_timeout: options.stop_timeout,
            jobs: options.jobs,
            reapply: options.differing == Differing::Reapply,
            show_values: options.show_values,
            policy: Policy {
                keep_existing: options.differing == Differing::Keep,
                settle: options.settle,
                boot: self.boot.clone(),
                directory: self.directory.clone(),
                ..Policy::default()
            },
            store: &self.store,
            stop,
            check,
            inbox,
            on_end,
            on_others_done: &|_| (),
        }
    }

    /// Finds manifests whose `extra_hosts` name a container that does not exist. With `--strict` they fail; else they are
    /// warned about once. Only Kanto-CM's List shows which containers exist.
    pub(super) fn check_providers(
        &self,
        manifests: &[Manifest],
        observed: &[Observed],
        has_warned: &AtomicBool,
    ) -> Vec<(String, String)> {
        let is_container = |container: &&Observed| container.listed.stand_in().is_none();
        let containers: Vec<&Observed> = observed.iter().filter(is_container).collect();
        let host_names: HashSet<&str> = containers
            .iter()
            .map(|container| container.listed.host_name.as_str())
            .collect();
        let missing = missing_providers(manifests, &|name| host_names.contains(name));
        let is_first = !has_warned.swap(true, Ordering::Relaxed);
        if is_first {
            warn_about_shared(manifests, &containers);
        }
        let mut failed = Vec::new();
        for (index, problem) in missing {
            let text = problem.in_file(&manifests[index].file).to_string();
            if self.options.strict {
                failed.push((manifests[index].shown_file(), text));
            } else if is_first {
                warn!("{text}");
            }
        }
        failed
    }
}

/// Warns about host names that running containers without a manifest share. This is no error, not even with `--strict`: a
/// container that is pruned later in this run may be one of them.
fn warn_about_shared(manifests: &[Manifest], containers: &[&Observed]) {
    let specs = || manifests.iter().map(|manifest| &manifest.container);
    let ids: HashSet<&str> = specs().map(|spec| spec.id.as_str()).collect();
    let names: HashSet<&str> = specs().map(|spec| spec.name.as_str()).collect();
    let is_other = |container: &&&Observed| {
        container.is_up()
            && container.listed.host_config.network_mode == "bridge"
            && !ids.contains(container.id())
            && !names.contains(container.name())
    };
    let others: Vec<(&str, &str)> = containers
        .iter()
        .filter(is_other)
        .map(|container| (&*container.listed.host_name, container.name()))
        .collect();
    for (index, warning) in shared_with_others(manifests, &others) {
        warn!("{}", warning.in_file(&manifests[index].file));
    }
}

/// Reads the state, with a warning if the file is damaged. An error is about its path.
pub(super) fn read_state(
    options: &Options,
    layers: &[PathBuf],
) -> Result<(State, Option<String>), String> {
    let Some(state) = &options.state else {
        return Ok((State::default(), None));
    };
    let advice = |problem| format!("--state: {problem}: name another file, or none");
    let mut layers = layers.iter();
    if let Some(path) = layers.find(|path| state::is_in_directory(state, path)) {
        let (state, path) = (state.to_string_lossy(), path.to_string_lossy());
        let (state, path) = (printable(&state), printable(&path));
        return Err(advice(format!(
            "{state} lies among the manifests of {path}"
        )));
    }
    State::read(state, state == Path::new(STATE)).map_err(advice)
}

/// Makes the input of a manifest. Without a `trigger` its container stays as it is.
pub(super) fn input(manifest: &Manifest, trigger: Option<Trigger>, request: u32) -> Input {
    Input {
        file: manifest.shown_file(),
        desired: Desired::new(manifest.container.clone()),
        trigger,
        request,
    }
}

/// Returns the directories of all layers, the same for every way and every order to type them.
fn directories_of(layers: &[PathBuf]) -> String {
    let mut directories: Vec<String> = layers.iter().map(|path| directory_of(path)).collect();
    sort(&mut directories);
    directories.dedup();
    directories.join(":")
}

/// Returns the absolute path of a directory of manifests, the same for every way to type it.
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
