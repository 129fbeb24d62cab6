//! Text for people: made safe to print, and the known word that a mistyped one was probably meant to be.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

/// In bytes. No reason is longer that is of use to anybody; what others say may be of any length.
const MAX: usize = 4096;

/// `text` without anything that could act on a terminal or a log: control characters, and those that turn the
/// direction of writing or break lines, are escaped. What is too long ends with `…`.
pub fn printable(text: &str) -> String {
    let mut safe = String::with_capacity(text.len().min(MAX));
    for character in text.chars() {
        if safe.len() >= MAX {
            safe.push('…');
            break;
        }
        if is_harmful(character) {
            safe.extend(character.escape_default());
        } else {
            safe.push(character);
        }
    }
    safe
}

/// A path, safe to print.
pub fn printable_path(path: &Path) -> String {
    printable(&path.to_string_lossy())
}

/// A JSON document without the same characters: in its strings they are escaped as JSON does it.
pub fn printable_json(document: &str) -> String {
    let mut safe = String::with_capacity(document.len());
    for character in document.chars() {
        if is_harmful(character) {
            let _ = write!(safe, "\\u{:04x}", u32::from(character));
        } else {
            safe.push(character);
        }
    }
    safe
}

/// What is too long ends with `…`.
pub fn shortened(mut text: String) -> String {
    if text.len() > MAX {
        let end = (0..=MAX).rev().find(|&at| text.is_char_boundary(at));
        text.truncate(end.unwrap_or_default());
        text.push('…');
    }
    text
}

/// `, 30 s at most`; nothing where there is no limit.
pub fn at_most(limit: Duration) -> String {
    if limit == Duration::MAX {
        String::new()
    } else {
        let seconds = limit.as_secs() + u64::from(limit.subsec_nanos() > 0);
        format!(", {seconds} s at most")
    }
}

fn is_harmful(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// The candidate that takes the fewest changed, missing or extra characters to become `word`; `None` where that would be
/// a guess.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let max = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= max)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Levenshtein's distance.
fn distance(word: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in word.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, b) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_on_a_terminal_is_escaped() {
        assert_eq!(
            printable("a\u{1b}[31m\n\u{202e}é"),
            "a\\u{1b}[31m\\n\\u{202e}é"
        );
        assert_eq!(printable("\u{9b}2J"), "\\u{9b}2J");
    }

    #[test]
    fn what_is_too_long_is_cut() {
        let long = "é".repeat(MAX);
        for cut in [printable(&long), shortened(long.clone())] {
            assert_eq!(cut, format!("{}…", &long[..MAX]));
        }
        let uneven = format!("x{long}");
        assert_eq!(
            shortened(uneven.clone()),
            format!("{}…", &uneven[..MAX - 1])
        );
        assert_eq!(shortened("é".into()), "é");
        assert!(printable(&"\u{202e}".repeat(MAX)).len() < MAX + 20);
    }

    #[test]
    fn counts_changes() {
        for (word, other, expected) in [
            ("", "", 0),
            ("abc", "", 3),
            ("", "abc", 3),
            ("kitten", "sitting", 3),
            ("proto", "protocol", 3),
        ] {
            assert_eq!(distance(word, other), expected, "{word} {other}");
        }
    }

    #[test]
    fn finds_what_was_meant_and_does_not_guess() {
        let known = ["image", "host_config", "mount_points"];
        assert_eq!(nearest("imgae", known), None);
        assert_eq!(nearest("imag", known), Some("image"));
        assert_eq!(nearest("mount_point", known), Some("mount_points"));
        assert_eq!(nearest("replicas", known), None);
    }
}
