//! Deploys what the watcher orders, batches side by side, and says how each ended.

use std::collections::{HashMap, HashSet};
use std::io::{self, BufRead, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::thread;

use log::{error, warn};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};

use super::session::{self, Session};
use super::{entries, prepare, written_report};
use crate::cli::Options;
use crate::deploy::Unfinished;
use crate::digest::digest;
use crate::exit::Exit;
use crate::filewatcher::messages::{key, Batch, Cause, End, FileResult, Finished, Order, Wrong};
use crate::manifests_parser::{read_manifests, Invalid, Manifest, Manifests};
use crate::plan::{Occasion, Rules};
use crate::report::{Entry, Status};
use crate::signals::StopSignal;

/// Takes orders from standard input until that ends, and then ends when everything is done.
pub(super) fn serve(options: &Options, path: &Path) -> Exit {
    let stop = super::note_signals(&[SIGTERM, SIGINT, SIGQUIT]);
    let _hung_up = super::note_signals(&[SIGHUP]); // the watcher's business
    let service = Service {
        options,
        path,
        session: Session::new(options, path),
        answers: Mutex::new(io::stdout()),
    };
    thread::scope(|scope| {
        let mut batches: HashMap<u32, StopSignal> = HashMap::new();
        for line in io::stdin().lock().lines() {
            match line.map_err(|error| error.to_string()).and_then(parse) {
                Ok(Order::Deploy(batch)) => {
                    let stop = stop.derive();
                    batches.insert(batch.number, stop.clone());
                    let (service, number) = (&service, batch.number);
                    let deploy = move || service.answer(&service.deploy(&batch, &stop));
                    if let Err(error) = thread::Builder::new().spawn_scoped(scope, deploy) {
                        error!("cannot deploy: {error}");
                        service.answer(&Finished {
                            number,
                            ..Finished::default()
                        });
                    }
                }
                Ok(Order::GiveUp(number)) => {
                    if let Some(stop) = batches.get(&number) {
                        stop.raise();
                    }
                }
                Err(error) => {
                    error!("cannot understand the watcher: {error}");
                    break;
                }
            }
        }
        // The watcher says that there is nothing more when there is nothing more: with something under way it has died, and the next
        // one is not to meet this process.
        batches.values().for_each(StopSignal::raise);
    });
    Exit::AsWanted
}

#[allow(clippy::needless_pass_by_value)] // what `and_then` passes
fn parse(line: String) -> Result<Order, String> {
    serde_json::from_str(&line).map_err(|error| error.to_string())
}

/// What a batch does about containers without a manifest.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pruning {
    No,
    Now,
    /// A manifest has gone since that was ordered. It may be back in a moment.
    Later,
}

struct Service<'a> {
    options: &'a Options,
    path: &'a Path,
    session: Session<'a>,
    answers: Mutex<io::Stdout>,
}

