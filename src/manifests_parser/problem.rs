//! What is wrong with a manifest, and where.

use std::fmt;
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
