//! Which container a message is about, for the journal.

use protobuf::well_known_types::empty::Empty;
use serde_json::Value;

use crate::proto::containers::{
    CreateContainerRequest, CreateContainerResponse, GetContainerRequest, GetContainerResponse,
    ListContainersRequest, ListContainersResponse, PauseContainerRequest, RemoveContainerRequest,
    RenameContainerRequest, StartContainerRequest, StopContainerRequest, UnpauseContainerRequest,
    UpdateContainerRequest,
};

/// A request or a response.
#[allow(clippy::unnecessary_literal_bound)] // the defaults are overridden
pub(super) trait Addressed: Send + 'static {
    /// The id it names, as far as it names one.
    fn id(&self) -> &str {
        ""
    }

    /// The name it gives, if it does.
    fn name(&self) -> &str {
        ""
    }

    /// All of it. Responses are not reported.
    fn whole(&self) -> Value {
        Value::Null
    }
}

macro_rules! by_id {
    ($($request:ty),*) => {
        $(
            impl Addressed for $request {
                fn id(&self) -> &str {
                    &self.id
                }

                fn whole(&self) -> Value {
                    serde_json::to_value(self).unwrap_or_default()
                }
            }
        )*
    };
}

by_id!(
    GetContainerRequest,
    StartContainerRequest,
    StopContainerRequest,
    UpdateContainerRequest,
    PauseContainerRequest,
    UnpauseContainerRequest,
    RenameContainerRequest,
    RemoveContainerRequest
);

impl Addressed for CreateContainerRequest {
    fn id(&self) -> &str {
        &self.container.id
    }

    fn name(&self) -> &str {
        &self.container.name
    }

    fn whole(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

impl Addressed for CreateContainerResponse {
    fn id(&self) -> &str {
        &self.container.id
    }
}

impl Addressed for ListContainersRequest {
    fn whole(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

impl Addressed for GetContainerResponse {}
impl Addressed for ListContainersResponse {}
impl Addressed for Empty {}