impl Service<'_> {
    fn answer(&self, finished: &Finished) {
        // Nothing in it can fail to be written as JSON.
        let line = serde_json::to_string(finished).unwrap_or_default() + "\n";
        let mut out = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        // Where nobody listens any more, what is under way is brought to its end all the same.
        let _ = out.write_all(line.as_bytes()).and_then(|()| out.flush());
    }

    fn deploy(&self, batch: &Batch, stop: &StopSignal) -> Finished {
        let mut manifests = match read_manifests(self.path) {
            Ok(manifests) => manifests,
            Err(error) => {
                warn!("{error}");
                return unread(batch);
            }
        };
        prepare::judge(&mut manifests, self.options.strict);
        let wrong: Vec<Wrong> = manifests.invalid.iter().map(wrong).collect();
        let directory = self.tell(&manifests, &wrong, batch);
        let pruning = self.pruning(&manifests, batch);
        let Manifests { valid, invalid, .. } = manifests;
        let rules = self.rules(invalid.len(), pruning, batch);
        let is_empty = self.session.has_nothing_to_do(&valid);
        let files: HashSet<&String> = batch.files.iter().collect();
        let (own, others): (Vec<Manifest>, Vec<Manifest>) = valid
            .into_iter()
            .partition(|manifest| files.contains(&key(&manifest.path)));
        let needs_kanto_cm = !own.is_empty() || !rules.leave_orphans || rules.prune.is_some();
        let (mut entries, unfinished) = if is_empty || !needs_kanto_cm {
            (Vec::new(), None)
        } else {
            let neighbours = self.session.neighbours(&own, others);
            let deployer = self.session.deployer(rules, neighbours, stop);
            session::deploy_all(&deployer, &own)
        };
        let results = results(&own, &entries);
        let mut rest = entries.iter().skip(own.len());
        let has_failed = rest.any(|entry| entry.status == Status::Failed);
        let told = invalid.iter().zip(&wrong).filter(|(_, wrong)| {
            !batch.tidy && (!batch.told.contains(wrong) || files.contains(&wrong.file))
        });
        entries.extend(told.map(|(one, _)| entries::of_invalid(one)));
        Finished {
            number: batch.number,
            is_incomplete: pruning == Pruning::Later || has_failed || unfinished.is_some(),
            report: self.report(batch, entries, unfinished, directory),
            results,
            invalid: Some(wrong),
        }
    }

    /// Says what is new about the manifests. An error: about the directory.
    fn tell(&self, manifests: &Manifests, wrong: &[Wrong], batch: &Batch) -> Result<(), String> {
        let new: HashSet<&String> = batch.new.iter().collect();
        let is_new = |one: &&Manifest| new.contains(&key(&one.path));
        manifests
            .valid
            .iter()
            .filter(is_new)
            .for_each(prepare::tell_odd);
        // What is new has a batch of its own.
        let untold = manifests.invalid.iter().zip(wrong);
        let untold = untold.filter(|(_, wrong)| !batch.tidy && !batch.told.contains(wrong));
        untold.for_each(|(one, _)| prepare::tell_wrong(one));
        match batch.cause {
            Cause::Begin => prepare::tell_directory(manifests, self.options.strict),
            Cause::Touch | Cause::Retry => Ok(()),
        }
    }

    /// What is to be pruned, given the manifests that are there.
    fn pruning(&self, manifests: &Manifests, batch: &Batch) -> Pruning {
        let files = batch.prune.as_ref().filter(|_| self.path.is_dir());
        let Some(files) = files.filter(|_| prepare::may_prune(manifests)) else {
            return Pruning::No;
        };
        let there: HashSet<String> = manifests.valid.iter().map(|one| key(&one.path)).collect();
        if files.iter().all(|file| there.contains(file)) {
            Pruning::Now
        } else {
            Pruning::Later
        }
    }

    /// `invalid`: so many files hold no valid manifest.
    fn rules(&self, invalid: usize, pruning: Pruning, batch: &Batch) -> Rules {
        let rules = self.session.rules(invalid);
        Rules {
            prune: rules.prune.filter(|_| pruning == Pruning::Now),
            leave_orphans: !batch.tidy,
            occasion: match batch.cause {
                Cause::Begin => Occasion::Begin,
                Cause::Touch => Occasion::Touch,
                Cause::Retry => Occasion::Retry,
            },
            ..rules
        }
    }

    /// Empty where there is nothing to tell.
    fn report(
        &self,
        batch: &Batch,
        mut entries: Vec<Entry>,
        unfinished: Option<Unfinished>,
        directory: Result<(), String>,
    ) -> String {
        let is_given_up = matches!(unfinished, Some(Unfinished::Stopped(_)));
        if is_given_up {
            // Its files go on in another batch.
            entries.retain(|entry| !entry.actions.is_empty() || entry.status != Status::Unfinished);
        }
        let is_failure = |entry: &Entry| matches!(entry.status, Status::Failed | Status::Invalid);
        let failed = directory.is_err() || entries.iter().any(is_failure);
        let exit = Exit::of(unfinished.as_ref(), failed);
        let error = match unfinished {
            Some(Unfinished::Unreachable(reason)) => Some(reason),
            Some(Unfinished::Stopped(_)) | None => directory.err(),
        };
        let is_due = batch.cause == Cause::Begin && !is_given_up;
        if entries.is_empty() && error.is_none() && !is_due {
            return String::new();
        }
        written_report(self.options, entries, exit, error)
    }
}

/// The directory is gone, or cannot be read any more.
fn unread(batch: &Batch) -> Finished {
    let not_begun = |file: &String| FileResult {
        file: file.clone(),
        name: file.clone(),
        content: None,
        end: End::NotBegun,
    };
    Finished {
        number: batch.number,
        results: batch.files.iter().map(not_begun).collect(),
        ..Finished::default()
    }
}

fn wrong(invalid: &Invalid) -> Wrong {
    let problems: Vec<String> = invalid.problems.iter().map(ToString::to_string).collect();
    Wrong {
        file: key(&invalid.path),
        content: invalid.version.content,
        digest: digest(problems.join("\n").as_bytes()),
    }
}

fn results(own: &[Manifest], entries: &[Entry]) -> Vec<FileResult> {
    let result = |(manifest, entry): (&Manifest, &Entry)| FileResult {
        file: key(&manifest.path),
        name: entry.label.clone(),
        content: Some(manifest.version.content),
        end: end_of(entry),
    };
    own.iter().zip(entries).map(result).collect()
}

fn end_of(entry: &Entry) -> End {
    match entry.status {
        Status::Failed if entry.is_rolled_back => End::RolledBack,
        Status::Failed => End::Failed,
        Status::Unfinished if entry.actions.is_empty() => End::NotBegun,
        Status::Unfinished => End::Unfinished,
        _ => End::AsWanted,
    }
}
