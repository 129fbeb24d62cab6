//! The watcher's loop: sleep until an event comes or something is due, read the files, order, read results.

use std::collections::hash_map::RandomState;
use std::ffi::OsString;
use std::hash::{BuildHasher, Hasher};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use log::{error, info, warn};

use super::changes::{log_backoffs, log_changes, log_layers, log_new};
use super::debounce::Debounce;
use super::protocol::{file_key, Finished, Order};
use super::schedule::Schedule;
use super::sleep::sleep;
use super::watch::{shown, Socket, Watch, LOOK_EVERY};
use super::worker::Worker;
use crate::cli::Options;
use crate::exit::Exit;
use crate::manifests_parser::{read_stamps, ScanError, Stamps};
use crate::sys::limits;
use crate::sys::notify::{self, Notifier};
use crate::sys::signals::DaemonSignals;
use crate::text::printable_path;

/// Why the daemon waits for a layer that was there.
const LAYER_IS_GONE: &str =
    "it does not exist any more, so all containers stay as they are; SIGHUP: go on without it";

/// Follows the manifests of these layers and Kanto-CM's socket until a signal ends it. The worker gets `arguments`, those of this
/// process. `print` takes the results.
pub fn run(
    layers: &[PathBuf],
    options: &Options,
    arguments: Vec<OsString>,
    print: &dyn Fn(&str),
) -> Exit {
    let signals = match DaemonSignals::install() {
        Ok(signals) => signals,
        Err(error) => {
            error!("cannot handle signals: {}", limits::named(&error));
            return Exit::KantoCmUnreachable;
        }
    };
    let mut daemon = Daemon {
        layers,
        shown: shown(layers),
        missing_layers: None,
        stray_drop_ins: Vec::new(),
        arguments,
        print,
        signals,
        watch: Watch::new(layers, &options.socket_cm),
        socket: None,
        debounce: Debounce::default(),
        schedule: Schedule::new(options.prune),
        workers: Vec::new(),
        notifier: Notifier::default(),
        read_failure: None,
        is_leased: false,
        last_look: Instant::now(),
        watchdog: notify::watchdog(),
        last_alive: Instant::now(),
    };
    info!("watching {}", daemon.shown);
    daemon.look();
    loop {
        daemon.do_what_is_due();
        // Checked before the sleep: an idle daemon would sleep for good.
        if daemon.is_over() {
            return Exit::UpToDate;
        }
        daemon.sleep();
    }
}

struct Daemon<'a> {
    layers: &'a [PathBuf],
    shown: String,
    /// At the last look; `None`: whatever is missing, the daemon goes on without it.
    missing_layers: Option<Vec<PathBuf>>,
    /// Directories of drop-ins without a manifest, at the last look.
    stray_drop_ins: Vec<PathBuf>,
    arguments: Vec<OsString>,
    print: &'a dyn Fn(&str),
    signals: DaemonSignals,
    watch: Watch,
    /// Kanto-CM's socket at the last look.
    socket: Option<Socket>,
    debounce: Debounce,
    schedule: Schedule,
    /// At most one takes orders; the others are about to end.
    workers: Vec<Worker>,
    notifier: Notifier,
    /// Why the manifests could not be read at the last look.
    read_failure: Option<ReadFailure>,
    /// Another program holds a lease on one of the manifests.
    is_leased: bool,
    last_look: Instant,
    watchdog: Option<Duration>,
    last_alive: Instant,
}

/// Why the manifests could not be read.
struct ReadFailure {
    /// As the status says it.
    reason: String,
    /// The path does not exist: an event will come when it does.
    is_missing: bool,
}

