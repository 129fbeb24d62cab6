//! All that takes part: the directory, the daemon, the simulator.

use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use serde_json::json;
use simulated_kanto_cm::{Existing, Left, Phase, Process, State};

use crate::daemon::{Daemon, PATIENCE};
use crate::directory::Directory;
use crate::harness::kanto_cm;
use crate::log::Log;
use crate::manifest::Manifest;
use crate::random::Random;

/// A container that somebody else has made.
pub(crate) const FOREIGN: &str = "foreign";

pub(crate) struct World {
    pub(crate) random: Random,
    pub(crate) log: Arc<Log>,
    pub(crate) directory: Directory,
    pub(crate) cm: Process,
    /// When the simulator is to be started again, while it is down.
    pub(crate) cm_back: Option<Instant>,
    pub(crate) daemon: Daemon,
    pub(crate) counts: Counts,
    serial: u64,
}

/// What a phase has seen.
#[derive(Debug, Default, Clone)]
pub(crate) struct Counts {
    pub(crate) operations: u64,
    /// Of the simulator.
    pub(crate) restarts: u64,
    /// The simulator died of a fault.
    pub(crate) deaths: u64,
    /// Of the worker process.
    pub(crate) kills: u64,
    /// Of the daemon.
    pub(crate) daemons: u64,
}

impl World {
    pub(crate) fn new(seed: u64, base: &Path) -> World {
        let foreign = json!({ "id": FOREIGN, "name": FOREIGN, "image": { "name": FOREIGN } });
        let cm = kanto_cm()
            .containers([Existing::new(foreign, Left::Running)])
            .start();
        let log = Arc::default();
        let directory = Directory::new(base);
        World {
            random: Random::new(seed),
            daemon: Daemon::start(&cm, &directory.path(), &log),
            log,
            directory,
            cm,
            cm_back: None,
            counts: Counts::default(),
            serial: 0,
        }
    }

    /// Something of its own for every manifest.
    pub(crate) fn serial(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    /// A manifest for this container.
    pub(crate) fn manifest(&mut self, name: &str) -> Manifest {
        let serial = self.serial();
        Manifest::any(name, serial, &mut self.random)
    }

    /// A time up to that.
    pub(crate) fn ms(&mut self, most: u64) -> Duration {
        Duration::from_millis(self.random.below(most + 1))
    }

    /// What the simulator holds, if it runs and knows already.
    pub(crate) fn loaded_state(&self) -> Option<State> {
        let state = self.cm.state_if_running()?;
        (state.phase != Phase::Loading).then_some(state)
    }

    /// Sends the simulator a command, which it does not receive if a fault kills it meanwhile, and does not do if the container
    /// in question has just ended. Was it received?
    pub(crate) fn try_with_cm(&self, send: impl FnOnce(&Process)) -> bool {
        let sent = catch_unwind(AssertUnwindSafe(|| send(&self.cm)));
        if let Err(panic) = sent {
            let why = panic.downcast_ref::<String>();
            let is_old_news = why.is_some_and(|why| {
                why.contains("does not run") || why.contains("there is no container")
            });
            if self.cm.is_running() && !is_old_news {
                resume_unwind(panic);
            }
            return false;
        }
        true
    }

    /// Starts the simulator again if it is time, or if a fault has killed it.
    pub(crate) fn look_after_cm(&mut self) {
        let now = Instant::now();
        match self.cm_back {
            Some(at) if at <= now => {
                self.cm_back = None;
                self.start_cm();
            }
            None if !self.cm.is_running() => {
                self.counts.deaths += 1;
                self.log.add("soak  the simulator has died".to_owned());
                self.cm.kill(); // reaps it
                let pause = self.ms(1500);
                self.cm_back = Some(now + pause);
            }
            _ => {}
        }
    }

    /// Ends the daemon by SIGTERM. Some of what is under way needs Kanto-CM.
    pub(crate) fn end_daemon(&mut self) -> Result<(), String> {
        self.daemon.signal(Signal::SIGTERM);
        let begin = Instant::now();
        while begin.elapsed() < PATIENCE {
            self.look_after_cm();
            match self.daemon.ended() {
                Some(status) if status.success() => return Ok(()),
                Some(status) => return Err(format!("the daemon has ended with {status}")),
                None => std::thread::sleep(Duration::from_millis(20)),
            }
        }
        Err(format!("the daemon has not ended within {PATIENCE:?}"))
    }

    /// Starts the simulator again, sometimes a slow one.
    pub(crate) fn start_cm(&mut self) {
        let (load, restore) = match self.random.below(3) {
            0 => (0, 0),
            _ => (self.random.below(500), self.random.below(800)),
        };
        self.log.add(format!(
            "soak  the simulator starts, load {load} ms, restore {restore} ms"
        ));
        self.cm.start_again_with(|setup| {
            setup.load_ms = load;
            setup.restore_ms = restore;
        });
    }
}
