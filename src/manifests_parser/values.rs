//! Looks at raw values on a reader's behalf: the members of an object, and a value's description for a message.

use super::findings::{Findings, Path};
use super::tree::{self, Raw};
use super::words;
use crate::sort::sort;

/// The members of an object with readable keys, each key once.
pub(super) fn read_members<'t>(
    object: Raw<'t>,
    path: &Path,
    findings: &mut Findings<'t>,
) -> Vec<(String, Raw<'t>)> {
    let mut members: Vec<(String, Raw<'t>)> = Vec::new();
    for (key, raw) in tree::members(object) {
        match tree::unescape(key) {
            Some(key) => members.push((key, raw)),
            None => findings.unreadable(
                path,
                key,
                "the key holds half a surrogate pair, which is no character".to_owned(),
            ),
        }
    }
    let keys = members.iter().map(|(key, _)| key.as_str());
    let mut order: Vec<(&str, usize)> = keys.zip(0..).collect();
    sort(&mut order); // by the place, too: the first of two stays the first
    for pair in order.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
        let (key, second) = pair[1];
        let key = words::shown(key);
        findings.unreadable(
            &path.member(&key, &key),
            members[second].1,
            "the same key stands here for the second time".to_owned(),
        );
    }
    members
}

/// What the value with this API path is, for a message.
pub(super) fn describe(path: &Path, raw: Raw<'_>) -> String {
    // A variable or a decryption key: this may be a password.
    let is_secret = path.canonical.contains(".env") || path.canonical.contains(".keys");
    match raw.as_bytes().first() {
        Some(b'"') if is_secret => "a text".to_owned(),
        Some(b'{') => "an object".to_owned(),
        Some(b'[') => "a list".to_owned(),
        Some(b'"') => format!("the text {}", words::shown(raw)),
        _ if is_secret => "something else".to_owned(),
        _ => words::shown(raw),
    }
}
