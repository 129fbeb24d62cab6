//! The watcher's loop: sleep until something happens or is due, look, order, read results.

use std::collections::hash_map::RandomState;
use std::ffi::OsString;
use std::hash::{BuildHasher, Hasher};
use std::path::Path;
use std::time::{Duration, Instant};

use log::{error, info, warn};

use super::messages::{key, Finished, Order};
use super::news::{log_backoffs, log_news};
use super::quiet::Quiet;
use super::schedule::Schedule;
use super::sleep::sleep;
use super::watch::{Socket, Watch, LOOK_EVERY};
use super::worker::Worker;
use crate::cli::Options;
use crate::exit::Exit;
use crate::manifests_parser::{read_versions, ScanError};
use crate::signals::DaemonSignals;
use crate::systemd::{self, Notifier};
use crate::text::printable;

/// Follows the manifests at `path`, and Kanto-CM's socket, until a signal says to end. `arguments`: of this process, for the
/// one that deploys. `print` takes the results.
pub fn run(path: &Path, options: &Options, arguments: Vec<OsString>, print: &dyn Fn(&str)) -> Exit {
    let signals = match DaemonSignals::install() {
        Ok(signals) => signals,
        Err(error) => {
            error!("cannot handle signals: {error}");
            return Exit::ManifestFailed;
        }
    };
    let mut daemon = Daemon {
        path,
        shown: printable(&path.to_string_lossy()),
        arguments,
        print,
        signals,
        watch: Watch::new(path, &options.socket_cm),
        socket: None,
        quiet: Quiet::default(),
        schedule: Schedule::new(options.prune),
        workers: Vec::new(),
        notifier: Notifier::default(),
        unreadable: None,
        last_look: Instant::now(),
        watchdog: systemd::watchdog(),
        last_alive: Instant::now(),
    };
    info!("watching {}", daemon.shown);
    daemon.look();
    loop {
        daemon.act();
        // Before it sleeps: with nothing under way nothing would wake it.
        if daemon.is_over() {
            return Exit::AsWanted;
        }
        daemon.sleep();
    }
}

struct Daemon<'a> {
    path: &'a Path,
    shown: String,
    arguments: Vec<OsString>,
    print: &'a dyn Fn(&str),
    signals: DaemonSignals,
    watch: Watch,
    /// Kanto-CM's, as it was seen last.
    socket: Option<Socket>,
    quiet: Quiet,
    schedule: Schedule,
    /// One takes orders at most; others are about to end.
    workers: Vec<Worker>,
    notifier: Notifier,
    /// Why the manifests could not be read at the last look.
    unreadable: Option<Unreadable>,
    last_look: Instant,
    watchdog: Option<Duration>,
    last_alive: Instant,
}

/// Why the manifests cannot be read.
struct Unreadable {
    reason: String,
    /// There is nothing, and it will be noticed when there is.
    is_missing: bool,
}

