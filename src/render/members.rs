//! The members of an object of a manifest: all of them, or those that differ from their defaults.

use super::json::Json;

pub(super) struct Members {
    members: Vec<(&'static str, Json)>,
    is_complete: bool,
}

impl Members {
    /// `is_complete`: defaults are written, too, as the internal format demands it.
    pub(super) fn new(is_complete: bool) -> Members {
        Members {
            members: Vec::new(),
            is_complete,
        }
    }

    pub(super) fn is_complete(&self) -> bool {
        self.is_complete
    }

    pub(super) fn add(&mut self, key: &'static str, value: impl Into<Json>) {
        self.members.push((key, value.into()));
    }

    pub(super) fn text(&mut self, key: &'static str, value: &str, default: &str) {
        if self.is_complete || value != default {
            self.add(key, value);
        }
    }

    pub(super) fn number(&mut self, key: &'static str, value: i64, default: i64) {
        if self.is_complete || value != default {
            self.add(key, value);
        }
    }

    pub(super) fn flag(&mut self, key: &'static str, flag: bool) {
        if self.is_complete || flag {
            self.add(key, flag);
        }
    }

    pub(super) fn texts(&mut self, key: &'static str, texts: &[String]) {
        if self.is_complete || !texts.is_empty() {
            self.add(key, texts);
        }
    }

    pub(super) fn list<T>(&mut self, key: &'static str, items: &[T], of: fn(&T, &mut Members)) {
        if self.is_complete || !items.is_empty() {
            let object = |item| {
                let mut members = Members::new(self.is_complete);
                of(item, &mut members);
                members.into()
            };
            self.add(key, Json::List(items.iter().map(object).collect()));
        }
    }

    pub(super) fn object(&mut self, key: &'static str, of: impl FnOnce(&mut Members)) {
        let mut members = Members::new(self.is_complete);
        of(&mut members);
        if !members.members.is_empty() {
            self.add(key, members);
        }
    }

    /// Kanto-CM refuses some objects without this key: it is there, first, whenever another one is.
    pub(super) fn leading(&mut self, key: &'static str, value: &str, default: &str) {
        if value != default || !self.members.is_empty() {
            self.members.insert(0, (key, value.into()));
        }
    }
}

impl From<Members> for Json {
    fn from(members: Members) -> Json {
        Json::Object(members.members)
    }
}
