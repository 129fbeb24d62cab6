//! What another agent, such as an update agent or an operator, does to containers.

use serde_json::{json, Value};
use simulated_kanto_cm::methods;

use crate::common::agent::Agent;

impl Agent {
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
