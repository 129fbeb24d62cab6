//! The raw manifest: JSON text that is taken apart one level at a time.
//!
//! `serde_json` does the lexing. A value is a slice of the file's text, so its place in the file is known, and keys come
//! out in their order, twice when they are there twice.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// The text of one JSON value, without white space around it.
pub(super) type Raw<'t> = &'t str;

/// Why a file is no JSON at all, and at which byte.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SyntaxError {
    pub(super) offset: usize,
    pub(super) message: String,
}

/// The value that a whole file consists of.
pub(super) fn root(text: &str) -> Result<Raw<'_>, SyntaxError> {
    if text.starts_with('\u{feff}') {
        return fail(
            0,
            "the file begins with a byte order mark, which JSON does not allow",
        );
    }
    if text.trim_start().is_empty() {
        return fail(0, "the file is empty: expected a JSON object");
    }
    serde_json::from_str::<&RawValue>(text)
        .map(RawValue::get)
        .map_err(|error| describe(text, &error))
}

/// Keys (still in quotes) and values of an object, in order.
pub(super) fn members(object: Raw<'_>) -> Vec<(Raw<'_>, Raw<'_>)> {
    let members = serde_json::from_str::<Members<'_>>(object);
    members.map(|members| members.0).unwrap_or_default() // never fails: the whole file was read before
}

/// The items of an array, in order.
pub(super) fn items(array: Raw<'_>) -> Vec<Raw<'_>> {
    let items = serde_json::from_str::<Items<'_>>(array);
    items.map(|items| items.0).unwrap_or_default() // never fails: the whole file was read before
}

/// The text that a string in quotes stands for; none when it holds half a surrogate pair, which is no character.
pub(super) fn unescape(string: Raw<'_>) -> Option<String> {
    serde_json::from_str(string).ok()
}

fn fail<T>(offset: usize, message: &str) -> Result<T, SyntaxError> {
    Err(SyntaxError {
        offset,
        message: message.to_owned(),
    })
}

fn describe(text: &str, error: &serde_json::Error) -> SyntaxError {
    let start: usize = text
        .split_inclusive('\n')
        .take(error.line().saturating_sub(1))
        .map(str::len)
        .sum();
    // serde_json counts bytes from 1, and from 0 when it stopped at a line's end.
    let mut offset = (start + error.column().saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default();
    let message = message.strip_prefix("EOF while parsing").map_or_else(
        || format!("not valid JSON: {message}"),
        |what| format!("not valid JSON: the file ends within{what}"),
    );
    SyntaxError { offset, message }
}

struct Members<'t>(Vec<(Raw<'t>, Raw<'t>)>);

impl<'t> Deserialize<'t> for Members<'t> {
    fn deserialize<D: Deserializer<'t>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor).map(Members)
    }
}

struct MembersVisitor;

impl<'t> Visitor<'t> for MembersVisitor {
    type Value = Vec<(Raw<'t>, Raw<'t>)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some((key, value)) = map.next_entry::<&RawValue, &RawValue>()? {
            members.push((key.get(), value.get()));
        }
        Ok(members)
    }
}

struct Items<'t>(Vec<Raw<'t>>);

impl<'t> Deserialize<'t> for Items<'t> {
    fn deserialize<D: Deserializer<'t>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ItemsVisitor).map(Items)
    }
}

struct ItemsVisitor;

impl<'t> Visitor<'t> for ItemsVisitor {
    type Value = Vec<Raw<'t>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'t>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element::<&RawValue>()? {
            items.push(item.get());
        }
        Ok(items)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn members_keep_order_and_duplicates() {
        let object = r#" { "b" : 1, "a":[2, {}], "b" : "x" } "#;
        let root = root(object).unwrap();
        assert_eq!(
            members(root),
            [("\"b\"", "1"), ("\"a\"", "[2, {}]"), ("\"b\"", "\"x\"")]
        );
        assert_eq!(items("[2, {}]"), ["2", "{}"]);
    }

    #[test]
    fn half_a_surrogate_pair_is_no_text() {
        assert_eq!(unescape(r#""\ud83d""#), None);
        assert_eq!(unescape(r#""\ud83d\ude00 é""#).as_deref(), Some("😀 é"));
    }

    #[test]
    fn a_syntax_error_knows_its_byte() {
        assert_eq!(root("{\"é\": 1,\n  \"é\" 2}").unwrap_err().offset, 17);
        assert_eq!(root("{\"a\": 1} x").unwrap_err().offset, 9);
        assert_eq!(root("").unwrap_err().offset, 0);
    }

    #[test]
    fn no_depth_of_nesting_overflows_the_stack() {
        let deep = "[".repeat(500_000);
        assert!(root(&deep).is_err());
        assert!(root(&(deep + &"]".repeat(500_000))).is_ok());
    }
}
