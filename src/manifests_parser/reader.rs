//! Reads the values of one JSON object by key, collects what is wrong with them, and knows which keys nobody asked for.
//!
//! Keys are asked for in the terms of Kanto-CM's API. A value that cannot be read gives an error and the empty value.

use super::findings::{Findings, Path};
use super::parse::Format;
use super::tree::{self, Raw};
use super::values::{describe, read_members};
use super::{cm_format, keys, words};

/// One object of a manifest.
pub(super) struct Reader<'t, 'f> {
    members: Vec<(String, Raw<'t>)>,
    asked: Vec<&'static str>,
    path: Path,
    findings: &'f mut Findings<'t>,
}

/// A value that the file holds and that is not null.
struct Found<'t> {
    raw: Raw<'t>,
    path: Path,
}

impl<'t, 'f> Reader<'t, 'f> {
    /// Opens the object, or says that it is none.
    pub(super) fn open(raw: Raw<'t>, path: Path, findings: &'f mut Findings<'t>) -> Option<Self> {
        if !raw.starts_with('{') {
            findings.unreadable(
                &path,
                raw,
                format!("expected an object, found {}", describe(&path, raw)),
            );
            return None;
        }
        let members = read_members(raw, &path, findings);
        Some(Reader {
            members,
            asked: Vec::new(),
            path,
            findings,
        })
    }

    /// Which of the two formats the manifest has.
    pub(super) fn format(&self) -> Format {
        self.findings.format
    }

    /// A text; empty when it is left out.
    pub(super) fn text(&mut self, key: &'static str) -> String {
        self.get(key, true)
            .and_then(|found| self.text_of(&found))
            .unwrap_or_default()
    }

    /// A whole number; 0 when it is left out.
    pub(super) fn integer(&mut self, key: &'static str) -> i64 {
        let Some(found) = self.get(key, true) else {
            return 0;
        };
        let is_number = found
            .raw
            .starts_with(|first: char| first == '-' || first.is_ascii_digit());
        match found.raw.parse() {
            Ok(number) => return number,
            Err(_) if is_number && !found.raw.contains(['.', 'e', 'E']) => {
                self.refuse(
                    &found,
                    format!("the number {} is too large", words::shown(found.raw)),
                );
            }
            Err(_) => self.refuse(
                &found,
                format!(
                    "expected a whole number, found {}",
                    describe(&found.path, found.raw)
                ),
            ),
        }
        0
    }

    /// A whole number of 32 bits; 0 when it is left out.
    pub(super) fn small_integer(&mut self, key: &'static str) -> i32 {
        let number = self.integer(key);
        i32::try_from(number).unwrap_or_else(|_| {
            let (raw, path) = (
                self.member(key).unwrap_or_default(),
                self.path.member(key, key),
            );
            self.refuse(
                &Found { raw, path },
                format!("the number {number} is too large"),
            );
            0
        })
    }

    /// True or false; false when it is left out.
    pub(super) fn flag(&mut self, key: &'static str) -> bool {
        let Some(found) = self.get(key, true) else {
            return false;
        };
        if !matches!(found.raw, "true" | "false") {
            self.refuse(
                &found,
                format!(
                    "expected true or false, found {}",
                    describe(&found.path, found.raw)
                ),
            );
        }
        found.raw == "true"
    }

    /// A list of texts; empty when it is left out.
    pub(super) fn texts(&mut self, key: &'static str) -> Vec<String> {
        self.texts_of(key, true)
    }

    /// A list of texts with a key that even the internal format may lack.
    pub(super) fn optional_texts(&mut self, key: &'static str) -> Vec<String> {
        self.texts_of(key, false)
    }

    /// An object; the default when it is left out.
    pub(super) fn object<T: Default>(
        &mut self,
        key: &'static str,
        read: fn(&mut Reader<'t, '_>) -> T,
    ) -> T {
        match self.get(key, true) {
            Some(found) => self.read_object(found, read),
            None => T::default(),
        }
    }

    /// A list of objects; empty when it is left out.
    pub(super) fn objects<T: Default>(
        &mut self,
        key: &'static str,
        read: fn(&mut Reader<'t, '_>) -> T,
    ) -> Vec<T> {
        let items = self.items(key, true);
        items
            .into_iter()
            .map(|item| self.read_object(item, read))
            .collect()
    }

    /// A warning about the value of a key that is there, spelled as in the API.
    pub(super) fn warn(&mut self, key: &str, message: String) {
        if let Some(raw) = self.member(key) {
            self.findings
                .odd(self.path.member(key, key).written, raw, message);
        }
    }

    /// Is the key there, with this very spelling?
    pub(super) fn has(&self, key: &str) -> bool {
        self.member(key).is_some()
    }

