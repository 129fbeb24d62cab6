//! What is checked: a simulator of the check's own, or the real daemon that all checks share.

use std::any::Any;
use std::collections::BTreeSet;
use std::env;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::Once;

use nix::sys::signal::{kill, Signal};
use nix::unistd::Pid;
use parking_lot::Mutex;
use serde_json::{json, Value};
use simulated_kanto_cm::proto::types::Container;
use simulated_kanto_cm::{Process, Setup};

use crate::common::{refusal, start, stop_options, with, Answer, Client};
use crate::does::Does;
use crate::machine::{shell, shows_ready, wait};

/// What the ids of all containers begin with.
const MARK: &str = "cfm";

/// Each check is alone with a real daemon: some end it, and calls side by side meet its races.
static TURN: Mutex<()> = Mutex::new(());
static NUMBER: AtomicU32 = AtomicU32::new(0);
static TIDY: Once = Once::new();

enum Daemon {
    Simulated(Box<Process>),
    Real(PathBuf),
}

/// A way in which a daemon ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    CleanStop,
    Kill,
    PowerCut,
}

impl End {
    fn variable(self) -> &'static str {
        match self {
            Self::CleanStop => "CONFORMANCE_STOP",
            Self::Kill => "CONFORMANCE_KILL",
            Self::PowerCut => "CONFORMANCE_POWER_CUT",
        }
    }
}

/// A daemon, and the containers of one check.
pub(crate) struct Subject {
    pub(crate) client: Client,
    daemon: Daemon,
    prefix: String,
    created: Mutex<BTreeSet<String>>,
    _turn: Option<Box<dyn Any>>,
}

fn real_socket() -> Option<PathBuf> {
    env::var_os("CONFORMANCE_SOCKET").map(PathBuf::from)
}

/// What gives a container this restart policy.
pub(crate) fn with_policy(kind: &str) -> Value {
    json!({"host_config": {"restart_policy": {"type": kind}}})
}

impl Subject {
    /// For a check that leaves the daemon alone.
    pub(crate) fn new() -> Self {
        match real_socket() {
            Some(socket) => Self::of(Daemon::Real(socket), Some(Box::new(TURN.lock()))),
            None => Self::of(Daemon::Simulated(Box::new(start(Setup::default()))), None),
        }
    }

    /// For a check that ends the daemon so; `None`, with a word about it, where that cannot be done.
    pub(crate) fn that_ends(end: End) -> Option<Self> {
        let needed = [end.variable(), "CONFORMANCE_START"];
        let missing = needed
            .iter()
            .find(|variable| env::var_os(variable).is_none());
        if let (Some(_), Some(variable)) = (real_socket(), missing) {
            eprintln!("skipped: {variable} is not set, and a socket cannot end the daemon");
            return None;
        }
        Some(Self::new())
    }

    fn of(daemon: Daemon, turn: Option<Box<dyn Any>>) -> Self {
        let client = Client::of(&socket_of(&daemon));
        TIDY.call_once(|| remove_others(&client, &BTreeSet::new()));
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        Self {
            client,
            daemon,
            prefix: format!("{MARK}{}x{number}-", process::id()),
            created: Mutex::default(),
            _turn: turn,
        }
    }

    /// The whole id of a container of this check.
    pub(crate) fn id(&self, short: &str) -> String {
        format!("{}{short}", self.prefix)
    }

    /// A text with the short ids of this check's containers.
    pub(crate) fn short(&self, text: &str) -> String {
        text.replace(&self.prefix, "")
    }

    /// The text of a refusal, with short ids.
    #[track_caller]
    pub(crate) fn refusal<T: std::fmt::Debug>(&self, result: Answer<T>) -> String {
        self.short(&refusal(result))
    }

    pub(crate) fn image(&self) -> String {
        match self.daemon {
            Daemon::Real(_) => env::var("CONFORMANCE_IMAGE").expect("CONFORMANCE_IMAGE is set"),
            Daemon::Simulated(_) => "registry/image:1".to_owned(),
        }
    }

    /// A container with this short id.
    pub(crate) fn spec(&self, short: &str, does: Does, more: Value) -> Value {
        let words = match self.daemon {
            Daemon::Real(_) => does.real(),
            Daemon::Simulated(_) => does.simulated(),
        };
        let plain = json!({
            "id": self.id(short),
            "image": {"name": self.image()},
            "config": {"cmd": words},
        });
        with(plain, more)
    }

