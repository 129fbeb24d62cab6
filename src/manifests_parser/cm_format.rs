//! What is particular to the CM format, the one of Kanto-CM's own initial-deployment directory.

use super::reader::Reader;

/// Top-level keys that only this format has.
pub(super) const OWN_KEYS: [&str; 3] = ["container_id", "container_name", "mount_points"];

const NANOSECONDS: i64 = 1_000_000_000;

/// More seconds than anybody waits for a container (eleven days), and fewer nanoseconds than anybody means (a millisecond).
const MAX_SECONDS: i64 = 1_000_000;

/// How this format spells a key of the API that lies in the object with the path `parent` (empty: the top level).
pub(super) fn spelling<'k>(parent: &str, key: &'k str) -> &'k str {
    match (parent.is_empty(), key) {
        (true, "id") => "container_id",
        (true, "name") => "container_name",
        (true, "mounts") => "mount_points",
        (false, "protocol") => "proto",
        _ => key,
    }
}

/// What Kanto-CM writes by itself: it may be in a file copied from its store, and is no part of what to deploy.
pub(super) fn skip_runtime_state(reader: &mut Reader<'_, '_>) {
    reader.ignore(&[
        "resolv_conf_path",
        "hosts_path",
        "hostname_path",
        "network_settings",
        "state",
        "created",
        "restart_count",
        "manually_stopped",
        "started_successfully_before",
    ]);
}

/// The seconds that a `retry_timeout` means, and whether that is less than what it says. It is documented in seconds, but
/// Kanto-CM's own store holds nanoseconds: the magnitude decides.
pub(super) fn seconds(retry_timeout: i64) -> (i64, bool) {
    if retry_timeout < MAX_SECONDS {
        return (retry_timeout, false);
    }
    let is_rounded = retry_timeout % NANOSECONDS != 0;
    (retry_timeout / NANOSECONDS, is_rounded)
}

/// The API's word for a hook's type, which is a number here; the number again when there is no such word.
pub(super) fn hook_kind(number: i64) -> String {
    match number {
        0 => "Prestart".to_owned(),
        1 => "Poststart".to_owned(),
        2 => "Poststop".to_owned(),
        other => other.to_string(),
    }
}
