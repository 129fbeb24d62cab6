//! The gRPC client: blocking calls over one connection, and the rules for how long a call is waited for.
//!
//! Interrupting a Start, Unpause or Remove leaves Kanto-CM in pieces, so these have no deadline and are never cancelled;
//! after every minute without an answer a List shows whether Kanto-CM still answers.

use std::io::Read as _;
use std::path::Path;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use futures_core::Stream as _;
use grpcio::{
    CallOption, ClientSStreamReceiver, ConnectivityState, Marshaller, Method, MethodType,
    RpcStatusCode,
};
use log::warn;
use protobuf::well_known_types::empty::Empty;
use protobuf::Message;

use super::channel::open_channel;
use super::patience::{Patience, Unpark};
use super::proto::containers as api;
use super::{convert, CallError, KantoCm, Peer};
use crate::container::{Observed, Spec, Update};
use crate::sys::signals::StopSignal;
use crate::text::{printable, shortened};

const QUERY_DEADLINE: Duration = Duration::from_secs(10);
/// How much gRPC's clock may be ahead of ours.
const TIMER_SLACK: Duration = Duration::from_millis(100);
/// A changing call that takes this long is followed by a List, which Kanto-CM answers at once unless it is deadlocked.
const UNANSWERED: Duration = Duration::from_secs(60);
/// gRPC's own deadline waits for a write that is under way, and that for a Kanto-CM that reads.
const OVERDUE: Duration = Duration::from_secs(1);
/// How soon a stop signal ends a pull.
const SIGNAL_CHECK: Duration = Duration::from_millis(50);

macro_rules! method {
    ($name:literal) => {
        concat!(
            "/github.com.eclipse_kanto.container_management.containerm.api.services.containers.Containers/",
            $name
        )
    };
}

/// Messages are bytes to gRPC: what it does for a call is there once, and not for each type.
const BYTES: Marshaller<Vec<u8>> = Marshaller {
    ser: |message, slice| {
        *slice = message.clone().into();
        Ok(())
    },
    de: |mut reader| {
        let mut message = Vec::with_capacity(reader.len());
        reader
            .read_to_end(&mut message)
            .map_err(protobuf::Error::from)?;
        Ok(message)
    },
};

/// One connection to Kanto-CM.
pub struct Client {
    grpc: grpcio::Client,
    peer: Option<Peer>,
    create_timeout: Duration,
    stop: StopSignal,
    /// A call was answered, so a missing connection means a broken one.
    was_connected: Arc<AtomicBool>,
    /// Where Kanto-CM keeps the files of containers, by its own path, once a List has shown it.
    home: Arc<OnceLock<String>>,
}

impl Client {
    /// Prepares a connection to the socket, where `peer` listens; the first call establishes it. `create_timeout` is the
    /// deadline of one Create, image pull included; `stop` ends a Create or a query early.
    pub fn new(
        socket: &Path,
        peer: Option<Peer>,
        create_timeout: Duration,
        stop: StopSignal,
    ) -> Client {
        let grpc = grpcio::Client::new(open_channel(socket));
        Client {
            grpc,
            peer,
            create_timeout,
            stop,
            was_connected: Arc::default(),
            home: Arc::default(),
        }
    }

    /// Makes a client for the same connection whose calls no stop signal ends.
    #[must_use]
    pub fn unstoppable(&self) -> Client {
        Client {
            grpc: self.grpc.clone(),
            peer: self.peer,
            create_timeout: self.create_timeout,
            stop: StopSignal::default(),
            was_connected: Arc::clone(&self.was_connected),
            home: Arc::clone(&self.home),
        }
    }

    /// Makes a client for the same connection whose Creates this signal ends.
    #[must_use]
    pub fn stopped_by(&self, stop: StopSignal) -> Client {
        Client {
            stop,
            ..self.unstoppable()
        }
    }

    /// The process that answers.
    pub fn peer(&self) -> Option<Peer> {
        self.peer
    }

    /// The directory in which Kanto-CM keeps the files of containers, by its own path; empty: not known.
    pub fn home(&self) -> &str {
        self.home.get().map_or("", String::as_str)
    }

    /// A List with a deadline of its own.
    pub fn list_within(&self, deadline: Duration) -> Result<Vec<Observed>, CallError> {
        self.list_with(&Patience::query(deadline))
    }

