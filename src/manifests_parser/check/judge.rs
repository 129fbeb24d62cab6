//! Words an error about one value, in the same way for every rule.

use super::super::findings::Findings;
use super::super::parse::Format;
use super::super::words::quoted;

/// Collects the errors of the checks. Paths are those of Kanto-CM's API.
pub(super) struct Judge<'t, 'f> {
    findings: &'f mut Findings<'t>,
}

impl<'t, 'f> Judge<'t, 'f> {
    pub(super) fn new(findings: &'f mut Findings<'t>) -> Self {
        Judge { findings }
    }

    pub(super) fn error(&mut self, path: &str, message: String) {
        self.findings.error(path, message);
    }

    /// Could the value not be read?
    pub(super) fn is_broken(&self, path: &str) -> bool {
        self.findings.is_broken(path)
    }

    /// Does the manifest give this value?
    pub(super) fn is_given(&self, path: &str) -> bool {
        self.findings.is_given(path)
    }

    /// `what` was expected, and a text found.
    pub(super) fn expected(&mut self, path: &str, what: &str, found: &str) {
        self.expected_not(path, what, &quoted(found));
    }

    /// The text must not be empty.
    pub(super) fn filled(&mut self, path: &str, what: &str, found: &str) {
        if found.is_empty() {
            self.expected(path, what, found);
        }
    }

    /// The text must be one of these words.
    pub(super) fn one_of(&mut self, path: &str, words: &[&str], found: &str) {
        if !words.contains(&found) {
            let last = words.len() - 1;
            let what = format!("{} or {}", words[..last].join(", "), words[last]);
            self.expected(path, &what, found);
        }
    }

    /// The number must lie in a range.
    pub(super) fn in_range(
        &mut self,
        path: &str,
        what: &str,
        (first, last): (i64, i64),
        found: i64,
    ) {
        if !(first..=last).contains(&found) {
            self.expected_not(path, what, &found.to_string());
        }
    }

    /// A hook's type is none; the two formats write it differently.
    pub(super) fn hook_type(&mut self, path: &str, found: &str) {
        match self.findings.format {
            Format::ContainerManagement => {
                self.expected_not(path, "0 (prestart), 1 (poststart) or 2 (poststop)", found);
            }
            Format::Internal => self.expected(path, "Prestart, Poststart or Poststop", found),
        }
    }

    fn expected_not(&mut self, path: &str, what: &str, found: &str) {
        let found = if self.is_given(path) {
            found
        } else {
            "nothing"
        };
        self.error(path, format!("expected {what}, found {found}"));
    }
}
