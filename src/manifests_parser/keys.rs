//! Keys that this program does not know: where they belong, or what other tools' keys are called here.

use super::format::Format;
use crate::text::nearest;

/// Longest key, in bytes, that is compared with the known ones: nobody mistypes a longer one, and comparing takes time.
const MAX_LENGTH: usize = 100;

/// The objects of the CM format and their keys, but for those that stand in several. One text takes less room than a table.
const OWN: &str = "\
the image host_name domain_name hooks config io_config host_config
mount_points[] source destination propagation_mode
image decrypt_config
image.decrypt_config keys recipients
config env cmd
io_config attach_stderr attach_stdin attach_stdout open_stdin stdin_once tty
host_config privileged devices network_mode restart_policy runtime extra_hosts extra_capabilities port_mappings log_config resources
host_config.port_mappings[] container_port host_port host_port_end host_ip
host_config.restart_policy maximum_retry_count retry_timeout
host_config.resources memory memory_reservation memory_swap
host_config.log_config driver_config mode_config
host_config.log_config.driver_config max_files max_size root_dir
host_config.log_config.mode_config mode max_buffer_size";

/// Our keys, each with what docker-compose, Docker, Podman and Kubernetes call it.
const OTHERS: &str = "\
mount_points volumes volume volume_mounts binds
config.env environment env_file
config.cmd command args entrypoint
host_config.port_mappings ports publish port_bindings
host_config.restart_policy restart
host_config.network_mode network networks host_network
host_config.extra_capabilities cap_add capabilities
host_config.log_config logging log_driver";

/// Words the warning about an unknown key of an object that can have the keys `asked`.
pub(super) fn unknown(key: &str, asked: &[&'static str], format: Format) -> String {
    let unknown = "unknown key, ignored";
    if key.len() > MAX_LENGTH {
        return unknown.to_owned();
    }
    for known in asked {
        if key.to_ascii_lowercase() == *known {
            return format!(
                "{unknown}, although Kanto-CM itself takes it for {known}: write it so"
            );
        }
    }
    let here = asked.iter().copied().find(|known| is_same(known, key));
    let here = here.or_else(|| nearest(key, asked.iter().copied()));
    let mut meant = match (here, find(OWN, key), find(OTHERS, key)) {
        (Some(known), ..) => known.to_owned(),
        (_, Some(("the", known)), _) => format!("{known} at the top level"),
        (_, Some((object, known)), _) => format!("{object}.{known}"),
        (.., Some((known, _))) => known.to_owned(),
        _ => return unknown.to_owned(),
    };
    if format == Format::Internal {
        meant = meant.replace("mount_points", "mounts");
    }
    format!("{unknown}; did you mean {meant}?")
}

/// Finds a key in a table: returns the first word of its line, and the key as it stands there.
fn find(table: &'static str, key: &str) -> Option<(&'static str, &'static str)> {
    for line in table.lines() {
        let mut words = line.split(' ');
        let first = words.next()?;
        for known in words {
            if is_same(known, key) {
                return Some((first, known));
            }
        }
    }
    None
}

/// Are two keys the same but for case, `_` and `-`?
pub(super) fn is_same(key: &str, other: &str) -> bool {
    let letters = |key: &str| {
        let mut letters = key.to_ascii_lowercase();
        letters.retain(|letter| letter != '_' && letter != '-');
        letters
    };
    letters(key) == letters(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_that_was_meant_is_found_in_any_object() {
        let asked = ["image", "host_config", "mount_points", "host_name"];
        for (key, meant) in [
            ("HostConfig", "host_config"),
            ("host-name", "host_name"),
            ("mount_point", "mount_points"),
            ("env", "config.env"),
            ("Privileged", "host_config.privileged"),
            ("portMappings", "host_config.port_mappings"),
            ("tty", "io_config.tty"),
            ("hostPort", "host_config.port_mappings[].host_port"),
            ("max_size", "host_config.log_config.driver_config.max_size"),
            ("source", "mount_points[].source"),
            ("domainname", "domain_name at the top level"),
            ("ports", "host_config.port_mappings"),
            ("volumes", "mount_points"),
            ("volumeMounts", "mount_points"),
            ("environment", "config.env"),
            ("restart", "host_config.restart_policy"),
            ("capAdd", "host_config.extra_capabilities"),
        ] {
            let message = unknown(key, &asked, Format::ContainerManagement);
            let expected = format!("unknown key, ignored; did you mean {meant}?");
            assert_eq!(message, expected, "{key}");
        }
        for key in ["replicas", "labels", &"x".repeat(1000)] {
            let message = unknown(key, &asked, Format::ContainerManagement);
            assert_eq!(message, "unknown key, ignored");
        }
        let internal = unknown("binds", &asked, Format::Internal);
        assert_eq!(internal, "unknown key, ignored; did you mean mounts?");
    }

    #[test]
    fn a_key_that_kanto_cm_takes_for_another_is_named() {
        for key in ["HOST_CONFIG", "Host_Config"] {
            let message = unknown(key, &["image", "host_config"], Format::ContainerManagement);
            assert!(message.contains("takes it for host_config"), "{message}");
        }
    }
}
