//! What Kanto-CM's Create makes of the parts that a manifest leaves out (its version 1.0.0).
//!
//! Defaults are filled in once: a `memory_swap` of `-1` becomes empty, and a second time that would count as "not given". An id
//! is not made up here.

use super::{HostConfig, LogConfig, Resources, Spec};

/// A mount's `propagation_mode`.
pub const PROPAGATION_MODE: &str = "rprivate";
/// A container's `network_mode`.
pub const NETWORK_MODE: &str = "bridge";
/// A container's `runtime`.
pub const RUNTIME: &str = "io.containerd.runc.v2";
/// The type of a restart policy.
pub const RESTART_POLICY: &str = "unless-stopped";
/// A device's `cgroup_permissions`.
pub const CGROUP_PERMISSIONS: &str = "rwm";
/// A port's protocol.
pub const PROTOCOL: &str = "tcp";
/// A port's `host_ip`.
pub const HOST_IP: &str = "0.0.0.0";
/// The type of the log's `driver_config`.
pub const LOG_DRIVER: &str = "json-file";
/// The number of log files, where they are [`LOG_DRIVER`]'s.
pub const MAX_FILES: i64 = 2;
/// The size of such a log file.
pub const MAX_SIZE: &str = "100M";
/// The log's mode.
pub const LOG_MODE: &str = "blocking";
/// The size of the buffer of a log whose mode is `non-blocking`.
pub const MAX_BUFFER_SIZE: &str = "1M";

/// The host name of the container with this name.
pub fn host_name(name: &str) -> String {
    format!("{name}-host")
}

/// The domain name of the container with this name.
pub fn domain_name(name: &str) -> String {
    format!("{name}-domain")
}

impl Spec {
    /// The container as Kanto-CM will list it after a Create with this one.
    #[must_use]
    pub fn with_defaults(mut self) -> Self {
        fill(&mut self.name, &self.id);
        if !self.name.is_empty() {
            fill(&mut self.domain_name, &domain_name(&self.name));
            fill(&mut self.host_name, &host_name(&self.name));
        }
        for mount in &mut self.mounts {
            fill(&mut mount.propagation_mode, PROPAGATION_MODE);
        }
        fill_host_config(&mut self.host_config);
        self
    }
}

impl Resources {
    /// The limits as Kanto-CM will list them.
    #[must_use]
    pub fn with_defaults(mut self) -> Self {
        fill_memory_swap(&mut self);
        self
    }

    /// The bytes that a size such as `200M`, `1.5 g` or `64k` stands for, or none when Kanto-CM would not take it.
    ///
    /// More than fit in 64 bits are as many as fit.
    pub fn bytes(size: &str) -> Option<u64> {
        Size::parse(size).map(|size| size.bytes())
    }
}

fn fill_host_config(host: &mut HostConfig) {
    fill(&mut host.network_mode, NETWORK_MODE);
    fill(&mut host.runtime, RUNTIME);
    fill(&mut host.restart_policy.kind, RESTART_POLICY);
    for device in &mut host.devices {
        fill(&mut device.path_in_container, &device.path_on_host);
        fill(&mut device.cgroup_permissions, CGROUP_PERMISSIONS);
    }
    for port in &mut host.port_mappings {
        fill(&mut port.protocol, PROTOCOL);
        fill(&mut port.host_ip, HOST_IP);
        if port.host_port_end == 0 {
            port.host_port_end = port.host_port;
        }
    }
    fill_log_config(&mut host.log_config);
    fill_memory_swap(&mut host.resources);
}

fn fill_log_config(log: &mut LogConfig) {
    fill(&mut log.driver, LOG_DRIVER);
    fill(&mut log.mode, LOG_MODE);
    if log.driver == LOG_DRIVER {
        fill(&mut log.max_size, MAX_SIZE);
        if log.max_files == 0 {
            log.max_files = MAX_FILES;
        }
    } else if log.driver == "none" {
        log.max_size.clear();
        log.max_files = 0;
    }
    if log.mode == LOG_MODE {
        log.max_buffer_size.clear();
    } else if log.mode == "non-blocking" {
        fill(&mut log.max_buffer_size, MAX_BUFFER_SIZE);
    }
}

