//! The forms that names and entries must have, by the regular expressions of Kanto-CM and containerd.

/// Does it match Kanto-CM's `^[a-zA-Z0-9_][a-zA-Z0-9_.-]*$`?
pub(super) fn is_container_name(name: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    name.bytes().next().is_some_and(word)
        && name
            .bytes()
            .all(|byte| word(byte) || byte == b'.' || byte == b'-')
}

/// Does it match Kanto-CM's `^[a-zA-Z_]([a-zA-Z0-9_]*)(|=(.*))$`, where the dot takes all but a line feed?
pub(super) fn is_environment_entry(entry: &str) -> bool {
    let (name, value) = entry.split_once('=').unwrap_or((entry, ""));
    let begins = name
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    begins
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !value.contains('\n')
}

/// Does it match Kanto-CM's `^(.+):host_ip(_(.+))?$`? Its Create looks no further than this pattern, so more than one colon
/// matches, too.
pub(super) fn names_host_address(entry: &str) -> bool {
    entry.match_indices(":host_ip").any(|(start, word)| {
        let rest = &entry[start + word.len()..];
        start > 0
            && (rest.is_empty()
                || rest
                    .strip_prefix('_')
                    .is_some_and(|interface| !interface.is_empty()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for good in ["a", "_a", "0", "a--b", "a._-"] {
            assert!(is_container_name(good), "{good}");
        }
        for bad in ["", "-a", ".a", "a b", "a/b", "é", "a\n"] {
            assert!(!is_container_name(bad), "{bad}");
        }
    }

    #[test]
    fn environment_entries() {
        for good in ["A", "_", "A=", "a_1==x\ty", "LOG_FILE="] {
            assert!(is_environment_entry(good), "{good}");
        }
        for bad in ["", "=x", "1A=x", "A B=x", "a-b=x", "A=x\ny", "é=x"] {
            assert!(!is_environment_entry(bad), "{bad}");
        }
    }

    #[test]
    fn entries_that_name_the_hosts_address() {
        for yes in ["a:host_ip", "a:host_ip_eth0", "a:host_ipx:host_ip"] {
            assert!(names_host_address(yes), "{yes}");
        }
        for no in [
            ":host_ip",
            "a:host_ip_",
            "a:host_ipx",
            "a:1.2.3.4",
            "host_ip",
        ] {
            assert!(!names_host_address(no), "{no}");
        }
    }
}
