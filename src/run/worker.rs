//! The worker process: deploys what the watcher requests, and writes the results. One deployment serves all requests; a later
//! request changes it while it runs.

mod request;
mod work;

use std::io::{self, BufRead, Write};
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use log::error;

use super::deployment::Deployer;
use super::{entries, render_report};
use crate::cli::Options;
use crate::container::Observed;
use crate::execute::{Deployment, Inbox, Outcome, Prunes, RunError};
use crate::exit::Exit;
use crate::filewatcher::protocol::{Finished, Order};
use crate::reconcile::Trigger;
use crate::report::{Entry, Status};
use crate::sys::limits;
use crate::sys::signals::{StopSignal, SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use work::{Group, Work};

/// Takes orders from standard input until it ends, and returns when everything is done.
pub(super) fn work(options: &Options, layers: &[PathBuf]) -> Exit {
    let stop = super::note_signals(&[SIGTERM, SIGINT, SIGQUIT]);
    let _hung_up = super::note_signals(&[SIGHUP]); // the watcher's business
    let deployer = match Deployer::new(options, layers) {
        Ok(deployer) => deployer,
        Err(problem) => return super::usage(&problem),
    };
    let worker = Worker {
        options,
        layers,
        deployer,
        inbox: Inbox::default(),
        stop: stop.derive(),
        work: Mutex::default(),
        answers: Mutex::new(io::stdout()),
    };
    let deploy: &(dyn Fn() + Sync) = &|| worker.deploy();
    thread::scope(|scope| {
        if let Err(error) = limits::spawn(scope, deploy) {
            error!("cannot deploy: {}", limits::named(&error));
            return;
        }
        for line in io::stdin().lock().lines() {
            match line.map_err(|error| error.to_string()).and_then(parse) {
                Ok(Order::Deploy(request)) => worker.take(request),
                Ok(Order::Stop) => worker.stop.raise(),
                Err(error) => {
                    error!("the daemon wrote a line that is no order: {error}");
                    break;
                }
            }
        }
        // The watcher says that there is nothing more when there is nothing more: with something under way it has died, and the next
        // one is not to meet this process.
        if worker.is_at_work() {
            worker.stop.raise();
        }
        worker.inbox.close();
    });
    Exit::UpToDate
}

#[allow(clippy::needless_pass_by_value)] // what `and_then` passes
fn parse(line: String) -> Result<Order, String> {
    serde_json::from_str(&line).map_err(|error| error.to_string())
}

struct Worker<'a> {
    options: &'a Options,
    layers: &'a [PathBuf],
    deployer: Deployer<'a>,
    inbox: Inbox,
    stop: StopSignal,
    work: Mutex<Work>,
    answers: Mutex<io::Stdout>,
}