fn fill_memory_swap(resources: &mut Resources) {
    if resources.memory_swap == "-1" {
        resources.memory_swap.clear();
    } else if resources.memory_swap.is_empty() {
        if let Some(size) = Size::parse(&resources.memory) {
            resources.memory_swap = size.doubled();
        }
    }
}

fn fill(value: &mut String, default: &str) {
    if value.is_empty() {
        default.clone_into(value);
    }
}

/// A size as Kanto-CM writes it. Not in floating point: its code to read and write numbers is larger than all of this module.
struct Size {
    /// All digits, as one number.
    digits: u128,
    /// Ten to the power of how many of them are behind the point.
    scale: u128,
    unit: char,
}

impl Size {
    /// So many digits can be doubled and multiplied with any unit.
    const MAX_DIGITS: usize = 28;

    /// `^\d+(\.\d+)* ?[kKmMgG]$`, and the number must be one.
    fn parse(size: &str) -> Option<Size> {
        let unit = size
            .chars()
            .last()
            .filter(|unit| "kKmMgG".contains(*unit))?;
        let number = &size[..size.len() - 1];
        let number = number.strip_suffix(' ').unwrap_or(number);
        let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
        let is_number =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number(whole)
            || !is_number(decimals)
            || whole.len() + decimals.len() > Size::MAX_DIGITS
        {
            return None;
        }
        Some(Size {
            digits: format!("{whole}{decimals}").parse().ok()?,
            scale: 10_u128.pow(u32::try_from(decimals.len()).ok()?),
            unit,
        })
    }

    /// In bytes, rounded down.
    fn bytes(&self) -> u64 {
        let power = match self.unit.to_ascii_lowercase() {
            'k' => 10,
            'm' => 20,
            _ => 30,
        };
        u64::try_from((self.digits << power) / self.scale).unwrap_or(u64::MAX)
    }

