//! The Kanto-CM that is deployed to: the simulated one, or `BENCH_SOCKET`, of which nothing but the measured containers is touched.
//!
//! Known limit: a foreign one reports none of its calls; what happens in it is seen by a List every few milliseconds.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use kanto_auto_deployer::container::{Observed, Status};
use kanto_auto_deployer::kanto_cm::{connect, Client, KantoCm as _, Waiting};
use kanto_auto_deployer::sys::signals::StopSignal;
use simulated_kanto_cm::{now_ms, Call, Image, Moment, Process};

use crate::harness::kanto_cm;

/// What a container's name begins with, of whoever is measured.
pub(crate) const PREFIX: &str = "kad-bench-";

const LOOK_EVERY: Duration = Duration::from_millis(5);
const STOP: Duration = Duration::from_secs(10);

/// Where deployers deploy to.
pub(crate) struct KantoCm {
    simulated: Option<Process>,
    socket: PathBuf,
    image: String,
    client: Client,
}

/// What runs of one container at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sight {
    pub(crate) at_ms: u64,
    /// Its environment; `None`: nothing runs.
    pub(crate) running: Option<Vec<String>>,
}

impl KantoCm {
    /// `BENCH_SOCKET`, with `BENCH_IMAGE`, or else a simulated one.
    pub(crate) fn from_environment() -> KantoCm {
        let foreign = std::env::var_os("BENCH_SOCKET").map(PathBuf::from);
        let simulated = foreign.is_none().then(|| kanto_cm().start());
        let simulated_socket = simulated.as_ref().map(Process::socket);
        let socket = foreign.or(simulated_socket).expect("one of them");
        let image = std::env::var("BENCH_IMAGE");
        let cm = KantoCm {
            simulated,
            image: image.unwrap_or_else(|_| "docker.io/library/busybox:1.36".to_owned()),
            client: client(&socket),
            socket,
        };
        cm.remove_own().expect("what an earlier run has left goes");
        cm
    }

    pub(crate) fn is_simulated(&self) -> bool {
        self.simulated.is_some()
    }

    pub(crate) fn socket(&self) -> &Path {
        &self.socket
    }

    pub(crate) fn image(&self) -> &str {
        &self.image
    }

    /// Gives the simulator an image. `false`: it is a foreign Kanto-CM.
    pub(crate) fn set_image(&self, image: Image) -> bool {
        let simulated = self.simulated.as_ref();
        simulated.map(|cm| cm.set_image(image)).is_some()
    }

    /// The containers that were made by who is measured.
    pub(crate) fn own(&self) -> Vec<Observed> {
        let all = self.client.list().expect("a List");
        all.into_iter().filter(is_own).collect()
    }

    /// How many of them run.
    pub(crate) fn running(&self) -> usize {
        let own = self.own();
        own.iter().filter(|container| is_running(container)).count()
    }

    /// Removes them, and nothing else.
    pub(crate) fn remove_own(&self) -> Result<(), String> {
        let list = self.client.list().map_err(|error| error.to_string())?;
        for container in list.iter().filter(|container| is_own(container)) {
            let stop = (container.state.status != Status::Created).then_some(STOP);
            let id = &container.listed.id;
            // Kanto-CM can miss the end of a process that it stops; asked once more, it notices.
            let removed = self.client.remove(id, stop);
            let removed = removed.or_else(|_| self.client.remove(id, stop));
            removed.map_err(|error| format!("cannot remove {id}: {error}"))?;
        }
        self.forget_calls();
        Ok(())
    }

    pub(crate) fn forget_calls(&self) {
        if let Some(cm) = &self.simulated {
            cm.clear_calls();
            cm.clear_history();
        }
    }

    /// What was called since then; `None`: it is a foreign Kanto-CM.
    pub(crate) fn calls(&self) -> Option<Vec<Call>> {
        self.simulated.as_ref().map(Process::calls)
    }

    /// Watches a container while something is done.
    pub(crate) fn watch(&self, name: &str, doing: impl FnOnce()) -> Vec<Sight> {
        if let Some(cm) = &self.simulated {
            cm.clear_history();
            doing();
            let sight = |moment: &Moment| sight_of(moment, name);
            return cm.history().iter().map(sight).collect();
        }
        let is_done = AtomicBool::new(false);
        thread::scope(|scope| {
            let looks = scope.spawn(|| {
                let mut sights = Vec::new();
                while !is_done.load(Ordering::Relaxed) {
                    sights.push(self.look_at(name));
                    thread::sleep(LOOK_EVERY);
                }
                sights.push(self.look_at(name));
                sights
            });
            doing();
            is_done.store(true, Ordering::Relaxed);
            looks.join().expect("Lists")
        })
    }

    pub(crate) fn look_at(&self, name: &str) -> Sight {
        let own = self.own();
        let mut running = own.into_iter().filter(is_running);
        let container = running.find(|container| container.name() == name);
        Sight {
            at_ms: now_ms(),
            running: container.map(|container| container.listed.env.clone()),
        }
    }
}

impl Drop for KantoCm {
    fn drop(&mut self) {
        if let Err(error) = self.remove_own() {
            eprintln!("{error}: remove what is called {PREFIX}… by hand");
        }
    }
}

fn client(socket: &Path) -> Client {
    let waiting = Waiting {
        socket,
        connect_timeout: Duration::from_secs(10),
        jobs: 1,
        create_timeout: Duration::MAX,
        stop: &StopSignal::default(),
        end_soon: None,
        is_ready: &|_| true,
    };
    let connected = connect(&waiting);
    let (client, ..) = connected.unwrap_or_else(|error| panic!("{}: {error:?}", socket.display()));
    client
}

/// Stand-ins of a replacement that was interrupted included.
fn is_own(container: &Observed) -> bool {
    let name = container.name();
    let name = name
        .strip_prefix("kad-next.")
        .or(name.strip_prefix("kad-prev."));
    name.unwrap_or(container.name()).starts_with(PREFIX)
}

fn is_running(container: &Observed) -> bool {
    container.state.status == Status::Running
}

fn sight_of(moment: &Moment, name: &str) -> Sight {
    let container = moment.container(name).filter(|container| container.alive);
    let env = |value: &serde_json::Value| {
        let words = value["config"]["env"].as_array().into_iter().flatten();
        let words = words.filter_map(|word| word.as_str().map(str::to_owned));
        words.collect()
    };
    Sight {
        at_ms: moment.at_ms,
        running: container.map(|container| env(&container.whole)),
    }
}
