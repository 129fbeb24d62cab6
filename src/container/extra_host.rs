//! An entry of `extra_hosts`: Kanto-CM makes a line of the container's `/etc/hosts` from it at each start.

use std::net::Ipv4Addr;

/// An entry `name:address`.
#[derive(Debug, PartialEq, Eq)]
pub struct ExtraHost<'a> {
    /// The name that the container can resolve.
    pub name: &'a str,
    /// The address that it resolves to.
    pub address: ExtraAddress<'a>,
}

/// The address in an entry of `extra_hosts`.
#[derive(Debug, PartialEq, Eq)]
pub enum ExtraAddress<'a> {
    /// An IPv4 address.
    Ip,
    /// `host_ip` or `host_ip_<interface>`: an address of the machine.
    Host,
    /// `container_<host_name>`: the address of the container with this host name.
    Container(&'a str),
    /// A text that Kanto-CM cannot resolve.
    Unknown(&'a str),
}

impl<'a> ExtraHost<'a> {
    /// Parses an entry. `None`: it has not exactly one colon, so Kanto-CM does not start the container.
    pub fn parse(entry: &'a str) -> Option<Self> {
        let (name, address) = entry.trim().split_once(':')?;
        if address.contains(':') {
            return None;
        }
        let behind = |prefix| address.strip_prefix(prefix).filter(|rest| !rest.is_empty());
        let address = if let Some(host_name) = behind("container_") {
            ExtraAddress::Container(host_name)
        } else if address == "host_ip" || behind("host_ip_").is_some() {
            ExtraAddress::Host
        } else if address.parse::<Ipv4Addr>().is_ok() {
            ExtraAddress::Ip
        } else {
            ExtraAddress::Unknown(address)
        };
        Some(ExtraHost { name, address })
    }
}

/// Returns the host name in an entry `name:container_<host_name>`.
pub fn container_host_name(entry: &str) -> Option<&str> {
    match ExtraHost::parse(entry)?.address {
        ExtraAddress::Container(host_name) => Some(host_name),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_parsed_as_kanto_cm_does_it() {
        use ExtraAddress::{Container, Host, Ip, Unknown};
        for (entry, name, address) in [
            ("a:1.2.3.4", "a", Ip),
            (" a:1.2.3.4 ", "a", Ip),
            ("a:host_ip", "a", Host),
            ("a:host_ip_eth0", "a", Host),
            ("a:container_b-host", "a", Container("b-host")),
            (":host_ip", "", Host),
            ("a:host_ip_", "a", Unknown("host_ip_")),
            ("a:host_ipx", "a", Unknown("host_ipx")),
            ("a:container_", "a", Unknown("container_")),
            ("a: 1.2.3.4", "a", Unknown(" 1.2.3.4")),
            ("a:", "a", Unknown("")),
        ] {
            let parsed = ExtraHost::parse(entry);
            assert_eq!(parsed, Some(ExtraHost { name, address }), "{entry}");
        }
        for entry in ["", "a", "a:::1", "a:container_b:c", "a:b:host_ip"] {
            assert_eq!(ExtraHost::parse(entry), None, "{entry}");
        }
    }

    #[test]
    fn only_a_container_has_a_host_name() {
        assert_eq!(container_host_name("a:container_b"), Some("b"));
        assert_eq!(container_host_name("a:host_ip"), None);
    }
}
