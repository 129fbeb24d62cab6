//! The gRPC client: blocking calls over one connection, and the rules for how long a call is waited for.
//!
//! Interrupting a Start, Unpause or Remove leaves Kanto-CM in pieces, so these have no deadline and are never cancelled;
//! after every minute without an answer a List tells whether Kanto-CM still lives.

use std::fmt::Write as _;
use std::future::Future;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use grpcio::{
    CallOption, Channel, ChannelBuilder, ClientUnaryReceiver, Environment, Marshaller, Method,
    MethodType, RpcStatusCode,
};
use log::warn;
use protobuf::well_known_types::empty::Empty;
use protobuf::Message;

use super::proto::containers as api;
use super::{convert, CallError, Existing, KantoCm};
use crate::container::Container;
use crate::signals::StopSignal;
use crate::text::printable;

const QUERY_DEADLINE: Duration = Duration::from_secs(10);
/// A changing call that takes this long is followed by a List, which Kanto-CM answers at once unless it is deadlocked.
const UNANSWERED: Duration = Duration::from_secs(60);
/// How soon a stop signal ends a pull.
const SIGNAL_CHECK: Duration = Duration::from_millis(50);

macro_rules! method {
    ($name:literal) => {
        &Method {
            ty: MethodType::Unary,
            name: concat!(
                "/github.com.eclipse_kanto.container_management.containerm.api.services.containers.Containers/",
                $name
            ),
            req_mar: Marshaller { ser: grpcio::pb_ser, de: grpcio::pb_de },
            resp_mar: Marshaller { ser: grpcio::pb_ser, de: grpcio::pb_de },
        }
    };
}

/// One connection to Kanto-CM.
pub struct Client {
    grpc: grpcio::Client,
    create_timeout: Duration,
    stop: StopSignal,
}

impl Client {
    /// Prepares a connection to the socket; the first call establishes it. `create_timeout` is the deadline of one
    /// Create, image pull included; `stop` ends a Create early.
    pub fn new(socket: &Path, create_timeout: Duration, stop: StopSignal) -> Client {
        let channel = open_channel(socket);
        Client {
            grpc: grpcio::Client::new(channel),
            create_timeout,
            stop,
        }
    }

    fn call<Q: Message, R: Message + Unpin>(
        &self,
        method: &Method<Q, R>,
        request: &Q,
        wait: &Patience,
    ) -> Result<R, CallError> {
        let options = match wait.deadline() {
            Some(deadline) => CallOption::default().timeout(deadline),
            None => CallOption::default(),
        };
        let receiver = self
            .grpc
            .unary_call_async(method, request, options)
            .map_err(to_call_error)?;
        self.wait(receiver, wait)
    }

    fn wait<R: Unpin>(
        &self,
        mut receiver: ClientUnaryReceiver<R>,
        patience: &Patience,
    ) -> Result<R, CallError> {
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        let mut context = Context::from_waker(&waker);
        let begin = Instant::now();
        let mut next_look = UNANSWERED;
        loop {
            if let Poll::Ready(result) = Pin::new(&mut receiver).poll(&mut context) {
                return result.map_err(to_call_error);
            }
            if matches!(patience, Patience::Create { .. }) && self.stop.received().is_some() {
                receiver.cancel();
                return Err(CallError::GivenUp);
            }
            if begin.elapsed() >= next_look {
                next_look += UNANSWERED;
                self.look_alive(patience, begin.elapsed())?;
            }
            thread::park_timeout(SIGNAL_CHECK);
        }
    }

    /// A call has not been answered for a minute or more: says so, and asks whether Kanto-CM still answers at all.
    fn look_alive(&self, patience: &Patience, elapsed: Duration) -> Result<(), CallError> {
        let Some(what) = patience.what() else {
            return Ok(());
        };
        warn!(
            "{what} has not been answered for {} s, still waiting",
            elapsed.as_secs()
        );
        match self.list() {
            Err(CallError::NoAnswer) => Err(CallError::Hangs),
            _ => Ok(()), // a broken connection ends the call itself
        }
    }
}

