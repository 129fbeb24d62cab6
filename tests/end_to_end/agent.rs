//! Another agent, such as an update agent or an operator: it calls Kanto-CM on its own.

use std::sync::Arc;

use grpcio::{CallOption, ChannelBuilder, Client, EnvBuilder, Method};
use protobuf::{Message, MessageField};
use serde_json::Value;
use simulated_kanto_cm::proto::containers::{
    CreateContainerRequest, PauseContainerRequest, RemoveContainerRequest, StartContainerRequest,
    UpdateContainerRequest,
};
use simulated_kanto_cm::proto::types::{Resources, UpdateOptions};
use simulated_kanto_cm::{methods, Process};

/// A client of Kanto-CM.
pub(crate) struct Agent(Client);

impl Agent {
    pub(crate) fn new(cm: &Process) -> Agent {
        let environment = Arc::new(EnvBuilder::new().cq_count(1).build());
        let socket = format!("unix:{}", cm.socket().display());
        Agent(Client::new(
            ChannelBuilder::new(environment).connect(&socket),
        ))
    }

    /// Creates a container, given by the API's field names, and starts it.
    pub(crate) fn run(&self, container: Value) {
        let container = serde_json::from_value(container).unwrap();
        let request = CreateContainerRequest {
            container: MessageField::some(container),
            ..Default::default()
        };
        let created = self.call(&methods::create(), &request).container;
        let request = StartContainerRequest {
            id: created.unwrap().id,
            ..Default::default()
        };
        self.call(&methods::start(), &request);
    }

    pub(crate) fn remove(&self, id: &str) {
        let request = RemoveContainerRequest {
            id: id.to_owned(),
            force: true,
            ..Default::default()
        };
        self.call(&methods::remove(), &request);
    }

    pub(crate) fn pause(&self, id: &str) {
        let request = PauseContainerRequest {
            id: id.to_owned(),
            ..Default::default()
        };
        self.call(&methods::pause(), &request);
    }

    /// Sets a limit, and leaves the rest as it is.
    pub(crate) fn limit_memory(&self, id: &str, memory: &str) {
        let resources = Resources {
            memory: memory.to_owned(),
            memory_swap: memory.to_owned(),
            ..Default::default()
        };
        let options = UpdateOptions {
            resources: MessageField::some(resources),
            ..Default::default()
        };
        let request = UpdateContainerRequest {
            id: id.to_owned(),
            updateOptions: MessageField::some(options),
            ..Default::default()
        };
        self.call(&methods::update(), &request);
    }

    fn call<Req: Message, Resp: Message + Unpin>(
        &self,
        method: &Method<Req, Resp>,
        request: &Req,
    ) -> Resp {
        let options = CallOption::default().wait_for_ready(true);
        self.0.unary_call(method, request, options).unwrap()
    }
}
