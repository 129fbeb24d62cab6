//! One value of a manifest: what type it has, and what it says. A value of another type than expected is an error.

use super::collector::{Collector, Path};
use super::json::{self, Raw};
use super::quote::shown;
use crate::sort::sort;

/// What is wrong with a key that is no text.
pub(super) const HALF_A_PAIR: &str = "the key holds half a surrogate pair, which is no character";

/// What is wrong with a key that an object has twice.
pub(super) const SECOND_TIME: &str = "the same key stands here for the second time";

/// Finds the keys that are not the first of their name, by their indices.
pub(super) fn duplicates<T>(members: &[(String, T)]) -> Vec<usize> {
    let keys = members.iter().map(|(key, _)| key.as_str());
    let mut order: Vec<(&str, usize)> = keys.zip(0..).collect();
    sort(&mut order); // by the index, too: the first of two stays the first
    let pairs = order.windows(2).filter(|pair| pair[0].0 == pair[1].0);
    pairs.map(|pair| pair[1].1).collect()
}

/// A value that the file holds, and its place.
pub(super) struct Value<'t> {
    pub(super) raw: Raw<'t>,
    pub(super) path: Path,
}

impl<'t> Value<'t> {
    /// Returns the text. `None`: it is no text, which is an error now.
    pub(super) fn text(&self, collector: &mut Collector<'t>) -> Option<String> {
        if !self.raw.starts_with('"') {
            self.refuse_type("a text", collector);
            return None;
        }
        let text = json::unescape(self.raw);
        if text.is_none() {
            let message = "the text holds half a surrogate pair, which is no character";
            self.refuse(message.to_owned(), collector);
        }
        text
    }

    /// Returns the whole number. `None`: it is none that fits into the type, which is an error now.
    pub(super) fn integer<N: TryFrom<i64>>(&self, collector: &mut Collector<'t>) -> Option<N> {
        let digits = self.raw.strip_prefix('-').unwrap_or(self.raw);
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            self.refuse_type("a whole number", collector);
            return None;
        }
        let number = self.raw.parse::<i64>().ok();
        let fitting = number.and_then(|number| N::try_from(number).ok());
        if fitting.is_none() {
            let is_negative = self.raw.starts_with('-');
            let size = if is_negative { "small" } else { "large" };
            let message = format!("the number {} is too {size}", shown(self.raw));
            self.refuse(message, collector);
        }
        fitting
    }

    /// Returns true or false. `None`: it is something else, which is an error now.
    pub(super) fn flag(&self, collector: &mut Collector<'t>) -> Option<bool> {
        match self.raw {
            "true" => Some(true),
            "false" => Some(false),
            _ => {
                self.refuse_type("true or false", collector);
                None
            }
        }
    }

    /// Returns the items of the list; none if it is no list, which is an error now.
    pub(super) fn items(&self, collector: &mut Collector<'t>) -> Vec<Value<'t>> {
        if !self.raw.starts_with('[') {
            self.refuse_type("a list", collector);
            return Vec::new();
        }
        let items = json::items(self.raw).into_iter().enumerate();
        items
            .map(|(index, raw)| Value {
                raw,
                path: collector.record_place(self.path.item(index), raw),
            })
            .collect()
    }

    /// Returns the members of the object with readable keys, each key once. `None`: it is no object, which is an error now.
    pub(super) fn members(&self, collector: &mut Collector<'t>) -> Option<Vec<(String, Raw<'t>)>> {
        if !self.raw.starts_with('{') {
            self.refuse_type("an object", collector);
            return None;
        }
        let mut members: Vec<(String, Raw<'t>)> = Vec::new();
        for (key, raw) in json::members(self.raw) {
            match json::unescape(key) {
                Some(key) => members.push((key, raw)),
                None => collector.error_at(&self.path, key, HALF_A_PAIR.to_owned()),
            }
        }
        self.refuse_duplicates(&members, collector);
        Some(members)
    }

    fn refuse_duplicates(&self, members: &[(String, Raw<'t>)], collector: &mut Collector<'t>) {
        for second in duplicates(members) {
            let (key, raw) = &members[second];
            let key = shown(key);
            let path = self.path.member(&key, &key);
            collector.error_at(&path, raw, SECOND_TIME.to_owned());
        }
    }

    /// Adds an error about this value.
    pub(super) fn refuse(&self, message: String, collector: &mut Collector<'t>) {
        collector.error_at(&self.path, self.raw, message);
    }

    fn refuse_type(&self, expected: &str, collector: &mut Collector<'t>) {
        let message = format!("expected {expected}, found {}", self.describe());
        self.refuse(message, collector);
    }

    fn describe(&self) -> String {
        // A variable or a decryption key: this may be a password.
        let canonical = &self.path.canonical;
        let is_secret = canonical.contains(".env") || canonical.contains(".keys");
        match self.raw.as_bytes().first() {
            Some(b'"') if is_secret => "a text".to_owned(),
            Some(b'{') => "an object".to_owned(),
            Some(b'[') => "a list".to_owned(),
            Some(b'"') => format!("the text {}", shown(self.raw)),
            _ if is_secret => "something else".to_owned(),
            _ => shown(self.raw),
        }
    }
}