impl KantoCm for Client {
    fn list(&self) -> Result<Vec<Existing>, CallError> {
        let answer = self.call::<_, api::ListContainersResponse>(
            method!("List"),
            &api::ListContainersRequest::new(),
            &Patience::Query,
        )?;
        Ok(answer
            .containers
            .into_iter()
            .map(convert::from_wire)
            .collect())
    }

    fn get(&self, id: &str) -> Result<Option<Existing>, CallError> {
        let request = api::GetContainerRequest {
            id: id.to_owned(),
            ..Default::default()
        };
        let answer: api::GetContainerResponse =
            self.call(method!("Get"), &request, &Patience::Query)?;
        Ok(answer.container.into_option().map(convert::from_wire))
    }

    fn create(&self, container: &Container) -> Result<Existing, CallError> {
        let request = api::CreateContainerRequest {
            container: Some(convert::to_wire(container)).into(),
            ..Default::default()
        };
        let what = format!("Create of {}", container.name);
        let patience = Patience::Create {
            what,
            deadline: self.create_timeout,
        };
        let answer: api::CreateContainerResponse =
            self.call(method!("Create"), &request, &patience)?;
        Ok(convert::from_wire(answer.container.unwrap_or_default()))
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

    fn remove(&self, id: &str) -> Result<(), CallError> {
        let request = api::RemoveContainerRequest {
            id: id.to_owned(),
            ..Default::default()
        };
        self.change(method!("Remove"), &request, "Remove", id)
    }
}

impl Client {
    fn change<Q: Message>(
        &self,
        method: &Method<Q, Empty>,
        request: &Q,
        what: &str,
        id: &str,
    ) -> Result<(), CallError> {
        let patience = Patience::Change {
            what: format!("{what} of {}", printable(id)),
        };
        self.call(method, request, &patience).map(|_: Empty| ())
    }
}

/// How long a call is waited for.
enum Patience {
    /// Reads only: a deadline.
    Query,
    /// May be given up: a deadline, and a stop signal ends it.
    Create { what: String, deadline: Duration },
    /// Must not be interrupted.
    Change { what: String },
}

impl Patience {
    fn deadline(&self) -> Option<Duration> {
        match self {
            Patience::Query => Some(QUERY_DEADLINE),
            Patience::Create { deadline, .. } => Some(*deadline),
            Patience::Change { .. } => None,
        }
    }

    fn what(&self) -> Option<&str> {
        match self {
            Patience::Query => None,
            Patience::Create { what, .. } | Patience::Change { what } => Some(what),
        }
    }
}

/// Wakes the thread that waits for an answer.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn open_channel(socket: &Path) -> Channel {
    let environment = Arc::new(Environment::new(1));
    ChannelBuilder::new(environment)
        // gRPC's default of 4 MiB is about 2000 containers.
        .max_receive_message_len(-1)
        .max_send_message_len(-1)
        // A retry by gRPC itself would send a changing call twice.
        .enable_retry(false)
        .enable_http_proxy(false)
        .use_local_subchannel_pool(true)
        .connect(&format!(
            "unix:{}",
            percent_encode(socket.as_os_str().as_bytes())
        ))
}

/// gRPC takes the address for a URI.
fn percent_encode(path: &[u8]) -> String {
    let mut encoded = String::with_capacity(path.len());
    for &byte in path {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// Kanto-CM's own failures arrive as UNKNOWN with the reason in the text.
fn to_call_error(error: grpcio::Error) -> CallError {
    match error {
        grpcio::Error::RpcFailure(status) => match status.code() {
            RpcStatusCode::DEADLINE_EXCEEDED => CallError::NoAnswer,
            RpcStatusCode::UNAVAILABLE | RpcStatusCode::CANCELLED => {
                CallError::Lost(status.message().to_owned())
            }
            RpcStatusCode::UNKNOWN => CallError::Refused(status.message().to_owned()),
            code => CallError::Refused(format!("{code}: {}", status.message())),
        },
        other => CallError::Lost(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_becomes_part_of_a_uri() {
        assert_eq!(percent_encode(b"/run/a-b_c.sock~"), "/run/a-b_c.sock~");
        assert_eq!(percent_encode(b"/a b%?#\xff"), "/a%20b%25%3F%23%FF");
    }
}