impl Worker<'_> {
    fn lock(&self) -> MutexGuard<'_, Work> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_at_work(&self) -> bool {
        !self.lock().groups.is_empty()
    }

    /// Deploys as long as there are requests.
    fn deploy(&self) {
        while let Some(waiting) = self.inbox.wait() {
            // What was answered since these were put there is not done again.
            let inputs = self.lock().inputs(waiting.newest, waiting.is_complete);
            let has_warned = AtomicBool::new(false);
            let check = |observed: &[Observed]| {
                let manifests = self.lock().manifests.clone();
                self.deployer
                    .check_providers(&manifests, observed, &has_warned)
            };
            let on_end = |outcome: Outcome| self.ended(&outcome);
            let on_others_done = |newest| self.others_done(newest);
            let deployment =
                self.deployer
                    .deployment(&self.stop, &check, Some(&self.inbox), &on_end);
            let deployment = Deployment {
                on_others_done: &on_others_done,
                ..deployment
            };
            let (open, result) = deployment.run(inputs);
            self.run_ended(&open, result.err().as_ref());
        }
    }

    /// Ends the requests up to this one that were about containers without a manifest.
    fn others_done(&self, newest: u32) {
        let mut work = self.lock();
        let is_done = |group: &Group| {
            group.is_about_others() && group.manifests.is_empty() && group.request.number <= newest
        };
        self.finish_all(&mut work, None, is_done);
    }

    /// Records the outcome of a workload, and answers the request that it ends.
    fn ended(&self, outcome: &Outcome) {
        let mut work = self.lock();
        if let Some(number) = work.note(outcome) {
            let is_done = |group: &Group| {
                group.request.number == number
                    && group.manifests.is_empty()
                    && !group.is_about_others()
            };
            self.finish_all(&mut work, None, is_done);
        }
    }

    /// Ends the requests of a deployment that is over. Later requests belong to the next deployment.
    fn run_ended(&self, open: &[Outcome], run_error: Option<&RunError>) {
        let mut work = self.lock();
        for outcome in open {
            work.note(outcome);
        }
        let is_stopped = matches!(run_error, Some(RunError::Stopped(_)));
        let pending = if is_stopped {
            None
        } else {
            self.inbox.pending()
        };
        if pending.is_none() {
            work.prunes = Prunes::None;
        }
        work.is_deploying = self.inbox.pending().is_some();
        let is_over =
            |group: &Group| pending.map_or(true, |pending| group.request.number < pending);
        self.finish_all(&mut work, run_error, is_over);
    }

    /// Answers these requests.
    fn finish_all(
        &self,
        work: &mut Work,
        run_error: Option<&RunError>,
        is_over: impl Fn(&Group) -> bool,
    ) {
        while let Some(at) = work.groups.iter().position(&is_over) {
            let group = work.groups.remove(at);
            self.finish(work, group, run_error);
        }
    }

    /// Answers the request of a group that was taken out.
    fn finish(&self, work: &mut Work, mut group: Group, run_error: Option<&RunError>) {
        for manifest in &group.manifests {
            work.active.remove(&manifest.shown_file());
        }
        let mut has_failed = false;
        if group.is_about_others() || work.groups.is_empty() {
            has_failed = std::mem::take(&mut work.has_left)
                || work
                    .others
                    .iter()
                    .any(|entry| entry.status == Status::Failed);
            group.entries.append(&mut work.others);
        }
        let request = &group.request;
        let unreported = group
            .invalid
            .iter()
            .zip(&group.invalid_files)
            .filter(|(_, file)| {
                !request.tidy
                    && (!request.reported.contains(file) || request.files.contains(&file.file))
            });
        group
            .entries
            .extend(unreported.map(|(invalid, _)| entries::of_invalid(invalid, false)));
        let finished = Finished {
            number: request.number,
            is_incomplete: group.is_incomplete || has_failed || run_error.is_some(),
            results: std::mem::take(&mut group.results),
            invalid: Some(std::mem::take(&mut group.invalid_files)),
            report: self.report(group, run_error),
        };
        self.answer(&finished);
    }

    /// Renders the result of a request; empty if there is nothing to report.
    fn report(&self, group: Group, run_error: Option<&RunError>) -> String {
        let Group {
            mut entries,
            directory,
            request,
            is_superseded,
            ..
        } = group;
        let is_stopped = matches!(run_error, Some(RunError::Stopped(_)));
        if is_stopped {
            entries.retain(|entry| !entry.actions.is_empty() || entry.status != Status::Unfinished);
        }
        let is_failure = |entry: &Entry| matches!(entry.status, Status::Failed | Status::Invalid);
        let failed = directory.is_err() || entries.iter().any(is_failure);
        let exit = Exit::of(run_error, failed);
        let error = match run_error {
            Some(RunError::Unreachable(reason)) => Some(reason.clone()),
            Some(RunError::Stopped(_)) | None => directory.err(),
        };
        let is_due = request.trigger == Trigger::Start && !is_stopped && !is_superseded;
        if entries.is_empty() && error.is_none() && !is_due {
            return String::new();
        }
        render_report(self.options, entries, exit, error)
    }

    fn answer(&self, finished: &Finished) {
        // Nothing in it can fail to be written as JSON.
        let line = serde_json::to_string(finished).unwrap_or_default() + "\n";
        let mut out = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        // Where nobody listens any more, what is under way is brought to its end all the same.
        let _ = out.write_all(line.as_bytes()).and_then(|()| out.flush());
    }
}
