//! The two formats of a manifest, and how they spell what they have in common.

use crate::container::{HOOK_KINDS, NANOSECONDS_FROM};

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

/// The top-level keys that only one of the formats has.
pub(super) struct OwnKeys {
    pub(super) cm: Vec<&'static str>,
    pub(super) internal: Vec<&'static str>,
}

impl OwnKeys {
    /// Finds them among the keys of a file.
    pub(super) fn among(keys: &[String]) -> OwnKeys {
        let present = |own: [&'static str; 3]| -> Vec<&'static str> {
            let mut own = own.to_vec();
            own.retain(|own| keys.iter().any(|key| key == own));
            own
        };
        OwnKeys {
            cm: present(CM_KEYS),
            internal: present(INTERNAL_KEYS),
        }
    }

    /// The format that the file has.
    pub(super) fn format(&self) -> Format {
        if self.cm.is_empty() && !self.internal.is_empty() {
            Format::Internal
        } else {
            Format::ContainerManagement
        }
    }

    /// Says which keys are of which format, if both are used.
    pub(super) fn mixture(&self) -> Option<String> {
        if self.cm.is_empty() || self.internal.is_empty() {
            return None;
        }
        let (cm, internal) = (self.cm.join(", "), self.internal.join(", "));
        Some(format!(
            "two formats are mixed: {cm} of the CM format, {internal} of the internal one"
        ))
    }
}

const NANOSECONDS: i64 = 1_000_000_000;

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
    if retry_timeout < NANOSECONDS_FROM {
        return (retry_timeout, false);
    }
    let is_rounded = retry_timeout % NANOSECONDS != 0;
    (retry_timeout / NANOSECONDS, is_rounded)
}

/// Returns the API's word for a hook's type, which is a number in the CM format; the number if there is no such word.
pub(super) fn hook_kind(number: i64) -> String {
    let kind = usize::try_from(number).ok();
    let kind = kind.and_then(|number| HOOK_KINDS.get(number));
    kind.map_or_else(|| number.to_string(), |&kind| kind.to_owned())
}
