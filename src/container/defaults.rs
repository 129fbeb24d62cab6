//! What Kanto-CM's Create makes of the parts that a manifest leaves out (its version 1.0.0).
//!
//! To be applied once, to what a manifest says: a `memory_swap` of `-1` becomes empty, and a second time that would be
//! taken as "not given". An id is not made up here.

use super::{HostConfig, LogConfig, Resources, Spec};

impl Spec {
    /// The container as Kanto-CM will list it after a Create with this one.
    #[must_use]
    pub fn with_defaults(mut self) -> Self {
        fill(&mut self.name, &self.id);
        if !self.name.is_empty() {
            fill(&mut self.domain_name, &format!("{}-domain", self.name));
            fill(&mut self.host_name, &format!("{}-host", self.name));
        }
        for mount in &mut self.mounts {
            fill(&mut mount.propagation_mode, "rprivate");
        }
        fill_host_config(&mut self.host_config);
        self
    }
}

impl Resources {
    /// The bytes that a size such as `200M`, `1.5 g` or `64k` stands for, or none when Kanto-CM would not take it.
    ///
    /// More than fit in 64 bits are as many as fit.
    pub fn bytes(size: &str) -> Option<u64> {
        let (number, unit) = parse_size(size)?;
        let factor = match unit.to_ascii_lowercase() {
            'k' => 1024.0,
            'm' => 1024.0 * 1024.0,
            _ => 1024.0 * 1024.0 * 1024.0,
        };
        Some(whole(number * factor))
    }
}

fn fill_host_config(host: &mut HostConfig) {
    fill(&mut host.network_mode, "bridge");
    fill(&mut host.runtime, "io.containerd.runc.v2");
    fill(&mut host.restart_policy.kind, "unless-stopped");
    for device in &mut host.devices {
        fill(&mut device.path_in_container, &device.path_on_host);
        fill(&mut device.cgroup_permissions, "rwm");
    }
    for port in &mut host.port_mappings {
        fill(&mut port.protocol, "tcp");
        fill(&mut port.host_ip, "0.0.0.0");
        if port.host_port_end == 0 {
            port.host_port_end = port.host_port;
        }
    }
    fill_log_config(&mut host.log_config);
    fill_memory_swap(&mut host.resources);
}

fn fill_log_config(log: &mut LogConfig) {
    fill(&mut log.driver, "json-file");
    fill(&mut log.mode, "blocking");
    if log.driver == "json-file" {
        fill(&mut log.max_size, "100M");
        if log.max_files == 0 {
            log.max_files = 2;
        }
    } else if log.driver == "none" {
        log.max_size.clear();
        log.max_files = 0;
    }
    if log.mode == "blocking" {
        log.max_buffer_size.clear();
    } else if log.mode == "non-blocking" {
        fill(&mut log.max_buffer_size, "1M");
    }
}

fn fill_memory_swap(resources: &mut Resources) {
    if resources.memory_swap == "-1" {
        resources.memory_swap.clear();
    } else if resources.memory_swap.is_empty() {
        if let Some((number, unit)) = parse_size(&resources.memory) {
            // Kanto-CM rounds to four decimals, writes no exponent and drops the space before the unit.
            let doubled = round(number * 2.0 * 10_000.0) / 10_000.0;
            resources.memory_swap = format!("{doubled}{unit}");
        }
    }
}

/// Without the digits behind the point. Not by `trunc`, for which older compilers ask libm: a library more to be mapped.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // sizes have no sign
fn whole(number: f64) -> u64 {
    number as u64
}

/// To the next whole number, and up from the middle.
#[allow(clippy::cast_precision_loss)] // below that limit there is none, and beyond it there are no digits behind the point
fn round(number: f64) -> f64 {
    if number >= 1e15 {
        return number;
    }
    let below = whole(number) as f64;
    below + f64::from(u8::from(number - below >= 0.5))
}

fn fill(value: &mut String, default: &str) {
    if value.is_empty() {
        default.clone_into(value);
    }
}

/// Number and unit of a size: `^\d+(\.\d+)* ?[kKmMgG]$`, and the number must be one.
fn parse_size(size: &str) -> Option<(f64, char)> {
    let unit = size
        .chars()
        .last()
        .filter(|unit| "kKmMgG".contains(*unit))?;
    let number = &size[..size.len() - 1];
    let number = number.strip_suffix(' ').unwrap_or(number);
    let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(decimals) {
        return None;
    }
    let value: f64 = number.parse().ok()?;
    value.is_finite().then_some((value, unit))
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
    fn rounding_is_that_of_the_library() {
        for number in [
            0.0,
            0.499_999_999_999_999_94,
            0.5,
            1.5,
            2.499,
            7.0,
            9e14 + 0.5,
            1e15,
            3e17,
            1e300,
        ] {
            assert_eq!(
                round(number).to_bits(),
                f64::round(number).to_bits(),
                "{number}"
            );
        }
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
