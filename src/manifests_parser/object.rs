//! Reads the values of one JSON object by key, and knows which keys of the file nobody has read.
//!
//! Keys are those of Kanto-CM's API. A value that cannot be read gives an error and the empty value.

use super::collector::{Collector, Path};
use super::format::{spelling, Format};
use super::json::Raw;
use super::keys;
use super::quote::{quoted, shown};
use super::value::Value;

/// One object of a manifest.
pub(super) struct Object<'t, 'c> {
    members: Vec<(String, Raw<'t>)>,
    /// Keys that were read or skipped, as the file spells them.
    known: Vec<&'static str>,
    path: Path,
    collector: &'c mut Collector<'t>,
}

impl<'t, 'c> Object<'t, 'c> {
    /// Opens the object. `None`: it is no object, which is an error now.
    pub(super) fn open(value: Value<'t>, collector: &'c mut Collector<'t>) -> Option<Self> {
        Some(Object {
            members: value.members(collector)?,
            known: Vec::new(),
            path: value.path,
            collector,
        })
    }

    /// Returns the manifest's format.
    pub(super) fn format(&self) -> Format {
        self.collector.format
    }

    /// Reads a text; empty when it is left out.
    pub(super) fn text(&mut self, key: &'static str) -> String {
        let value = self.value(key, true);
        let text = value.and_then(|value| value.text(self.collector));
        text.unwrap_or_default()
    }

    /// Reads a whole number; 0 when it is left out.
    pub(super) fn integer<N: TryFrom<i64> + Default>(&mut self, key: &'static str) -> N {
        let value = self.value(key, true);
        let number = value.and_then(|value| value.integer(self.collector));
        number.unwrap_or_default()
    }

    /// Reads true or false; false when it is left out.
    pub(super) fn flag(&mut self, key: &'static str) -> bool {
        let value = self.value(key, true);
        let flag = value.and_then(|value| value.flag(self.collector));
        flag.unwrap_or_default()
    }

    /// Reads a list of texts; empty when it is left out.
    pub(super) fn texts(&mut self, key: &'static str) -> Vec<String> {
        let value = self.value(key, true);
        self.texts_of(value)
    }

    /// Reads a list of texts with a key that even the internal format may lack.
    pub(super) fn optional_texts(&mut self, key: &'static str) -> Vec<String> {
        let value = self.value(key, false);
        self.texts_of(value)
    }

    /// Reads an object; the default when it is left out.
    pub(super) fn object<T: Default>(
        &mut self,
        key: &'static str,
        read: fn(&mut Object<'t, '_>) -> T,
    ) -> T {
        let value = self.value(key, true);
        value.map_or_else(T::default, |value| self.read_object(value, read))
    }

    /// Reads a list of objects; empty when it is left out.
    pub(super) fn objects<T: Default>(
        &mut self,
        key: &'static str,
        read: fn(&mut Object<'t, '_>) -> T,
    ) -> Vec<T> {
        let Some(list) = self.value(key, true) else {
            return Vec::new();
        };
        let items = list.items(self.collector).into_iter();
        items.map(|item| self.read_object(item, read)).collect()
    }

    /// Adds a warning about the value of a key that is there, spelled as in the API.
    pub(super) fn warn(&mut self, key: &str, message: String) {
        if let Some(raw) = self.member(key) {
            let key = self.path.member(key, key).written;
            self.collector.warn_at(key, raw, message);
        }
    }

    /// Is the key there, with this very spelling?
    pub(super) fn has(&self, key: &str) -> bool {
        self.member(key).is_some()
    }

    /// Skips keys of the file about which there is another message.
    pub(super) fn skip(&mut self, written: &[&'static str]) {
        self.known.extend_from_slice(written);
    }

    /// Skips keys whose values do not matter.
    pub(super) fn ignore(&mut self, keys: &[&'static str]) {
        for key in keys {
            if !self.known.contains(key) {
                self.value(key, true);
            }
        }
    }

    /// Reads an object of which only the keys matter; anything else may stand there, too.
    pub(super) fn object_or_ignore(&mut self, key: &'static str, read: fn(&mut Object<'t, '_>)) {
        if let Some(value) = self.value(key, true) {
            if value.raw.starts_with('{') {
                self.read_object(value, read);
            }
        }
    }

    /// Reads a text under one of two spellings of a key; when both are there they must agree.
    pub(super) fn text_or_alias(&mut self, key: &'static str, alias: &'static str) -> String {
        let text = self.text(key);
        self.known.push(alias);
        let Some(raw) = self.member(alias).filter(|raw| *raw != "null") else {
            return text;
        };
        let path = self.path.member(key, alias);
        if text.is_empty() {
            let path = self.collector.record_place(path, raw);
            let value = Value { raw, path };
            return value.text(self.collector).unwrap_or_default();
        }
        let value = Value { raw, path };
        let other = value.text(self.collector).unwrap_or_default();
        if !other.is_empty() && other != text {
            let preferred = spelling(&self.path.written, key);
            let message = format!("contradicts {preferred}, which says {}", quoted(&text));
            value.refuse(message, self.collector);
        }
        text
    }

    /// Warns about the keys that nobody has read.
    pub(super) fn warn_about_unknown_keys(self) {
        for (key, raw) in &self.members {
            if !self.known.contains(&key.as_str()) {
                let message = keys::unknown(key, &self.known, self.collector.format);
                let key = shown(key);
                let key = self.path.member(&key, &key).written;
                self.collector.warn_at(key, raw, message);
            }
        }
    }

    fn read_object<T: Default>(
        &mut self,
        value: Value<'t>,
        read: fn(&mut Object<'t, '_>) -> T,
    ) -> T {
        let Some(mut object) = Object::open(value, self.collector) else {
            return T::default();
        };
        let content = read(&mut object);
        object.warn_about_unknown_keys();
        content
    }

    fn texts_of(&mut self, list: Option<Value<'t>>) -> Vec<String> {
        let Some(list) = list else {
            return Vec::new();
        };
        let items = list.items(self.collector).into_iter();
        items
            .map(|item| item.text(self.collector).unwrap_or_default())
            .collect()
    }

    /// Finds the value of a key. The internal format must have a key that is `required`; its value may be null.
    fn value(&mut self, key: &'static str, required: bool) -> Option<Value<'t>> {
        let written = match self.format() {
            Format::ContainerManagement => spelling(&self.path.written, key),
            Format::Internal => key,
        };
        self.known.push(written);
        let path = self.path.member(key, written);
        let Some(raw) = self.member(written) else {
            // What a drop-in has removed counts as null.
            let written = path.written.clone();
            let is_removed = self.collector.record_removal(path);
            if required && !is_removed && self.format() == Format::Internal {
                self.collector.missing.push(written);
            }
            return None;
        };
        let path = self.collector.record_place(path, raw);
        (raw != "null").then_some(Value { raw, path })
    }

    fn member(&self, written: &str) -> Option<Raw<'t>> {
        let members = &mut self.members.iter();
        let member = members.find(|(key, _)| key == written);
        member.map(|(_, raw)| *raw)
    }
}