impl Daemon<'_> {
    fn is_over(&self) -> bool {
        self.schedule.is_stopping() && self.schedule.is_idle() && self.workers.is_empty()
    }

    fn do_what_is_due(&mut self) {
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
        self.missing_layers = None;
        self.notifier.reloading();
        self.schedule.hurry(Instant::now());
        self.look();
        self.notifier.reloaded();
    }

    /// Returns when to look at the files if no event comes before.
    fn next_look(&self) -> Option<Instant> {
        if self.schedule.is_stopping() {
            return None;
        }
        let failure = self.read_failure.as_ref();
        let is_slow = self.is_leased || failure.is_some_and(|failure| !failure.is_missing);
        let every = self.watch.look_every().or(is_slow.then_some(LOOK_EVERY));
        let slow = every.map(|every| self.last_look + every);
        slow.into_iter().chain(self.debounce.due()).min()
    }

    fn next_alive(&self) -> Option<Instant> {
        self.watchdog.map(|every| self.last_alive + every)
    }

    /// Reads which files there are. Every later change of them causes an event.
    fn look(&mut self) {
        self.debounce.reset();
        self.watch.follow();
        self.last_look = Instant::now();
        self.look_at_socket();
        match read_stamps(self.layers) {
            Ok(found) => match self.gone_layer(&found) {
                Some(gone) => self.wait_for(&gone, LAYER_IS_GONE),
                None => self.take_over(found),
            },
            Err(error) => self.note_read_failure(&error),
        }
    }

    /// Finds a layer that was there at the last look and is not there any more.
    fn gone_layer(&self, found: &Stamps) -> Option<String> {
        let before = self.missing_layers.as_ref()?;
        let mut missing = found.missing_layers.iter();
        let gone = missing.find(|missing| !before.contains(missing))?;
        Some(printable_path(gone))
    }

    fn take_over(&mut self, found: Stamps) {
        self.is_leased = found.is_leased;
        if self.read_failure.take().is_some() {
            info!("{} can be read now", self.shown);
        }
        let is_first = !self.schedule.has_begun();
        if !is_first {
            log_new(&self.stray_drop_ins, &found.stray_drop_ins);
        }
        let before = self.missing_layers.take().unwrap_or_default();
        log_layers(&before, &found.missing_layers);
        self.stray_drop_ins = found.stray_drop_ins;
        self.schedule.lack(!found.missing_layers.is_empty());
        self.missing_layers = Some(found.missing_layers);
        let stamps = found.stamps.into_iter();
        let stamps = stamps.map(|(path, stamp)| (file_key(&path), stamp));
        let changes = self.schedule.found(stamps.collect(), self.last_look);
        if !is_first {
            log_changes(&changes, self.schedule.prunes());
        }
    }

    /// A new socket means a new Kanto-CM, which may have left containers stopped. With the first socket, whatever has failed
    /// is tried again at once.
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

    fn note_read_failure(&mut self, error: &ScanError) {
        if error.is_missing() {
            return self.wait_for(&self.shown.clone(), "it does not exist");
        }
        let reason = error.to_string();
        if self.is_new_failure(&reason) {
            warn!("{reason}");
        }
        self.cannot_read(reason, false);
    }

    fn wait_for(&mut self, path: &str, why: &str) {
        let reason = format!("waiting for {path}");
        if self.is_new_failure(&reason) {
            info!("{reason}: {why}");
        }
        self.cannot_read(reason, true);
    }

    fn is_new_failure(&self, reason: &str) -> bool {
        let before = self.read_failure.as_ref();
        before.map_or(true, |failure| failure.reason != reason)
    }

    fn cannot_read(&mut self, reason: String, is_missing: bool) {
        self.read_failure = Some(ReadFailure { reason, is_missing });
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
                    let error = limits::named(&error);
                    error!("cannot start the worker process: {error}");
                    return self.worker_lost();
                }
            }
        }
        if let Some(worker) = self.workers.last_mut() {
            for order in orders {
                worker.order(order);
            }
        }
    }

    /// Notes that the worker will answer nothing any more.
    fn worker_lost(&mut self) {
        let backoffs = self.schedule.lost(Instant::now(), random());
        log_backoffs(&backoffs);
    }

    fn report_status(&mut self) {
        if self.schedule.is_stopping() {
            return;
        }
        let status = match &self.read_failure {
            Some(failure) => failure.reason.clone(),
            None => self.schedule.status(),
        };
        self.notifier.status(status);
        if self.schedule.is_ready() {
            self.notifier.ready();
        }
    }

    /// Sleeps until an event comes or something is due, and notes the event.
    fn sleep(&mut self) {
        let dues = [self.next_look(), self.next_alive(), self.schedule.due()];
        let due = dues.into_iter().flatten().min();
        let woken = sleep(&self.signals, &self.workers, &self.watch, due);
        if woken.signal {
            self.signals.drain();
        }
        let has_changed = woken.event && self.watch.take_events();
        if has_changed || woken.mount && self.watch.leads_elsewhere() {
            self.debounce.event(Instant::now());
        }
        self.read_results(&woken.workers);
    }

    /// Reads the results of the workers that have written some.
    fn read_results(&mut self, readable: &[bool]) {
        for i in (0..self.workers.len()).rev().filter(|&i| readable[i]) {
            let output = self.workers[i].read();
            for finished in &output.finished {
                self.finished(finished);
            }
            if output.is_invalid {
                self.worker_lost();
            }
            if output.is_over {
                self.worker_ended(i);
            }
        }
    }

    fn finished(&mut self, finished: &Finished) {
        if !finished.report.is_empty() {
            (self.print)(&finished.report);
        }
        let backoffs = self.schedule.finished(finished, Instant::now(), random());
        if self.schedule.is_in_doubt() {
            self.debounce.event(Instant::now());
        }
        if !self.schedule.is_stopping() {
            log_backoffs(&backoffs);
        }
    }

    fn worker_ended(&mut self, i: usize) {
        let worker = self.workers.remove(i);
        let was_open = worker.is_open();
        let ended = match worker.reap() {
            Ok(status) if status.success() && !was_open => return,
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        };
        error!("the worker process ended early: {ended}");
        if was_open {
            self.worker_lost();
        }
    }
}

/// Spreads the retries of many machines.
fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}