impl Daemon<'_> {
    fn is_over(&self) -> bool {
        self.schedule.is_stopping() && self.schedule.is_idle() && self.workers.is_empty()
    }

    /// Does what is due.
    fn act(&mut self) {
        let now = Instant::now();
        if !self.schedule.is_stopping() && self.signals.stop.received().is_some() {
            self.stop();
        }
        if self.signals.reload() && !self.schedule.is_stopping() {
            self.reload();
        }
        if self.next_look().is_some_and(|at| at <= now) {
            self.look();
        }
        if self.next_alive().is_some_and(|at| at <= now) {
            self.notifier.alive();
            self.last_alive = now;
        }
        let orders = self.schedule.next(now);
        self.order(&orders);
        if self.schedule.is_idle() {
            self.workers.iter_mut().for_each(Worker::close);
        }
        self.report_status();
    }

    fn stop(&mut self) {
        info!("stopping");
        self.notifier.stopping();
        let orders = self.schedule.stop();
        self.order(&orders);
    }

    fn reload(&mut self) {
        info!("reading {} again", self.shown);
        self.notifier.reloading();
        self.schedule.hurry(Instant::now());
        self.look();
        self.notifier.reloaded();
    }

    /// When to look at the files, if nothing happens before.
    fn next_look(&self) -> Option<Instant> {
        let is_slow = self.unreadable.as_ref().is_some_and(|one| !one.is_missing);
        let every = self.watch.look_every().or(is_slow.then_some(LOOK_EVERY));
        let slow = every.map(|every| self.last_look + every);
        let next = slow.into_iter().chain(self.quiet.due()).min();
        next.filter(|_| !self.schedule.is_stopping())
    }

    fn next_alive(&self) -> Option<Instant> {
        self.watchdog.map(|every| self.last_alive + every)
    }

    /// Looks at the files. What happens to them from now on is noticed.
    fn look(&mut self) {
        self.quiet.over();
        self.watch.follow();
        self.last_look = Instant::now();
        self.look_at_socket();
        match read_versions(self.path) {
            Ok(found) => {
                if self.unreadable.take().is_some() {
                    info!("{} can be read now", self.shown);
                }
                let found = found
                    .into_iter()
                    .map(|(path, version)| (key(&path), version));
                let is_first = !self.schedule.has_begun();
                let news = self.schedule.found(found.collect(), self.last_look);
                if !is_first {
                    log_news(&news);
                }
            }
            Err(error) => self.unreadable(&error),
        }
    }

    /// A new socket means a new Kanto-CM, which may have left containers stopped. The first one is what everything that
    /// failed has waited for.
    fn look_at_socket(&mut self) {
        let Some(socket) = self.watch.socket() else {
            return;
        };
        match self.socket.replace(socket) {
            Some(before) if before == socket => {}
            Some(_) => {
                info!("Kanto-CM was restarted: looking at all containers");
                self.schedule.kanto_cm_restarted(self.last_look);
            }
            None => self.schedule.hurry(self.last_look),
        }
    }

    fn unreadable(&mut self, error: &ScanError) {
        let (reason, is_missing) = (error.to_string(), error.is_missing());
        if self
            .unreadable
            .as_ref()
            .map_or(true, |one| one.reason != reason)
        {
            if is_missing {
                info!("waiting for {}: there is nothing", self.shown);
            } else {
                warn!("{reason}");
            }
        }
        self.unreadable = Some(Unreadable { reason, is_missing });
        self.schedule.missing();
    }

    fn order(&mut self, orders: &[Order]) {
        if orders.is_empty() {
            return;
        }
        if !self.workers.last().is_some_and(Worker::is_open) {
            match Worker::spawn(&self.arguments) {
                Ok(worker) => self.workers.push(worker),
                Err(error) => {
                    error!("cannot start the process that deploys: {error}");
                    return self.lose();
                }
            }
        }
        if let Some(worker) = self.workers.last_mut() {
            for order in orders {
                worker.order(order);
            }
        }
    }

    /// Nobody is left to bring what was ordered to its end.
    fn lose(&mut self) {
        let backoffs = self.schedule.lost(Instant::now(), random());
        log_backoffs(&backoffs);
    }

    fn report_status(&mut self) {
        if self.schedule.is_stopping() {
            return;
        }
        let status = match &self.unreadable {
            Some(one) if one.is_missing => format!("waiting for {}", self.shown),
            Some(one) => one.reason.clone(),
            None => self.schedule.status(),
        };
        self.notifier.status(status);
        if self.schedule.is_ready() {
            self.notifier.ready();
        }
    }

    /// Sleeps until something happens or is due, and notes what happened.
    fn sleep(&mut self) {
        let dues = [self.next_look(), self.next_alive(), self.schedule.due()];
        let due = dues.into_iter().flatten().min();
        let woken = sleep(&self.signals, &self.workers, &self.watch, due);
        if woken.signal {
            self.signals.drain();
        }
        let has_changed = woken.event && self.watch.take_events();
        if has_changed || woken.mount && self.watch.leads_elsewhere() {
            self.quiet.event(Instant::now());
        }
        self.read_results(&woken.workers);
    }

    /// Takes over the results of these workers.
    fn read_results(&mut self, readable: &[bool]) {
        for i in (0..self.workers.len()).rev().filter(|&i| readable[i]) {
            let output = self.workers[i].read();
            for finished in &output.finished {
                self.finished(finished);
            }
            if output.is_invalid {
                self.lose();
            }
            if output.is_over {
                self.over(i);
            }
        }
    }

    fn finished(&mut self, finished: &Finished) {
        if !finished.report.is_empty() {
            (self.print)(&finished.report);
        }
        let backoffs = self.schedule.finished(finished, Instant::now(), random());
        if self.schedule.is_in_doubt() {
            self.quiet.event(Instant::now());
        }
        if !self.schedule.is_stopping() {
            log_backoffs(&backoffs);
        }
    }

    fn over(&mut self, i: usize) {
        let worker = self.workers.remove(i);
        let was_open = worker.is_open();
        let ended = match worker.reap() {
            Ok(status) if status.success() && !was_open => return,
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        };
        error!("the process that deploys has ended early: {ended}");
        if was_open {
            self.lose();
        }
    }
}

/// Spreads what many machines would do at the same time.
fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}
