//! Texts from manifests in messages: escaped and shortened.

use crate::text::printable;

/// The longest text of a manifest that a message repeats, in characters.
const SHOWN: usize = 80;

/// `text` safe to print, shortened when it is long.
pub(super) fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => printable(&text[..end]) + "…",
        None => printable(text),
    }
}

/// `text` in quotes, safe to print, shortened when it is long.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", shown(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_shortened() {
        assert_eq!(quoted(&"é".repeat(100)), format!("\"{}…\"", "é".repeat(80)));
        assert_eq!(quoted("short"), "\"short\"");
    }
}
