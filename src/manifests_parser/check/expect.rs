//! Words an error about one value, in the same way for every rule. Paths are those of Kanto-CM's API.

use crate::container::HOOK_KINDS;
use crate::manifests_parser::collector::Collector;
use crate::manifests_parser::format::Format;
use crate::manifests_parser::quote::quoted;

impl Collector<'_> {
    /// Adds an error: `expected` was expected, and the text `found` found.
    pub(super) fn error_expected(&mut self, path: &str, expected: &str, found: &str) {
        self.error_found(path, expected, &quoted(found));
    }

    /// Adds an error if the text is empty.
    pub(super) fn check_filled(&mut self, path: &str, expected: &str, found: &str) {
        if found.is_empty() {
            self.error_expected(path, expected, found);
        }
    }

    /// Adds an error if the text is not among these words.
    pub(super) fn check_one_of(&mut self, path: &str, words: &[&str], found: &str) {
        if !words.contains(&found) {
            let last = words.len() - 1;
            let expected = format!("{} or {}", words[..last].join(", "), words[last]);
            self.error_expected(path, &expected, found);
        }
    }

    /// Adds an error if the number does not lie in the range.
    pub(super) fn check_range(
        &mut self,
        path: &str,
        expected: &str,
        (first, last): (i64, i64),
        found: i64,
    ) {
        if !(first..=last).contains(&found) {
            self.error_found(path, expected, &found.to_string());
        }
    }

    /// Adds an error if a hook has not one of these types, which the two formats write differently.
    pub(super) fn check_hook_type(&mut self, path: &str, found: &str) {
        if self.format == Format::Internal {
            self.check_one_of(path, &HOOK_KINDS, found);
        } else if !HOOK_KINDS.contains(&found) {
            let expected = "0 (prestart), 1 (poststart) or 2 (poststop)";
            self.error_found(path, expected, found);
        }
    }

    fn error_found(&mut self, path: &str, expected: &str, found: &str) {
        let found = if self.is_given(path) {
            found
        } else {
            "nothing"
        };
        self.error(path, format!("expected {expected}, found {found}"));
    }
}
