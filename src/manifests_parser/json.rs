//! Takes JSON text apart, one level at a time.
//!
//! `serde_json` does the lexing. A value is a slice of the file's text, so its place in the file is known, and keys come
//! out in their order, twice when they are there twice.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::syntax::{explain, SyntaxError};

/// The text of one JSON value, without white space around it.
pub(super) type Raw<'t> = &'t str;

/// Returns the value that a whole file consists of.
pub(super) fn root(text: &str) -> Result<Raw<'_>, SyntaxError> {
    if text.starts_with('\u{feff}') {
        let message = "the file begins with a byte order mark, which JSON does not allow";
        return Err(SyntaxError::new(0, message));
    }
    if text.trim_start().is_empty() {
        let message = "the file is empty: expected a JSON object";
        return Err(SyntaxError::new(0, message));
    }
    serde_json::from_str::<&RawValue>(text)
        .map(RawValue::get)
        .map_err(|error| explain(text, &error))
}

/// Returns keys (still in quotes) and values of an object, in order.
pub(super) fn members(object: Raw<'_>) -> Vec<(Raw<'_>, Raw<'_>)> {
    let members = serde_json::from_str::<Members<'_>>(object);
    members.map(|members| members.0).unwrap_or_default() // never fails: the whole file was read before
}

/// Returns the keys of an object that can be read, in order.
pub(super) fn keys(object: Raw<'_>) -> Vec<String> {
    let members = members(object).into_iter();
    members.filter_map(|(key, _)| unescape(key)).collect()
}

/// Returns the items of an array, in order.
pub(super) fn items(array: Raw<'_>) -> Vec<Raw<'_>> {
    let items = serde_json::from_str::<Items<'_>>(array);
    items.map(|items| items.0).unwrap_or_default() // never fails: the whole file was read before
}

/// Returns the text that a string in quotes stands for. `None`: it holds half a surrogate pair, which is no character.
pub(super) fn unescape(string: Raw<'_>) -> Option<String> {
    serde_json::from_str(string).ok()
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
