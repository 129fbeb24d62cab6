//! The two formats of a manifest, and how they spell what they have in common. Imports nothing.

/// Which of the two formats a manifest has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// The format of Kanto-CM's own manifests, where nearly everything may be left out. Recommended.
    ContainerManagement,
    /// The shape of the API's `Spec` message, where no key may be left out (but `extra_capabilities`, which the API got later).
    Internal,
}

/// Top-level keys that only the CM format has.
pub(super) const CM_KEYS: [&str; 3] = ["container_id", "container_name", "mount_points"];

/// Top-level keys that only the internal format has.
pub(super) const INTERNAL_KEYS: [&str; 3] = ["id", "name", "mounts"];

const NANOSECONDS: i64 = 1_000_000_000;

/// More seconds than anybody waits for a container (eleven days), and fewer nanoseconds than anybody means (a millisecond).
const MAX_SECONDS: i64 = 1_000_000;

/// Returns the CM format's spelling of a key of the API that lies in the object with the path `parent` (empty: the top level).
pub(super) fn spelling<'k>(parent: &str, key: &'k str) -> &'k str {
    match (parent.is_empty(), key) {
        (true, "id") => "container_id",
        (true, "name") => "container_name",
        (true, "mounts") => "mount_points",
        (false, "protocol") => "proto",
        _ => key,
    }
}

/// Converts a `retry_timeout` into seconds; the flag: the seconds are rounded. The format documents seconds, but
/// Kanto-CM's own store holds nanoseconds: the magnitude decides.
pub(super) fn seconds(retry_timeout: i64) -> (i64, bool) {
    if retry_timeout < MAX_SECONDS {
        return (retry_timeout, false);
    }
    let is_rounded = retry_timeout % NANOSECONDS != 0;
    (retry_timeout / NANOSECONDS, is_rounded)
}

/// Returns the API's word for a hook's type, which is a number in the CM format; the number if there is no such word.
pub(super) fn hook_kind(number: i64) -> String {
    match number {
        0 => "Prestart".to_owned(),
        1 => "Poststart".to_owned(),
        2 => "Poststop".to_owned(),
        other => other.to_string(),
    }
}
