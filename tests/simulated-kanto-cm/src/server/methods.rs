//! The calls of the service Containers as they are named on the wire.

use grpcio::{pb_de, pb_ser, Marshaller, Method, MethodType};
use protobuf::well_known_types::empty::Empty;
use protobuf::Message;

use crate::proto::containers::{
    CreateContainerRequest, CreateContainerResponse, GetContainerRequest, GetContainerResponse,
    ListContainersRequest, ListContainersResponse, PauseContainerRequest, RemoveContainerRequest,
    RenameContainerRequest, StartContainerRequest, StopContainerRequest, UnpauseContainerRequest,
    UpdateContainerRequest,
};

macro_rules! methods {
    ($($function:ident $name:literal $request:ty => $response:ty;)*) => {
        $(
            #[doc = concat!("The call ", $name, ".")]
            pub fn $function() -> Method<$request, $response> {
                unary(concat!(
                    "/github.com.eclipse_kanto.container_management.containerm.api.services.containers.Containers/",
                    $name
                ))
            }
        )*
    };
}

methods! {
    create "Create" CreateContainerRequest => CreateContainerResponse;
    get "Get" GetContainerRequest => GetContainerResponse;
    list "List" ListContainersRequest => ListContainersResponse;
    start "Start" StartContainerRequest => Empty;
    stop "Stop" StopContainerRequest => Empty;
    update "Update" UpdateContainerRequest => Empty;
    pause "Pause" PauseContainerRequest => Empty;
    unpause "Unpause" UnpauseContainerRequest => Empty;
    rename "Rename" RenameContainerRequest => Empty;
    remove "Remove" RemoveContainerRequest => Empty;
}

fn unary<Req: Message, Resp: Message>(name: &'static str) -> Method<Req, Resp> {
    Method {
        ty: MethodType::Unary,
        name,
        req_mar: Marshaller {
            ser: pb_ser,
            de: pb_de,
        },
        resp_mar: Marshaller {
            ser: pb_ser,
            de: pb_de,
        },
    }
}
