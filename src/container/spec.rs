//! The container that a manifest asks for, as plain types in the terms of Kanto-CM's API.
//!
//! An empty text or list means "not given". Runtime state (pid, network settings, …) has no place here.

/// A container's configuration: all that Create takes and that survives a restart of Kanto-CM.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spec {
    /// Fixed id; empty: Kanto-CM makes one up.
    pub id: String,
    /// Name; not unique in Kanto-CM. Never empty in a manifest that was accepted.
    pub name: String,
    /// Image to run.
    pub image: Image,
    /// Host name inside the container.
    pub host_name: String,
    /// Domain name inside the container.
    pub domain_name: String,
    /// Files and directories of the machine that the container sees.
    pub mounts: Vec<MountPoint>,
    /// OCI hooks.
    pub hooks: Vec<Hook>,
    /// What the container may use of the machine.
    pub host_config: HostConfig,
    /// Standard streams.
    pub io_config: IoConfig,
    /// Environment of the process, `NAME=value` each.
    pub env: Vec<String>,
    /// Command line that replaces the image's.
    pub cmd: Vec<String>,
}

/// An image reference.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Image {
    /// Full reference: registry, repository, tag or digest.
    pub name: String,
    /// Keys for an encrypted image.
    pub decrypt_keys: Vec<String>,
    /// Recipients for an encrypted image.
    pub decrypt_recipients: Vec<String>,
}

/// A bind mount.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct MountPoint {
    /// Path in the container.
    pub destination: String,
    /// Path on the machine.
    pub source: String,
    /// rprivate, private, rshared, shared, rslave or slave.
    pub propagation_mode: String,
}

/// A program that containerd runs at a point of the container's life.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hook {
    /// Program.
    pub path: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// Its environment.
    pub env: Vec<String>,
    /// Seconds.
    pub timeout: i32,
    /// One of [`HOOK_KINDS`].
    pub kind: String,
}

/// What a container may use of the machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HostConfig {
    /// Device nodes.
    pub devices: Vec<DeviceMapping>,
    /// `bridge` or `host`.
    pub network_mode: String,
    /// All devices and capabilities.
    pub privileged: bool,
    /// When Kanto-CM starts it again.
    pub restart_policy: RestartPolicy,
    /// containerd's runtime.
    pub runtime: String,
    /// Entries of `/etc/hosts`: `name:ip`, `name:host_ip[_interface]` or `name:container_<host_name>`.
    pub extra_hosts: Vec<String>,
    /// Published ports.
    pub port_mappings: Vec<PortMapping>,
    /// Where its output goes.
    pub log_config: LogConfig,
    /// Memory limits.
    pub resources: Resources,
    /// Linux capabilities.
    pub extra_capabilities: Vec<String>,
}

/// A device node in the container.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeviceMapping {
    /// Path on the machine.
    pub path_on_host: String,
    /// Path in the container; empty: the same.
    pub path_in_container: String,
    /// Some of `r`, `w`, `m`.
    pub cgroup_permissions: String,
}

/// The kinds of a hook, as the API names them. The CM format has their indices.
pub const HOOK_KINDS: [&str; 3] = ["Prestart", "Poststart", "Poststop"];

/// A `retry_timeout` of the CM format is in nanoseconds from this number on, and in seconds below it. It is more seconds than anybody
/// waits for a container (eleven days), and fewer nanoseconds than anybody means (a millisecond).
pub const NANOSECONDS_FROM: i64 = 1_000_000;

/// When Kanto-CM starts a container again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RestartPolicy {
    /// Only with `on-failure`.
    pub maximum_retry_count: i64,
    /// Seconds.
    pub retry_timeout: i64,
    /// no, always, unless-stopped or on-failure.
    pub kind: String,
}

/// A published port or range of ports.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct PortMapping {
    /// tcp or udp.
    pub protocol: String,
    /// Address on the machine; what does not parse as an address means every interface.
    pub host_ip: String,
    /// First port on the machine.
    pub host_port: i64,
    /// Last port on the machine; 0: the first.
    pub host_port_end: i64,
    /// Port in the container.
    pub container_port: i64,
}

/// Where a container's output goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogConfig {
    /// json-file or none.
    pub driver: String,
    /// Files kept, with json-file.
    pub max_files: i64,
    /// Size of a file, with json-file.
    pub max_size: String,
    /// Directory of the files; empty: Kanto-CM's own.
    pub root_dir: String,
    /// blocking or non-blocking.
    pub mode: String,
    /// With non-blocking.
    pub max_buffer_size: String,
}

/// Memory limits: a number and one of `k`, `M`, `G`; empty: none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resources {
    /// Hard limit.
    pub memory: String,
    /// Soft limit.
    pub memory_reservation: String,
    /// Memory and swap together; `-1`: unlimited; empty with a memory limit: twice that.
    pub memory_swap: String,
}

/// What Kanto-CM can change in a container that exists. A part that is absent stays as it is. With both absent the call changes
/// nothing, but waits for another call that is at work on the container.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Update {
    /// When it is started again.
    pub restart_policy: Option<RestartPolicy>,
    /// Its limits, as to be stored: nothing is filled in here, and an empty one lifts them all.
    pub resources: Option<Resources>,
}

/// Standard streams of the container's process.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // the API's own shape
pub struct IoConfig {
    /// See the API.
    pub attach_stderr: bool,
    /// See the API.
    pub attach_stdin: bool,
    /// See the API.
    pub attach_stdout: bool,
    /// See the API.
    pub open_stdin: bool,
    /// See the API.
    pub stdin_once: bool,
    /// See the API.
    pub tty: bool,
}
