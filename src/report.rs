//! The result of a run on standard output: a line a manifest and a summary for people, or one JSON document for programs.

use std::fmt::{self, Write as _};

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::cli::Output;
use crate::text::printable_json;

/// The result of a run. docs/json.md describes its JSON form.
#[derive(Debug, Serialize)]
pub struct Report {
    /// As the process ends.
    pub exit_code: u8,
    /// Nothing was changed: `actions` says what would be done.
    pub dry_run: bool,
    /// Why the run as a whole ended early.
    pub error: Option<String>,
    /// One a manifest, by file name; then those of containers that have none.
    pub manifests: Vec<Entry>,
}

/// The result of one manifest.
#[derive(Debug, Default, Serialize)]
pub struct Entry {
    /// Its name in the text: that of its container or file. Safe to print.
    #[serde(skip)]
    pub label: String,
    /// The manifest's path; `None` for a container that has none.
    pub file: Option<String>,
    /// The container's name; `None` where the manifest cannot be read.
    pub name: Option<String>,
    /// The container's id, where it is known.
    pub id: Option<String>,
    /// Its status.
    pub status: Status,
    /// What was done, in order; with a dry run, what would be.
    pub actions: Vec<Action>,
    /// Why: for a failure, or a planned action.
    pub reason: Option<String>,
    /// Time spent on its calls.
    pub seconds: f64,
    /// The values in which the container differed from the manifest before the run.
    pub differences: Vec<Difference>,
    /// The container is left to differ.
    #[serde(skip)]
    pub is_left: bool,
    /// It failed, because it was rolled back.
    #[serde(skip)]
    pub is_rolled_back: bool,
    /// The errors of the file: the first ones, and a last line that counts the others.
    pub errors: Vec<String>,
    /// How many errors there are besides the first.
    #[serde(skip)]
    pub other_errors: usize,
    /// The manifest is invalid, and was to be deployed.
    #[serde(skip)]
    pub keeps_container: bool,
    /// The warnings about the file.
    pub warnings: Vec<String>,
}

/// The status of a manifest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Its container runs; nothing had to be done.
    UpToDate,
    /// Its container was made to run.
    Deployed,
    /// It had no manifest any more, and was removed.
    Removed,
    /// It could not be made to run.
    Failed,
    /// The manifest is not valid.
    Invalid,
    /// The manifest is valid (`--validate`).
    Valid,
    /// Something would be done (`--dry-run`).
    Planned,
    /// The run ended before it came to this one.
    #[default]
    Unfinished,
}

/// A value in which a container differs from its manifest.
#[derive(Debug, Serialize)]
pub struct Difference {
    /// Path in the terms of Kanto-CM's API.
    pub key: &'static str,
    /// The manifest's value, printed.
    pub desired: String,
    /// The container's value, printed.
    pub observed: String,
}

/// Something that was done to a container, or that a dry run would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// What it is called in the text.
    pub word: &'static str,
    /// The container's new id, where it has got one.
    pub id: Option<String>,
}

impl From<&'static str> for Action {
    fn from(word: &'static str) -> Action {
        Action { word, id: None }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word)?;
        match &self.id {
            Some(id) => write!(f, " as {id}"),
            None => Ok(()),
        }
    }
}

/// The word in kebab-case, or an object with the id.
impl Serialize for Action {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let word = self.word.to_ascii_lowercase().replace(' ', "-");
        let Some(id) = &self.id else {
            return serializer.serialize_str(&word);
        };
        let mut object = serializer.serialize_map(Some(2))?;
        object.serialize_entry("action", &word)?;
        object.serialize_entry("id", id)?;
        object.end()
    }
}

impl Report {
    /// The whole output.
    pub fn render(&self, output: Output) -> String {
        match output {
            // Nothing in it can fail to be written as JSON.
            Output::Json => printable_json(&serde_json::to_string(self).unwrap_or_default()) + "\n",
            Output::Text => self.text(),
        }
    }

    fn text(&self) -> String {
        let width = self
            .manifests
            .iter()
            .map(|entry| entry.label.chars().count())
            .max()
            .unwrap_or(0);
        let mut text = String::new();
        for entry in &self.manifests {
            let _ = writeln!(text, "{:width$}  {}", entry.label, entry.text());
            let shows_differences =
                matches!(entry.status, Status::Planned | Status::Failed) || entry.is_left;
            if !shows_differences {
                continue;
            }
            for difference in &entry.differences {
                let Difference {
                    key,
                    desired,
                    observed,
                } = difference;
                let _ = writeln!(
                    text,
                    "{:width$}    differs: {key} is {observed}, the manifest says {desired}",
                    ""
                );
            }
        }
        if self.error.is_none() || !self.manifests.is_empty() {
            let _ = writeln!(text, "{}", self.summary());
        }
        text
    }

    fn summary(&self) -> String {
        if self.manifests.is_empty() {
            return "no manifests".to_owned();
        }
        let counts = KINDS.iter().filter_map(|kind| {
            let counted = self.manifests.iter().filter(|entry| entry.kind() == *kind);
            let count = counted.count();
            (count > 0).then(|| format!("{count} {kind}"))
        });
        let manifests = self.manifests.iter().filter(|entry| entry.file.is_some());
        let total = manifests.count();
        let s = if total == 1 { "" } else { "s" };
        format!(
            "{total} manifest{s}: {}",
            counts.collect::<Vec<_>>().join(", ")
        )
    }
}

/// What the last line counts, in its order.
const KINDS: [&str; 9] = [
    "deployed",
    "up to date",
    "removed",
    "valid",
    "to be changed",
    "failed",
    "invalid",
    "not finished",
    "left as it is",
];

impl Entry {
    /// As what the last line counts it.
    fn kind(&self) -> &'static str {
        match self.status {
            Status::UpToDate if self.is_left => "left as it is",
            Status::UpToDate => "up to date",
            Status::Deployed => "deployed",
            Status::Removed => "removed",
            Status::Failed => "failed",
            Status::Invalid => "invalid",
            Status::Valid => "valid",
            Status::Planned => "to be changed",
            Status::Unfinished => "not finished",
        }
    }

    fn text(&self) -> String {
        let reason = self.reason.as_deref().unwrap_or_default();
        let actions: Vec<String> = self.actions.iter().map(ToString::to_string).collect();
        let done = actions.join(", ");
        match self.status {
            Status::UpToDate if self.is_left => "runs, and is left as it is".to_owned(),
            Status::UpToDate => "up to date".to_owned(),
            Status::Deployed | Status::Removed => {
                // The code that formats floating point numbers is larger than this module.
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // time passes
                let hundredths = (self.seconds * 100.0 + 0.5) as u64;
                format!("{done}  {}.{:02} s", hundredths / 100, hundredths % 100)
            }
            Status::Failed if done.is_empty() => format!("failed: {reason}"),
            Status::Failed => format!("{done}, failed: {reason}"),
            Status::Invalid => {
                let first = self.errors.first().map_or("", |error| error);
                let more = match self.other_errors {
                    0 => String::new(),
                    others => format!(" (and {others} more)"),
                };
                let stays = if self.keeps_container {
                    "; its container stays as it is"
                } else {
                    ""
                };
                format!("invalid: {first}{more}{stays}")
            }
            Status::Valid => "valid".to_owned(),
            Status::Planned => format!("{done}: {reason}"),
            Status::Unfinished if done.is_empty() => "not finished".to_owned(),
            Status::Unfinished => format!("{done}, not finished"),
        }
    }
}

#[cfg(test)]
mod tests;