    /// Creates a container that is removed at the end of the check.
    pub(crate) fn create(&self, container: Value) -> Answer<Container> {
        let created = self.client.create(container)?;
        self.created.lock().insert(created.id.clone());
        Ok(created)
    }

    /// Creates a container. The answer is its whole id.
    #[track_caller]
    pub(crate) fn made(&self, short: &str, does: Does, more: Value) -> String {
        self.create(self.spec(short, does, more)).unwrap().id
    }

    /// Creates a container and starts it. The answer is its whole id.
    #[track_caller]
    pub(crate) fn run(&self, short: &str, does: Does, more: Value) -> String {
        let id = self.made(short, does, more);
        self.client.start(&id).unwrap();
        if let Daemon::Real(_) = self.daemon {
            let process = PathBuf::from(format!("/proc/{}", self.get(&id).state.pid));
            wait("a program to handle SIGTERM", || {
                does.is_set_up(&process).then_some(()).ok_or(())
            });
        }
        id
    }

    /// The container with this whole id. It must be there.
    #[track_caller]
    pub(crate) fn get(&self, id: &str) -> Container {
        let container = self.client.get(id).unwrap();
        container.unwrap_or_else(|| panic!("{id} is not there"))
    }

    /// Waits until the container is up to date.
    #[track_caller]
    pub(crate) fn wait_for(&self, id: &str, wanted: impl Fn(&Container) -> bool) -> Container {
        wait(&format!("a change of {id}"), || {
            let container = self.get(id);
            if wanted(&container) {
                return Ok(container);
            }
            Err(format!("{:?}", container.state))
        })
    }

    #[track_caller]
    pub(crate) fn wait_for_status(&self, id: &str, status: &str) -> Container {
        self.wait_for(id, |container| container.state.status == status)
    }

    /// Ends the daemon, starts it again, and waits until its start is over.
    pub(crate) fn restart(&self, end: End) {
        for id in self.created.lock().iter() {
            // It waits for the container's own lock: a clean stop that meets the noticing of an end can hang for good.
            self.client.rename(id, "").unwrap();
        }
        match (&self.daemon, end) {
            (Daemon::Simulated(simulator), End::CleanStop) => simulator.clean_stop(),
            (Daemon::Simulated(simulator), End::Kill) => simulator.kill(),
            (Daemon::Simulated(simulator), End::PowerCut) => simulator.power_cut(),
            (Daemon::Real(_), end) => shell(end.variable()),
        }
        match &self.daemon {
            Daemon::Simulated(simulator) => simulator.start_again(),
            Daemon::Real(_) => shell("CONFORMANCE_START"),
        }
        let socket = socket_of(&self.daemon);
        wait("the sign that the daemon's start is over", || {
            shows_ready(&socket).then_some(()).ok_or(())
        });
        // The crash loop of an earlier check may be back: its end and its Remove have met.
        remove_others(&self.client, &self.created.lock());
    }

    /// Kills the process of a container from outside.
    pub(crate) fn kill_process(&self, id: &str) {
        if let Daemon::Simulated(simulator) = &self.daemon {
            return simulator.exit_container(id, 137);
        }
        let pid = i32::try_from(self.get(id).state.pid).unwrap();
        assert!(pid > 1, "{id} has no process");
        kill(Pid::from_raw(pid), Signal::SIGKILL).unwrap();
    }
}

impl Drop for Subject {
    fn drop(&mut self) {
        if let Daemon::Real(_) = self.daemon {
            for id in self.created.lock().iter() {
                remove(&self.client, id);
            }
        }
    }
}

fn socket_of(daemon: &Daemon) -> PathBuf {
    match daemon {
        Daemon::Simulated(simulator) => simulator.socket(),
        Daemon::Real(socket) => Path::to_owned(socket),
    }
}

/// Removes the containers that were left by other checks.
fn remove_others(client: &Client, own: &BTreeSet<String>) {
    for left in client.list().expect("the daemon answers") {
        if left.id.starts_with(MARK) && !own.contains(&left.id) {
            remove(client, &left.id);
        }
    }
}

/// Where an earlier call has left something a Remove fails once.
fn remove(client: &Client, id: &str) {
    let patient = client.within(20_000);
    for _ in 0..2 {
        let removed = patient.remove_with(id, true, stop_options(1, true));
        if removed.is_ok() {
            return;
        }
    }
}