    /// Keys of the file that something else has been said about.
    pub(super) fn skip(&mut self, written: &[&'static str]) {
        self.asked.extend_from_slice(written);
    }

    /// Keys whose values do not matter.
    pub(super) fn ignore(&mut self, keys: &[&'static str]) {
        for key in keys {
            if !self.asked.contains(key) {
                self.get(key, true);
            }
        }
    }

    /// An object whose keys alone matter; anything else that stands there does not.
    pub(super) fn object_or_ignore(&mut self, key: &'static str, read: fn(&mut Reader<'t, '_>)) {
        if let Some(found) = self
            .get(key, true)
            .filter(|found| found.raw.starts_with('{'))
        {
            self.read_object(found, read);
        }
    }

    /// A text under one of two spellings of a key; when both are there they must agree.
    pub(super) fn text_or_alias(&mut self, key: &'static str, alias: &'static str) -> String {
        let text = self.text(key);
        self.asked.push(alias);
        let Some(raw) = self.member(alias).filter(|raw| *raw != "null") else {
            return text;
        };
        let path = self.path.member(key, alias);
        let found = Found {
            raw,
            path: path.clone(),
        };
        if text.is_empty() {
            self.findings.found(path, raw);
            return self.text_of(&found).unwrap_or_default();
        }
        let other = self.text_of(&found).unwrap_or_else(|| text.clone());
        if !other.is_empty() && other != text {
            let preferred = cm_format::spelling(&self.path.written, key);
            let message = format!(
                "contradicts {preferred}, which says {}",
                words::quoted(&text)
            );
            self.refuse(&found, message);
        }
        text
    }

    /// Warns about the keys that nobody asked for.
    pub(super) fn finish(self) {
        for (key, raw) in &self.members {
            if self.asked.contains(&key.as_str()) {
                continue;
            }
            let message = keys::unknown(key, &self.asked, self.findings.format);
            let shown = words::shown(key);
            self.findings
                .odd(self.path.member(&shown, &shown).written, raw, message);
        }
    }

    fn read_object<T: Default>(
        &mut self,
        found: Found<'t>,
        read: fn(&mut Reader<'t, '_>) -> T,
    ) -> T {
        let Some(mut reader) = Reader::open(found.raw, found.path, self.findings) else {
            return T::default();
        };
        let value = read(&mut reader);
        reader.finish();
        value
    }

    fn texts_of(&mut self, key: &'static str, required: bool) -> Vec<String> {
        let items = self.items(key, required);
        items
            .into_iter()
            .map(|item| self.text_of(&item).unwrap_or_default())
            .collect()
    }

    fn items(&mut self, key: &'static str, required: bool) -> Vec<Found<'t>> {
        let Some(list) = self.get(key, required) else {
            return Vec::new();
        };
        if !list.raw.starts_with('[') {
            self.refuse(
                &list,
                format!("expected a list, found {}", describe(&list.path, list.raw)),
            );
            return Vec::new();
        }
        let mut items = Vec::new();
        for (index, raw) in tree::items(list.raw).into_iter().enumerate() {
            let path = self.findings.found(list.path.item(index), raw);
            items.push(Found { raw, path });
        }
        items
    }

    /// The value of a key. A key without one may be missing, or may not (`required`) in the internal format.
    fn get(&mut self, key: &'static str, required: bool) -> Option<Found<'t>> {
        let cm = self.findings.format == Format::ContainerManagement;
        let written = if cm {
            cm_format::spelling(&self.path.written, key)
        } else {
            key
        };
        self.asked.push(written);
        let path = self.path.member(key, written);
        let Some(raw) = self.member(written) else {
            if required && !cm {
                self.findings.missing.push(path.written);
            }
            return None;
        };
        let path = self.findings.found(path, raw);
        (raw != "null").then_some(Found { raw, path })
    }

    fn member(&self, written: &str) -> Option<Raw<'t>> {
        self.members
            .iter()
            .find(|(key, _)| key == written)
            .map(|(_, raw)| *raw)
    }

    fn text_of(&mut self, found: &Found<'t>) -> Option<String> {
        if !found.raw.starts_with('"') {
            self.refuse(
                found,
                format!(
                    "expected a text, found {}",
                    describe(&found.path, found.raw)
                ),
            );
            return None;
        }
        let text = tree::unescape(found.raw);
        if text.is_none() {
            self.refuse(
                found,
                "the text holds half a surrogate pair, which is no character".to_owned(),
            );
        }
        text
    }

    fn refuse(&mut self, found: &Found<'t>, message: String) {
        self.findings.unreadable(&found.path, found.raw, message);
    }
}
