//! Writes the members of an object of a manifest: all of them, or those that differ from their defaults. One value a line.

use std::mem;

use crate::text::printable_json;

const INDENT: &str = "    ";

pub(super) struct Members {
    text: String,
    /// Where the innermost open object or list begins in the text.
    start: usize,
    /// How a line in it begins.
    line: String,
    is_complete: bool,
}

/// An object or a list that is not closed yet.
pub(super) struct Open {
    /// The text's length before its key.
    before: usize,
    /// Where that begins which it lies in.
    outer: usize,
}

impl Members {
    /// `is_complete`: with defaults, too, as the internal format demands it.
    pub(super) fn new(is_complete: bool) -> Members {
        Members {
            text: "{".to_owned(),
            start: 1,
            line: format!("\n{INDENT}"),
            is_complete,
        }
    }

    pub(super) fn into_text(self) -> String {
        self.text + "\n}\n"
    }

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
        if self.is_complete || !texts.is_empty() {
            let list = self.open(key, '[');
            for text in texts {
                self.begin();
                self.text.push_str(&quoted(text));
            }
            self.close(&list, ']');
        }
    }

    pub(super) fn list<T>(&mut self, key: &str, items: &[T], write: fn(&T, &mut Members)) {
        if self.is_complete || !items.is_empty() {
            let list = self.open(key, '[');
            for item in items {
                self.begin();
                let object = self.nest(self.text.len(), '{');
                write(item, self);
                self.close(&object, '}');
            }
            self.close(&list, ']');
        }
    }

    pub(super) fn open_object(&mut self, key: &str) -> Open {
        self.open(key, '{')
    }

    /// Ends an object, which is left out if it has no members.
    pub(super) fn close_object(&mut self, object: &Open) {
        if self.close(object, '}') {
            self.text.truncate(object.before);
        }
    }

    /// Kanto-CM refuses some objects without this key: it is there, first, whenever another one is. To be called after all other
    /// members of the object: it puts the key before them.
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

    fn open(&mut self, key: &str, bracket: char) -> Open {
        let before = self.text.len();
        self.key(key);
        self.nest(before, bracket)
    }

    fn nest(&mut self, before: usize, bracket: char) -> Open {
        self.text.push(bracket);
        self.line.push_str(INDENT);
        let outer = mem::replace(&mut self.start, self.text.len());
        Open { before, outer }
    }

    /// Ends an object or a list. Is it empty?
    fn close(&mut self, open: &Open, bracket: char) -> bool {
        self.line.truncate(self.line.len() - INDENT.len());
        let is_empty = self.text.len() == self.start;
        if !is_empty {
            self.text.push_str(&self.line);
        }
        self.text.push(bracket);
        self.start = open.outer;
        is_empty
    }
}

/// A text can always be written as JSON.
pub(super) fn quoted(text: &str) -> String {
    printable_json(&serde_json::to_string(text).unwrap_or_default())
}