    fn list_with(&self, patience: &Patience) -> Result<Vec<Observed>, CallError> {
        let answer: api::ListContainersResponse = self.call(
            method!("List"),
            &api::ListContainersRequest::new(),
            patience,
        )?;
        for container in &answer.containers {
            let directory = container.hosts_path.rsplit_once('/');
            if let Some((home, _)) = directory.and_then(|(directory, _)| directory.rsplit_once('/'))
            {
                let _ = self.home.set(home.to_owned()); // it stays the same
            }
        }
        Ok(answer
            .containers
            .into_iter()
            .map(convert::from_wire)
            .collect())
    }

    fn call<R: Message>(
        &self,
        method: &'static str,
        request: &impl Message,
        patience: &Patience,
    ) -> Result<R, CallError> {
        let lost = |error: protobuf::Error| CallError::Lost(error.to_string());
        let request = request.write_to_bytes().map_err(lost)?;
        let answer = self.call_bytes(method, &request, patience)?;
        R::parse_from_bytes(&answer).map_err(lost)
    }

    fn call_bytes(
        &self,
        method: &'static str,
        request: &Vec<u8>,
        patience: &Patience,
    ) -> Result<Vec<u8>, CallError> {
        // gRPC would connect to a new Kanto-CM by itself, and that one may be restoring its containers.
        if self.peer.is_some_and(|peer| !peer.lives()) {
            return Err(CallError::Lost("Kanto-CM has ended".to_owned()));
        }
        if self.was_connected.load(Ordering::Relaxed) && !self.is_connected() {
            return Err(CallError::Lost("Kanto-CM has closed it".to_owned()));
        }
        let options = CallOption::default();
        let options = match patience.deadline {
            Some(deadline) => options.timeout(deadline),
            None => options,
        };
        let method = Method {
            ty: MethodType::Unary,
            name: method,
            req_mar: BYTES,
            resp_mar: BYTES,
        };
        // The same on the wire; but a unary call that is answered without a message ends the program.
        let called = self.grpc.server_streaming(&method, request, options);
        let receiver = called.map_err(|error| self.classify(error, patience, Duration::ZERO))?;
        self.wait(receiver, patience)
    }

    fn wait(
        &self,
        mut receiver: ClientSStreamReceiver<Vec<u8>>,
        patience: &Patience,
    ) -> Result<Vec<u8>, CallError> {
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        let mut context = Context::from_waker(&waker);
        let begin = Instant::now();
        let mut next_look = UNANSWERED;
        let mut answer = None;
        loop {
            match Pin::new(&mut receiver).poll_next(&mut context) {
                Poll::Ready(Some(Ok(message))) if answer.is_none() => {
                    answer = Some(message);
                    continue; // to its status
                }
                Poll::Ready(Some(Err(error))) => {
                    return Err(self.classify(error, patience, begin.elapsed()));
                }
                Poll::Ready(None) if answer.is_some() => {
                    self.was_connected.store(true, Ordering::Relaxed);
                    return Ok(answer.unwrap_or_default());
                }
                Poll::Ready(_) => {
                    receiver.cancel();
                    let reason = "a call was not answered with one message".to_owned();
                    return Err(CallError::Lost(reason));
                }
                Poll::Pending => {}
            }
            let is_overdue = |deadline| begin.elapsed() >= deadline + OVERDUE;
            if patience.deadline.is_some_and(is_overdue) {
                receiver.cancel();
                return Err(CallError::NoAnswer);
            }
            if patience.stoppable && self.stop.received().is_some() {
                receiver.cancel();
                return Err(CallError::GivenUp);
            }
            if begin.elapsed() >= next_look {
                next_look += UNANSWERED;
                self.check_responsive(patience, begin.elapsed())?;
            }
            thread::park_timeout(SIGNAL_CHECK);
        }
    }

    /// Logs that a call has had no answer for a minute or more, and checks whether Kanto-CM answers a List.
    fn check_responsive(&self, patience: &Patience, elapsed: Duration) -> Result<(), CallError> {
        let Some(label) = &patience.label else {
            return Ok(());
        };
        warn!(
            "{label} has not been answered for {} s, still waiting",
            elapsed.as_secs()
        );
        if self.answers() {
            Ok(())
        } else {
            Err(CallError::Hangs)
        }
    }

    /// Does Kanto-CM answer a List? A broken connection is no silence: it ends the call that is waited for.
    fn answers(&self) -> bool {
        let patience = Patience {
            stoppable: false,
            ..Patience::query(QUERY_DEADLINE)
        };
        !matches!(self.list_with(&patience), Err(CallError::NoAnswer))
    }

