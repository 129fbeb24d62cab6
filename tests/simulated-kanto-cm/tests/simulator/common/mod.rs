//! A gRPC client of the simulator, and the simulator of this package.
#![allow(dead_code, unreachable_pub)] // every test uses its own part

mod requests;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use grpcio::{CallOption, ChannelBuilder, ClientUnaryReceiver, EnvBuilder, Error, Method};
use protobuf::{Message, MessageField};
use serde_json::Value;
use simulated_kanto_cm::proto::containers::*;
use simulated_kanto_cm::proto::types::{Container, StopOptions, UpdateOptions};
use simulated_kanto_cm::{methods, Process, Setup};

pub use requests::*;

/// Milliseconds that no test waits for.
pub const LONG: u64 = 60_000;

/// A simulator of this package's own program, not started yet.
pub fn prepare(setup: Setup) -> Process {
    Process::prepare_program(env!("CARGO_BIN_EXE_simulated-kanto-cm"), setup)
}

pub fn start(setup: Setup) -> Process {
    let process = prepare(setup);
    process.start_again();
    process
}

/// A simulator and a client of it.
pub fn started(setup: Setup) -> (Process, Client) {
    let process = start(setup);
    let client = Client::new(&process);
    (process, client)
}

/// The text of the daemon's refusal.
#[track_caller]
pub fn refusal<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    match result {
        Err(Error::RpcFailure(status)) => {
            assert_eq!(i32::from(status.code()), 2, "UNKNOWN: {status:?}");
            status.message().to_owned()
        }
        other => panic!("{other:?} is no refusal"),
    }
}

/// The status of a call that the daemon did not answer.
#[track_caller]
pub fn unanswered<T: std::fmt::Debug>(result: Result<T, Error>) -> i32 {
    match result {
        Err(Error::RpcFailure(status)) => i32::from(status.code()),
        other => panic!("{other:?} is an answer"),
    }
}

pub const DEADLINE_EXCEEDED: i32 = 4;
pub const UNAVAILABLE: i32 = 14;

pub struct Client {
    client: grpcio::Client,
    timeout: Option<Duration>,
}

pub type Answer<T> = Result<T, Error>;

impl Client {
    pub fn new(process: &Process) -> Self {
        Self::of(&process.socket())
    }

    /// A client of the simulator at this socket.
    pub fn of(socket: &Path) -> Self {
        let environment = Arc::new(EnvBuilder::new().cq_count(1).build());
        let channel = ChannelBuilder::new(environment)
            .max_receive_message_len(-1)
            // A call that gRPC repeats by itself is another call.
            .enable_retry(false)
            .enable_http_proxy(false)
            .initial_reconnect_backoff(Duration::from_millis(10))
            .max_reconnect_backoff(Duration::from_millis(50))
            .connect(&format!("unix:{}", socket.display()));
        Self {
            client: grpcio::Client::new(channel),
            timeout: None,
        }
    }

    /// The same with a deadline for every call.
    pub fn within(&self, millis: u64) -> Self {
        Self {
            client: self.client.clone(),
            timeout: Some(Duration::from_millis(millis)),
        }
    }

    fn options(&self) -> CallOption {
        let options = CallOption::default().wait_for_ready(true);
        match self.timeout {
            Some(timeout) => options.timeout(timeout),
            None => options,
        }
    }

    fn call<Req: Message, Resp: Message + Unpin>(
        &self,
        method: &Method<Req, Resp>,
        request: &Req,
    ) -> Answer<Resp> {
        self.client.unary_call(method, request, self.options())
    }

    /// Begins a call; dropping what comes back cancels it.
    pub fn begin<Req: Message, Resp: Message>(
        &self,
        method: &Method<Req, Resp>,
        request: &Req,
    ) -> ClientUnaryReceiver<Resp> {
        self.client
            .unary_call_async(method, request, self.options())
            .unwrap()
    }

    pub fn create(&self, container: Value) -> Answer<Container> {
        self.call(&methods::create(), &create_request(container))?
            .container
            .into_option()
            .ok_or(Error::Codec("no container".into()))
    }

    pub fn get(&self, id: &str) -> Answer<Option<Container>> {
        let request = GetContainerRequest {
            id: id.into(),
            ..Default::default()
        };
        Ok(self
            .call(&methods::get(), &request)?
            .container
            .into_option())
    }

    pub fn list(&self) -> Answer<Vec<Container>> {
        Ok(self
            .call(&methods::list(), &ListContainersRequest::default())?
            .containers)
    }

    pub fn start(&self, id: &str) -> Answer<()> {
        self.call(&methods::start(), &start_request(id)).map(drop)
    }

    pub fn stop(&self, id: &str, options: Option<StopOptions>) -> Answer<()> {
        self.call(&methods::stop(), &stop_request(id, options))
            .map(drop)
    }

    pub fn update(&self, id: &str, options: UpdateOptions) -> Answer<()> {
        let request = UpdateContainerRequest {
            id: id.into(),
            updateOptions: MessageField::some(options),
            ..Default::default()
        };
        self.call(&methods::update(), &request).map(drop)
    }

    pub fn pause(&self, id: &str) -> Answer<()> {
        self.call(
            &methods::pause(),
            &PauseContainerRequest {
                id: id.into(),
                ..Default::default()
            },
        )
        .map(drop)
    }

    pub fn unpause(&self, id: &str) -> Answer<()> {
        self.call(
            &methods::unpause(),
            &UnpauseContainerRequest {
                id: id.into(),
                ..Default::default()
            },
        )
        .map(drop)
    }

    pub fn rename(&self, id: &str, name: &str) -> Answer<()> {
        let request = RenameContainerRequest {
            id: id.into(),
            name: name.into(),
            ..Default::default()
        };
        self.call(&methods::rename(), &request).map(drop)
    }

    pub fn remove(&self, id: &str) -> Answer<()> {
        self.call(&methods::remove(), &remove_request(id, true, None))
            .map(drop)
    }

    pub fn remove_with(&self, id: &str, force: bool, options: Option<StopOptions>) -> Answer<()> {
        self.call(&methods::remove(), &remove_request(id, force, options))
            .map(drop)
    }

    /// Creates and starts.
    #[track_caller]
    pub fn run(&self, container: Value) -> String {
        let id = self.create(container).unwrap().id;
        self.start(&id).unwrap();
        id
    }
}

/// Whether a thread blocks SIGUSR1 (bit 9) and not SIGTERM (bit 14).
pub fn shows_ready(simulator: &Process) -> bool {
    let tasks = std::fs::read_dir(format!("/proc/{}/task", simulator.pid())).unwrap();
    tasks.flatten().any(|task| {
        let status = std::fs::read_to_string(task.path().join("status")).unwrap_or_default();
        let blocked = status
            .lines()
            .find_map(|line| line.strip_prefix("SigBlk:"))
            .unwrap_or("0");
        let blocked = u64::from_str_radix(blocked.trim(), 16).unwrap();
        blocked & (1 << 9) != 0 && blocked & (1 << 14) == 0
    })
}

/// What an interrupted call has left of `a` refuses its Create twice, in two ways.
#[track_caller]
pub fn expect_leftovers_of_a(client: &Client) {
    for reason in [
        "snapshot \"a-snapshot\": already exists",
        "failed to create containerIO",
    ] {
        assert_eq!(refusal(client.create(plain("a"))), reason);
    }
}
