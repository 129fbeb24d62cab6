//! Errors and warnings about a manifest: where, which key, and what was expected.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::path::Path;

use crate::text::printable_path;

/// Where a value begins in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

impl Span {
    /// The first character of a file.
    pub(super) const START: Span = Span { line: 1, column: 1 };
}

/// Which value of a manifest a diagnostic is about, and where the value stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Location {
    /// The drop-in that holds the value, safe to print; empty: the manifest's own file.
    pub file: String,
    /// Where the value begins; `None`: the file as a whole.
    pub span: Option<Span>,
    /// The key's path as the manifest spells it, such as `host_config.port_mappings[0].host_port`; empty: the manifest.
    pub key: String,
}

impl Location {
    /// Makes a diagnostic about this value.
    pub fn diagnostic(&self, message: String) -> Diagnostic {
        Diagnostic {
            location: self.clone(),
            message,
        }
    }
}

/// An error or a warning about one value of a manifest. Its texts are already safe to print.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diagnostic {
    /// The value.
    pub location: Location,
    /// The text: usually the expected value, and the one found.
    pub message: String,
}

impl Diagnostic {
    /// Makes a diagnostic about a file as a whole: a drop-in; the manifest's own if `file` is empty.
    pub(super) fn of_file(file: String, message: impl Into<String>) -> Self {
        let location = Location {
            file,
            ..Location::default()
        };
        location.diagnostic(message.into())
    }

    /// Prints it with the file's name before it.
    pub fn in_file<'a>(&'a self, file: &'a Path) -> InFile<'a> {
        InFile {
            diagnostic: self,
            file,
        }
    }

    fn fmt_file(&self, f: &mut fmt::Formatter<'_>, file: &str) -> fmt::Result {
        f.write_str(file)?;
        let has_span = self.location.span.is_some();
        f.write_str(if has_span { ":" } else { ": " })
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.location.file.is_empty() {
            self.fmt_file(f, &self.location.file)?;
        }
        if let Some(Span { line, column }) = self.location.span {
            write!(f, "{line}:{column}: ")?;
        }
        if !self.location.key.is_empty() {
            write!(f, "{}: ", self.location.key)?;
        }
        f.write_str(&self.message)
    }
}

/// A diagnostic together with its file: `databroker.json:31:15: host_config.port_mappings[0].host_port: …`.
#[derive(Debug)]
pub struct InFile<'a> {
    diagnostic: &'a Diagnostic,
    file: &'a Path,
}

impl fmt::Display for InFile<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.diagnostic.location.file.is_empty() {
            let file = printable_path(self.file);
            self.diagnostic.fmt_file(f, &file)?;
        }
        self.diagnostic.fmt(f)
    }
}

/// The most items that are kept: nobody reads more errors about a file that is no manifest at all.
const MAX_KEPT: usize = 100;

/// The first of many items, and how many more there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounded<T> {
    kept: Vec<T>,
    more: usize,
}

/// The errors or the warnings of one file.
pub type Diagnostics = Bounded<Diagnostic>;

impl<T> Bounded<T> {
    /// Adds an item, or only counts it when there are many already.
    pub fn push(&mut self, item: T) {
        if self.kept.len() < MAX_KEPT {
            self.kept.push(item);
        } else {
            self.more += 1;
        }
    }

    /// Adds all items of another.
    pub(super) fn append(&mut self, other: Bounded<T>) {
        other.kept.into_iter().for_each(|item| self.push(item));
        self.more += other.more;
    }

    /// Counts the items that are not kept.
    pub fn more(&self) -> usize {
        self.more
    }

    /// Replaces the items, and keeps the count of the others.
    pub(super) fn map<U>(self, map: impl FnOnce(Vec<T>) -> Vec<U>) -> Bounded<U> {
        Bounded {
            kept: map(self.kept),
            more: self.more,
        }
    }
}

impl<T: ToString> Bounded<T> {
    /// Returns each kept item as a text, and a last text about the others.
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
