//! What a simulator gets before it starts: images, programs, timings and the containers that are there already. The
//! tests write these types, the simulator reads them from its control input.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How a simulator behaves. `Setup::default()` is a daemon that is through with its start at once, holds no container
/// and pulls any image in no time.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct Setup {
    /// Images that need more than the default treatment.
    pub images: Vec<Image>,
    /// No network: an image that is neither listed nor in the store cannot be pulled.
    pub offline: bool,
    /// How long List stays empty after the socket has opened.
    pub load_ms: u64,
    /// How long one step of restoring takes: bringing up the network, noticing the vanished ones, and then the starts, side
    /// by side.
    pub restore_ms: u64,
    /// Whether a thread with SIGUSR1 blocked and SIGTERM not shows that the start is over.
    pub ready_sign: bool,
    /// How long after the end of the start it shows: as long as connecting to the broker takes. SIGTERM kills the daemon
    /// until then.
    pub ready_sign_ms: u64,
    /// How far the machine's wall clock is ahead, in milliseconds; behind, where this is negative.
    pub clock_ms: i64,
    /// No space is left for the daemon's own store: what it saves is lost, and nobody notices.
    pub disk_full: bool,
    /// How long a Start takes.
    pub start_ms: u64,
    /// The machine's host name, which Start writes into containers of network mode host.
    pub machine_host_name: String,
    /// Ports that a program outside of any container listens on.
    pub ports_in_use: Vec<u16>,
    /// Containers that a fresh home directory is filled with.
    pub containers: Vec<Existing>,
    /// How long a Stop or Remove takes that loses the exit; `None`: as its stop options say.
    pub lost_exit_ms: Option<u64>,
    /// How old an image's record must be for the image to go with its last container.
    pub image_expiry_days: u64,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            images: Vec::new(),
            offline: false,
            load_ms: 0,
            restore_ms: 0,
            ready_sign: true,
            ready_sign_ms: 0,
            clock_ms: 0,
            disk_full: false,
            start_ms: 0,
            machine_host_name: "the-machine".to_owned(),
            ports_in_use: Vec::new(),
            containers: Vec::new(),
            lost_exit_ms: None,
            image_expiry_days: 31,
        }
    }
}

impl Setup {
    /// The entry of an image, if it has one.
    pub(crate) fn image(&self, name: &str) -> Option<&Image> {
        self.images.iter().find(|image| image.name == name)
    }

    /// Replaces the entry of an image or adds it. The store of a simulator that has run stays as it is.
    pub fn put_image(&mut self, image: Image) {
        self.images.retain(|old| old.name != image.name);
        self.images.push(image);
    }
}

/// An image: whether the store holds it, how its pull goes, and what its program does.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Image {
    /// The reference, as the container names it.
    pub name: String,
    /// Whether containerd holds it from the beginning.
    pub in_store: bool,
    /// Age of its record, when `in_store`. A pulled image is new.
    pub age_days: u64,
    /// How long its pull takes, also one that fails.
    pub pull_ms: u64,
    /// The text a pull fails with.
    pub pull_error: Option<String>,
    /// How many pulls fail with `pull_error` before they succeed; `None`: all.
    pub pull_failures: Option<u32>,
    /// What its containers do, unless the first word of their `cmd` says something else.
    pub program: Program,
    /// How long a Start takes, instead of [`Setup::start_ms`].
    pub start_ms: Option<u64>,
}

impl Image {
    /// An image that is not in the store and is pulled at once.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..Self::default()
        }
    }

    /// It is in the store, with a record of this age.
    #[must_use]
    pub fn in_store(mut self, age_days: u64) -> Self {
        self.in_store = true;
        self.age_days = age_days;
        self
    }

    /// Its pull takes this long.
    #[must_use]
    pub fn pull_ms(mut self, pull_ms: u64) -> Self {
        self.pull_ms = pull_ms;
        self
    }

    /// Every pull fails with this text.
    #[must_use]
    pub fn pull_fails(mut self, error: impl Into<String>) -> Self {
        self.pull_error = Some(error.into());
        self
    }

    /// The first `times` pulls fail with this text.
    #[must_use]
    pub fn pull_fails_at_first(mut self, times: u32, error: impl Into<String>) -> Self {
        self.pull_failures = Some(times);
        self.pull_fails(error)
    }

    /// Its containers run this program.
    #[must_use]
    pub fn program(mut self, program: Program) -> Self {
        self.program = program;
        self
    }

    /// A Start of its containers takes this long.
    #[must_use]
    pub fn start_ms(mut self, start_ms: u64) -> Self {
        self.start_ms = Some(start_ms);
        self
    }
}

/// What runs in a container. The words in brackets, as the container's `cmd`, choose it whatever the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Program {
    /// Runs until it is asked to stop (`/simulated/run [STOP_MS [CODE]]`).
    Run {
        /// How long it takes to stop.
        stop_ms: u64,
        /// What it exits with when it was asked to stop.
        code: i64,
    },
    /// Runs and ignores every signal but SIGKILL (`/simulated/stubborn`).
    Stubborn,
    /// Ends by itself (`/simulated/exit CODE [AFTER_MS]`).
    Exit {
        /// What it exits with.
        code: i64,
        /// How long after its start.
        after_ms: u64,
    },
    /// The command does not exist: Start fails (`/simulated/missing`).
    Missing,
}

impl Default for Program {
    fn default() -> Self {
        Self::Run {
            stop_ms: 0,
            code: 0,
        }
    }
}

impl Program {
    /// The program that the words of a `cmd` choose, if they do.
    pub fn from_words(words: &[String]) -> Option<Self> {
        let number = |at: usize| words.get(at).and_then(|word| word.parse().ok());
        let millis = |at: usize| {
            words
                .get(at)
                .and_then(|word| word.parse().ok())
                .unwrap_or(0)
        };
        match words.first()?.as_str() {
            "/simulated/run" => Some(Self::Run {
                stop_ms: millis(1),
                code: number(2).unwrap_or(0),
            }),
            "/simulated/stubborn" => Some(Self::Stubborn),
            "/simulated/exit" => Some(Self::Exit {
                code: number(1).unwrap_or(0),
                after_ms: millis(2),
            }),
            "/simulated/missing" => Some(Self::Missing),
            _ => None,
        }
    }
}

/// A container that a fresh home directory is filled with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Existing {
    /// The container by the API's field names; what is left out gets the daemon's defaults.
    pub container: Value,
    /// How it was left.
    pub left: Left,
}

impl Existing {
    /// A container by the API's field names, and how it was left.
    pub fn new(container: Value, left: Left) -> Self {
        Self { container, left }
    }
}

/// How a container was left before the simulator's first start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Left {
    /// Created, never started: the daemon does not start it.
    Created,
    /// Running, as after a crash of the daemon.
    Running,
    /// Listed as running until the daemon starts again: it has missed the end of the process.
    LostExit,
    /// Paused, as after a crash of the daemon.
    Paused,
    /// Stopped by the daemon's own clean stop: started again by its policy.
    Stopped,
    /// Stopped by a call.
    ManuallyStopped,
    /// Ended by itself with this exit code.
    Exited(i64),
    /// Removed and listed all the same, as after a crash in the middle of a Remove: until the daemon starts again.
    Dead,
}