    /// Classifies a failure after this time. Kanto-CM's own errors arrive as UNKNOWN. gRPC's server also turns containerd's
    /// errors into other codes: a pull may meet a deadline of its own.
    fn classify(&self, error: grpcio::Error, patience: &Patience, elapsed: Duration) -> CallError {
        let status = match error {
            grpcio::Error::RpcFailure(status) => status,
            other => return CallError::Lost(other.to_string()),
        };
        let text = match status.message() {
            "" => "Kanto-CM gave no reason".to_owned(),
            text => shortened(text.to_owned()),
        };
        let is_over = |deadline| elapsed + TIMER_SLACK >= deadline;
        match status.code() {
            RpcStatusCode::DEADLINE_EXCEEDED if patience.deadline.is_some_and(is_over) => {
                CallError::NoAnswer
            }
            // gRPC's own, or an answer about this container, as another service's that Kanto-CM passes on?
            RpcStatusCode::UNAVAILABLE | RpcStatusCode::CANCELLED if !self.is_connected() => {
                CallError::Lost(text)
            }
            RpcStatusCode::UNKNOWN => CallError::Refused(text),
            code => CallError::Refused(format!("{code}: {text}")),
        }
    }

    fn is_connected(&self) -> bool {
        let state = self.grpc.channel().check_connectivity_state(false);
        state == ConnectivityState::GRPC_CHANNEL_READY
            && self.peer.map_or(true, |peer| peer.lives())
    }
}

impl KantoCm for Client {
    fn list(&self) -> Result<Vec<Observed>, CallError> {
        self.list_within(QUERY_DEADLINE)
    }

    fn get(&self, id: &str) -> Result<Option<Observed>, CallError> {
        let request = api::GetContainerRequest {
            id: id.to_owned(),
            ..Default::default()
        };
        let patience = Patience::query(QUERY_DEADLINE);
        let answer: api::GetContainerResponse = self.call(method!("Get"), &request, &patience)?;
        Ok(answer.container.into_option().map(convert::from_wire))
    }

    fn create(&self, container: &Spec) -> Result<Observed, CallError> {
        let request = api::CreateContainerRequest {
            container: Some(convert::to_wire(container)).into(),
            ..Default::default()
        };
        let label = Some(format!("Create of {}", container.name));
        let patience = Patience {
            deadline: Some(self.create_timeout),
            stoppable: true,
            label,
        };
        match self.call::<api::CreateContainerResponse>(method!("Create"), &request, &patience) {
            Ok(answer) => Ok(convert::from_wire(answer.container.unwrap_or_default())),
            // A slow pull, or a Kanto-CM that is deadlocked?
            Err(CallError::NoAnswer) if !self.answers() => Err(CallError::Hangs),
            Err(error) => Err(error),
        }
    }

    fn start(&self, id: &str) -> Result<(), CallError> {
        let request = api::StartContainerRequest {
            id: id.to_owned(),
            ..Default::default()
        };
        self.change(method!("Start"), &request, "Start", id)
    }

    fn unpause(&self, id: &str) -> Result<(), CallError> {
        let request = api::UnpauseContainerRequest {
            id: id.to_owned(),
            ..Default::default()
        };
        self.change(method!("Unpause"), &request, "Unpause", id)
    }

    fn update(&self, id: &str, update: &Update) -> Result<(), CallError> {
        let request = api::UpdateContainerRequest {
            id: id.to_owned(),
            updateOptions: convert::update_to_wire(update).into(),
            ..Default::default()
        };
        self.change(method!("Update"), &request, "Update", id)
    }

    fn remove(&self, id: &str, stop: Option<Duration>) -> Result<(), CallError> {
        let request = api::RemoveContainerRequest {
            id: id.to_owned(),
            force: stop.is_some(),
            stopOptions: stop.map(convert::stop_to_wire).into(),
            ..Default::default()
        };
        self.change(method!("Remove"), &request, "Remove", id)
    }
}

impl Client {
    fn change(
        &self,
        method: &'static str,
        request: &impl Message,
        verb: &str,
        id: &str,
    ) -> Result<(), CallError> {
        let label = Some(format!("{verb} of {}", printable(id)));
        let patience = Patience {
            deadline: None,
            stoppable: false,
            label,
        };
        self.call(method, request, &patience).map(|_: Empty| ())
    }
}
