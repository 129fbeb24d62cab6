//! A container: what a manifest asks for ([`Spec`]), the same with Kanto-CM's defaults ([`Listed`]), and what Kanto-CM has
//! ([`Observed`]). Pure.
//!
//! | file | |
//! | --- | --- |
//! | `spec` | the types, in the terms of Kanto-CM's API |
//! | `defaults`, `listed` | what Kanto-CM makes of the parts that a manifest leaves out |
//! | `observed` | a container in Kanto-CM's List, with its state |
//! | `flatten`, `forms` | a configuration as named values, so that only differences that matter show |
//! | `diff`, `digest` | compares two configurations; tells contents apart |
//! | `id` | ids, and what healing makes of them |
//! | `stand_in` | the two containers that make a replacement safe |
//! | `ports`, `extra_host` | host ports and host names, which containers share |
//! | `secrets` | what no log shows |

pub mod defaults;
mod diff;
mod digest;
mod extra_host;
mod flatten;
mod forms;
mod id;
mod listed;
mod observed;
mod ports;
mod secrets;
mod spec;
mod stand_in;

pub use diff::{differences, Difference};
pub use extra_host::{container_host_name, ExtraAddress, ExtraHost};
pub use id::{is_containerd_id, Id};
pub use listed::Listed;
pub use observed::{Observed, Process, State, Status};
pub use ports::HostPort;
pub use spec::{
    DeviceMapping, Hook, HostConfig, Image, IoConfig, LogConfig, MountPoint, PortMapping,
    Resources, RestartPolicy, Spec, Update, HOOK_KINDS, NANOSECONDS_FROM,
};
pub use stand_in::{is_reserved, role_of, Role, StandIn};
