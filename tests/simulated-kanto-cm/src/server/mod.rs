//! The service Containers over gRPC on a unix socket. Every call gets a thread: it may wait as long as the daemon makes it.
//! The calls are received as client streams, which look the same on the wire, because grpcio reports only a stream that
//! its caller has gone.

mod addressed;
mod answer;
mod cut;
pub(crate) mod methods;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use grpcio::{
    ChannelBuilder, EnvBuilder, Server, ServerBuilder, ServerCredentials, Service, ServiceBuilder,
};
use protobuf::well_known_types::empty::Empty;
use protobuf::MessageField;

use addressed::Addressed;
pub(crate) use cut::cut_connections;

use crate::daemon::{Caller, Daemon, Failure};
use crate::proto::containers::{
    CreateContainerRequest, CreateContainerResponse, GetContainerRequest, GetContainerResponse,
    ListContainersRequest, ListContainersResponse,
};
use crate::protocol::Method;

/// What every call needs.
pub(crate) struct Site {
    daemon: Arc<Daemon>,
    socket: PathBuf,
}

/// What the daemon does with a request.
type Work<Req, Resp> = fn(&Daemon, &Req, &mut Caller) -> Result<Resp, Failure>;

/// Opens the socket. The server runs until it is dropped.
pub(crate) fn open(socket: &Path, daemon: &Arc<Daemon>) -> Result<Server, String> {
    let environment = Arc::new(EnvBuilder::new().cq_count(1).build());
    let no_limits = ChannelBuilder::new(environment.clone())
        .max_receive_message_len(-1)
        .max_send_message_len(-1);
    let site = Arc::new(Site {
        daemon: daemon.clone(),
        socket: socket.to_owned(),
    });
    let mut server = ServerBuilder::new(environment)
        .channel_args(no_limits.build_args())
        .register_service(service(&site))
        .build()
        .map_err(|error| error.to_string())?;
    server
        .add_listening_port(
            format!("unix:{}", socket.display()),
            ServerCredentials::insecure(),
        )
        .map_err(|error| format!("cannot listen on {}: {error}", socket.display()))?;
    server.start();
    Ok(server)
}

fn service(site: &Arc<Site>) -> Service {
    let builder = ServiceBuilder::new();
    let builder = add(builder, site, Method::Create, &methods::create(), create);
    let builder = add(builder, site, Method::Get, &methods::get(), get);
    let builder = add(builder, site, Method::List, &methods::list(), list);
    add_life_cycle(add_settings(builder, site), site).build()
}

/// What starts and stops containers.
fn add_life_cycle(builder: ServiceBuilder, site: &Arc<Site>) -> ServiceBuilder {
    let builder = add(
        builder,
        site,
        Method::Start,
        &methods::start(),
        |daemon, asked, caller| daemon.start(&asked.id, caller).map(nothing),
    );
    let builder = add(
        builder,
        site,
        Method::Stop,
        &methods::stop(),
        |daemon, asked, caller| {
            daemon
                .stop(&asked.id, asked.stopOptions.as_ref(), caller)
                .map(nothing)
        },
    );
    let builder = add(
        builder,
        site,
        Method::Pause,
        &methods::pause(),
        |daemon, asked, caller| daemon.pause(&asked.id, caller).map(nothing),
    );
    let builder = add(
        builder,
        site,
        Method::Unpause,
        &methods::unpause(),
        |daemon, asked, caller| daemon.unpause(&asked.id, caller).map(nothing),
    );
    add(
        builder,
        site,
        Method::Remove,
        &methods::remove(),
        |daemon, asked, caller| {
            daemon
                .remove(&asked.id, asked.force, asked.stopOptions.as_ref(), caller)
                .map(nothing)
        },
    )
}

/// What changes a container in place.
fn add_settings(builder: ServiceBuilder, site: &Arc<Site>) -> ServiceBuilder {
    let builder = add(
        builder,
        site,
        Method::Update,
        &methods::update(),
        |daemon, asked, caller| {
            daemon
                .update(&asked.id, asked.updateOptions.as_ref(), caller)
                .map(nothing)
        },
    );
    add(
        builder,
        site,
        Method::Rename,
        &methods::rename(),
        |daemon, asked, caller| daemon.rename(&asked.id, &asked.name, caller).map(nothing),
    )
}

fn nothing((): ()) -> Empty {
    Empty::new()
}

fn create(
    daemon: &Daemon,
    request: &CreateContainerRequest,
    caller: &mut Caller,
) -> Result<CreateContainerResponse, Failure> {
    let container = daemon.create(request.container.as_ref().cloned(), caller)?;
    Ok(CreateContainerResponse {
        container: MessageField::some(container),
        ..CreateContainerResponse::default()
    })
}

fn list(
    daemon: &Daemon,
    _: &ListContainersRequest,
    caller: &mut Caller,
) -> Result<ListContainersResponse, Failure> {
    let containers = daemon.list(caller)?;
    Ok(ListContainersResponse {
        containers,
        ..ListContainersResponse::default()
    })
}

fn get(
    daemon: &Daemon,
    request: &GetContainerRequest,
    caller: &mut Caller,
) -> Result<GetContainerResponse, Failure> {
    let container = MessageField::from_option(daemon.get(&request.id, caller)?);
    Ok(GetContainerResponse {
        container,
        ..GetContainerResponse::default()
    })
}

/// Adds a method to the service.
fn add<Req: Addressed, Resp: Addressed>(
    builder: ServiceBuilder,
    site: &Arc<Site>,
    method: Method,
    wire: &grpcio::Method<Req, Resp>,
    work: Work<Req, Resp>,
) -> ServiceBuilder {
    let site = site.clone();
    builder.add_client_streaming_handler(wire, move |_, requests, sink| {
        let site = site.clone();
        thread::spawn(move || answer::answer(&site, method, requests, sink, work));
    })
}

/// Takes the socket's file away, as the daemon does when it ends.
pub(crate) fn remove_socket(socket: &Path) {
    let _ = std::fs::remove_file(socket);
}
