//! Writes the members of an object of a manifest: all of them, or those that differ from their defaults. One value a line.

use crate::text::printable_json;

pub(super) struct Members<'t> {
    text: &'t mut String,
    /// Where the first of these members begins in the text.
    start: usize,
    /// How a line of these members begins.
    line: String,
    is_complete: bool,
}

/// Writes an object. `is_complete`: with defaults, too, as the internal format demands it.
pub(super) fn write_object(is_complete: bool, write: &dyn Fn(&mut Members<'_>)) -> String {
    let mut text = String::new();
    let mut document = Members {
        text: &mut text,
        start: 0,
        line: "\n".to_owned(),
        is_complete,
    };
    document.nest(["{", "}\n"], write);
    text
}

impl Members<'_> {
    pub(super) fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// Adds a member whose value is written in JSON.
    pub(super) fn add(&mut self, key: &str, value: &str) {
        self.key(key);
        self.text.push_str(value);
    }

    pub(super) fn text(&mut self, key: &str, value: &str, default: &str) {
        if self.is_complete || value != default {
            self.add(key, &quoted(value));
        }
    }

    pub(super) fn number(&mut self, key: &str, value: i64, default: i64) {
        if self.is_complete || value != default {
            self.add(key, &value.to_string());
        }
    }

    pub(super) fn flag(&mut self, key: &str, flag: bool) {
        if self.is_complete || flag {
            self.add(key, if flag { "true" } else { "false" });
        }
    }

    pub(super) fn texts(&mut self, key: &str, texts: &[String]) {
        self.items(key, texts.len(), &|items, index| {
            items.text.push_str(&quoted(&texts[index]));
        });
    }

    pub(super) fn list<T>(&mut self, key: &str, list: &[T], write: fn(&T, &mut Members<'_>)) {
        self.items(key, list.len(), &|items, index| {
            items.nest(["{", "}"], &|members| write(&list[index], members));
        });
    }

    fn items(&mut self, key: &str, count: usize, write: &dyn Fn(&mut Members<'_>, usize)) {
        if self.is_complete || count > 0 {
            self.key(key);
            self.nest(["[", "]"], &|items| {
                for index in 0..count {
                    items.begin();
                    write(items, index);
                }
            });
        }
    }

    /// Adds an object, unless it has no members.
    pub(super) fn object(&mut self, key: &str, write: &dyn Fn(&mut Members<'_>)) {
        let before = self.text.len();
        self.key(key);
        if self.nest(["{", "}"], write) {
            self.text.truncate(before);
        }
    }

    /// Kanto-CM refuses some objects without this key: it is there, first, whenever another one is.
    pub(super) fn leading(&mut self, key: &str, value: &str, default: &str) {
        let others = self.text.split_off(self.start);
        if value != default || !others.is_empty() {
            self.add(key, &quoted(value));
        }
        if !others.is_empty() {
            self.text.push(',');
            self.text.push_str(&others);
        }
    }

    fn key(&mut self, key: &str) {
        self.begin();
        self.text.push_str(&quoted(key));
        self.text.push_str(": ");
    }

    /// Begins the line of a member or an item.
    fn begin(&mut self) {
        if self.text.len() > self.start {
            self.text.push(',');
        }
        self.text.push_str(&self.line);
    }

    /// Writes an object or a list. Is it empty?
    fn nest(&mut self, [open, close]: [&str; 2], write: &dyn Fn(&mut Members<'_>)) -> bool {
        self.text.push_str(open);
        let start = self.text.len();
        write(&mut Members {
            text: self.text,
            start,
            line: format!("{}    ", self.line),
            is_complete: self.is_complete,
        });
        let is_empty = self.text.len() == start;
        if !is_empty {
            self.text.push_str(&self.line);
        }
        self.text.push_str(close);
        is_empty
    }
}

/// A text can always be written as JSON.
pub(super) fn quoted(text: &str) -> String {
    printable_json(&serde_json::to_string(text).unwrap_or_default())
}
