//! What is wrong with a manifest, and where.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::path::Path;

use crate::text::printable;

/// An error or a warning about one value of a manifest. Its texts are already safe to print.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problem {
    /// Line of the value, from 1; 0: the file as a whole.
    pub line: u32,
    /// Column of the value in characters, from 1; 0: the file as a whole.
    pub column: u32,
    /// The key's path as the manifest spells it, such as `host_config.port_mappings[0].host_port`; empty: the manifest.
    pub key: String,
    /// What was expected, and what was found.
    pub message: String,
}

impl Problem {
    /// A problem with a file as a whole.
    pub(super) fn of_file(message: impl Into<String>) -> Self {
        Problem {
            message: message.into(),
            ..Problem::default()
        }
    }

    /// The same place with another message.
    pub(super) fn with_message(&self, message: String) -> Self {
        Problem {
            message,
            ..self.clone()
        }
    }

    /// For printing with the file's name before it.
    pub fn in_file<'a>(&'a self, file: &'a Path) -> InFile<'a> {
        InFile {
            problem: self,
            file,
        }
    }
}

/// The most problems of one kind that are kept of a file: nobody reads more of what is no manifest at all.
const MAX_KEPT: usize = 100;

/// The first of many, and how many there are besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounded<T> {
    kept: Vec<T>,
    more: usize,
}

/// The errors or the warnings of one file.
pub type Problems = Bounded<Problem>;

impl<T> Bounded<T> {
    /// Adds an item; only counts it when there are many already.
    pub fn push(&mut self, item: T) {
        if self.kept.len() < MAX_KEPT {
            self.kept.push(item);
        } else {
            self.more += 1;
        }
    }

    /// Adds an item before all others.
    pub(super) fn push_first(&mut self, item: T) {
        self.kept.insert(0, item);
    }

    /// How many there are besides those that are kept.
    pub fn more(&self) -> usize {
        self.more
    }

    /// The same with other items.
    pub(super) fn map<U>(self, map: impl FnOnce(Vec<T>) -> Vec<U>) -> Bounded<U> {
        Bounded {
            kept: map(self.kept),
            more: self.more,
        }
    }
}

impl<T: ToString> Bounded<T> {
    /// Each item that is kept as a text, and a last one about the others.
    pub fn texts(&self) -> Vec<String> {
        let mut texts: Vec<String> = self.kept.iter().map(ToString::to_string).collect();
        if self.more > 0 {
            texts.push(format!("and {} more", self.more));
        }
        texts
    }
}

impl<T> Default for Bounded<T> {
    fn default() -> Self {
        Bounded {
            kept: Vec::new(),
            more: 0,
        }
    }
}

impl<T> Deref for Bounded<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.kept
    }
}

impl<T> DerefMut for Bounded<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.kept
    }
}

impl<T> From<T> for Bounded<T> {
    fn from(item: T) -> Self {
        Bounded {
            kept: vec![item],
            more: 0,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "{}:{}: ", self.line, self.column)?;
        }
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.message)
    }
}

/// A problem together with its file: `databroker.json:31:15: host_config.port_mappings[0].host_port: …`.
#[derive(Debug)]
pub struct InFile<'a> {
    problem: &'a Problem,
    file: &'a Path,
}

impl fmt::Display for InFile<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&printable(&self.file.to_string_lossy()))?;
        f.write_str(if self.problem.line > 0 { ":" } else { ": " })?;
        self.problem.fmt(f)
    }
}