    /// Twice as much. Kanto-CM rounds to four decimals, writes no exponent and drops the space before the unit.
    fn doubled(&self) -> String {
        let ten_thousandths = (self.digits * 20_000 + self.scale / 2) / self.scale;
        let (whole, decimals) = (ten_thousandths / 10_000, ten_thousandths % 10_000);
        let number = format!("{whole}.{decimals:04}");
        let number = number.trim_end_matches('0').trim_end_matches('.');
        format!("{number}{}", self.unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::{DeviceMapping, MountPoint, PortMapping};

    fn named(name: &str) -> Spec {
        Spec {
            name: name.into(),
            ..Spec::default()
        }
    }

    fn swap_for(memory: &str, memory_swap: &str) -> String {
        let mut container = named("a");
        container.host_config.resources.memory = memory.into();
        container.host_config.resources.memory_swap = memory_swap.into();
        container.with_defaults().host_config.resources.memory_swap
    }

    #[test]
    fn a_container_without_anything_gets_every_default() {
        let container = named("a").with_defaults();
        assert_eq!(
            (container.host_name.as_str(), container.domain_name.as_str()),
            ("a-host", "a-domain")
        );
        let host = container.host_config;
        assert_eq!(host.network_mode, "bridge");
        assert_eq!(host.runtime, "io.containerd.runc.v2");
        assert_eq!(host.restart_policy.kind, "unless-stopped");
        let log = host.log_config;
        assert_eq!(
            (log.driver.as_str(), log.max_files, log.max_size.as_str()),
            ("json-file", 2, "100M")
        );
        assert_eq!(
            (log.mode.as_str(), log.max_buffer_size.as_str()),
            ("blocking", "")
        );
        assert_eq!(host.resources, Resources::default());
    }

    #[test]
    fn the_name_is_the_id() {
        let container = Spec {
            id: "x".into(),
            ..Spec::default()
        }
        .with_defaults();
        assert_eq!(
            (container.name.as_str(), container.host_name.as_str()),
            ("x", "x-host")
        );
    }

    #[test]
    fn what_is_given_stays() {
        let mut container = named("a");
        container.host_name = "h".into();
        container.host_config.network_mode = "host".into();
        container.host_config.log_config.max_files = 7;
        let filled = container.with_defaults();
        assert_eq!(filled.host_name, "h");
        assert_eq!(filled.host_config.network_mode, "host");
        assert_eq!(filled.host_config.log_config.max_files, 7);
    }

    #[test]
    fn lists_get_the_defaults_of_their_items() {
        let mut container = named("a");
        container.mounts.push(MountPoint::default());
        let host = &mut container.host_config;
        host.devices.push(DeviceMapping {
            path_on_host: "/dev/a".into(),
            ..DeviceMapping::default()
        });
        host.port_mappings.push(PortMapping {
            host_port: 80,
            ..PortMapping::default()
        });
        let container = container.with_defaults();
        assert_eq!(container.mounts[0].propagation_mode, "rprivate");
        let device = &container.host_config.devices[0];
        assert_eq!(
            (
                device.path_in_container.as_str(),
                device.cgroup_permissions.as_str()
            ),
            ("/dev/a", "rwm")
        );
        let port = &container.host_config.port_mappings[0];
        assert_eq!(
            (
                port.protocol.as_str(),
                port.host_ip.as_str(),
                port.host_port_end
            ),
            ("tcp", "0.0.0.0", 80)
        );
    }

    #[test]
    fn driver_none_and_mode_blocking_drop_their_options() {
        let mut container = named("a");
        container.host_config.log_config = LogConfig {
            driver: "none".into(),
            max_files: 3,
            max_size: "1M".into(),
            mode: "blocking".into(),
            max_buffer_size: "1M".into(),
            ..LogConfig::default()
        };
        let log = container.with_defaults().host_config.log_config;
        assert_eq!(
            (
                log.max_files,
                log.max_size.as_str(),
                log.max_buffer_size.as_str()
            ),
            (0, "", "")
        );
    }

    #[test]
    fn mode_non_blocking_gets_a_buffer() {
        let mut container = named("a");
        container.host_config.log_config.mode = "non-blocking".into();
        assert_eq!(
            container
                .with_defaults()
                .host_config
                .log_config
                .max_buffer_size,
            "1M"
        );
    }

    #[test]
    fn memory_swap_is_twice_the_memory_in_kanto_cms_own_writing() {
        for (memory, swap) in [
            ("200M", "400M"),
            ("200 m", "400m"),
            ("1.5G", "3G"),
            ("0.1G", "0.2G"),
            ("3.00004k", "6.0001k"),
            ("3.333333M", "6.6667M"),
            ("100000000000000000000000G", "200000000000000000000000G"),
            ("nonsense", ""),
            ("", ""),
        ] {
            assert_eq!(swap_for(memory, ""), swap, "{memory}");
        }
        assert_eq!(swap_for("200M", "300M"), "300M");
        assert_eq!(swap_for("200M", "-1"), "");
    }

    #[test]
    fn sizes_are_read_as_kanto_cm_reads_them() {
        assert_eq!(Resources::bytes("3M"), Some(3 * 1024 * 1024));
        assert_eq!(Resources::bytes("0.0001k"), Some(0));
        assert_eq!(Resources::bytes("2 g"), Some(2 * 1024 * 1024 * 1024));
        for bad in [
            "", "M", "3", "3MB", "3  M", "-3M", ".5M", "5.M", "1.2.3M", "+3M", "3é", "1e3M", " 3M",
            "infM",
        ] {
            assert_eq!(Resources::bytes(bad), None, "{bad}");
        }
    }
}
