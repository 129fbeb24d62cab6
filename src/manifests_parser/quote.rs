//! Makes texts from manifests fit for messages: escapes and shortens them.

use crate::text::printable;

/// The longest text of a manifest that a message repeats, in characters.
const SHOWN: usize = 80;

/// Makes a text safe to print, and shortens it when it is long.
pub(super) fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => printable(&text[..end]) + "…",
        None => printable(text),
    }
}

/// Puts a text in quotes, makes it safe to print, and shortens it when it is long.
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
