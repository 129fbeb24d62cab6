//! Somebody else who speaks to Kanto-CM: an update agent, an operator.

use std::sync::Arc;

use grpcio::{CallOption, ChannelBuilder, EnvBuilder, Error, Method};
use protobuf::Message;
use serde::de::DeserializeOwned;
use serde_json::{json, Value};
use simulated_kanto_cm::{methods, Process};

/// A client of a simulator.
pub(crate) struct Agent(grpcio::Client);

impl Agent {
    pub(crate) fn new(cm: &Process) -> Agent {
        let environment = Arc::new(EnvBuilder::new().cq_count(1).build());
        let channel = ChannelBuilder::new(environment);
        // A call that gRPC repeats by itself is another call.
        let channel = channel
            .enable_retry(false)
            .connect(&format!("unix:{}", cm.socket().display()));
        Agent(grpcio::Client::new(channel))
    }

    /// A call with this request, by the API's field names. It has to succeed.
    #[track_caller]
    pub(crate) fn call<Q, R>(&self, method: &Method<Q, R>, request: Value)
    where
        Q: Message + DeserializeOwned,
        R: Message + Unpin,
    {
        let request: Q = serde_json::from_value(request).expect("a request");
        let options = CallOption::default().wait_for_ready(true);
        let answer: Result<R, Error> = self.0.unary_call(method, &request, options);
        answer.expect("an answer");
    }

    /// Creates a container, given by the API's field names with an id, and starts it.
    pub(crate) fn run(&self, container: &Value) {
        let id = container["id"].clone();
        self.call(&methods::create(), json!({ "container": container }));
        self.call(&methods::start(), json!({ "id": id }));
    }

    pub(crate) fn remove(&self, id: &str) {
        self.call(&methods::remove(), json!({ "id": id, "force": true }));
    }

    pub(crate) fn pause(&self, id: &str) {
        self.call(&methods::pause(), json!({ "id": id }));
    }

    /// Sets a limit, and leaves the rest as it is.
    pub(crate) fn limit_memory(&self, id: &str, memory: &str) {
        let resources = json!({ "memory": memory, "memory_swap": memory });
        let request = json!({ "id": id, "updateOptions": { "resources": resources } });
        self.call(&methods::update(), request);
    }
}
