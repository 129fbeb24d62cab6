//! Explains why a text is not JSON: names the usual mistakes, or else repeats `serde_json`'s words.

use super::quote::quoted;

/// Why a file is no JSON at all, and at which byte.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SyntaxError {
    pub(super) offset: usize,
    pub(super) message: String,
}

impl SyntaxError {
    pub(super) fn new(offset: usize, message: impl Into<String>) -> Self {
        let message = message.into();
        SyntaxError { offset, message }
    }
}

/// Explains an error of `serde_json`.
pub(super) fn explain(text: &str, error: &serde_json::Error) -> SyntaxError {
    let offset = offset(text, error);
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default();
    if let Some(place) = message.strip_prefix("EOF while parsing") {
        let message = format!("not valid JSON: the file ends within{place}");
        return SyntaxError::new(offset, message);
    }
    let (offset, message) =
        mistake(text, offset, message).unwrap_or_else(|| (offset, message.to_owned()));
    SyntaxError::new(offset, format!("not valid JSON: {message}"))
}

/// Finds the byte that `serde_json` stopped at.
fn offset(text: &str, error: &serde_json::Error) -> usize {
    let lines = text.split_inclusive('\n');
    let start: usize = lines
        .take(error.line().saturating_sub(1))
        .map(str::len)
        .sum();
    // serde_json counts bytes from 1, and from 0 when it stopped at a line's end.
    let mut offset = (start + error.column().saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// Recognizes a usual mistake by what stands before and behind the byte, and says where it is and what to do.
fn mistake(text: &str, offset: usize, message: &str) -> Option<(usize, String)> {
    if message.starts_with("control character") {
        let advice = "a line break or tab in a text: close the text with \", or write \\n or \\t";
        return Some((offset, advice.to_owned()));
    }
    let is_key = message.starts_with("key must be");
    if !is_key && !message.starts_with("expected") && !message.starts_with("trailing") {
        return None; // in the middle of a text or number
    }
    let (before, rest) = text.split_at(offset);
    let last = before.trim_end();
    let next = rest.chars().next()?;
    let advice = match next {
        '#' => "JSON has no comments: take this one out",
        '/' if rest.starts_with("//") || rest.starts_with("/*") => {
            "JSON has no comments: take this one out"
        }
        '}' | ']' if last.ends_with(',') => {
            let advice = format!("a comma before the closing {next}: take the comma out");
            return Some((last.len() - 1, advice));
        }
        ',' if last.ends_with(',') => "two commas in a row: take one out",
        '\'' => "JSON has no single quotes: use \"",
        '"' | '{' | '[' | '-' | '0'..='9' if message.starts_with("expected `,`") => {
            "a comma is missing before this"
        }
        _ if is_key || message == "expected value" || message == "expected ident" => {
            return word_mistake(text, offset, is_key);
        }
        _ => return None,
    };
    Some((offset, advice.to_owned()))
}

/// Recognizes a word without quotes, such as `NaN` or `True`. `serde_json` may have stopped in the middle of it.
fn word_mistake(text: &str, offset: usize, is_key: bool) -> Option<(usize, String)> {
    let is_outside = |byte: &u8| byte.is_ascii_whitespace() || b",:{}[]\"".contains(byte);
    let (before, rest) = text.as_bytes().split_at(offset);
    let start = before.iter().rposition(is_outside).map_or(0, |end| end + 1);
    let length = rest.iter().position(is_outside).unwrap_or(rest.len());
    let word = &text[start..offset + length];
    if word.is_empty() {
        return None;
    }
    let (mistake, otherwise) = if is_key {
        ("a key without quotes", "")
    } else {
        (
            "a word that JSON does not know",
            " if it is a text, else true, false, null or a number",
        )
    };
    let word = quoted(word);
    Some((start, format!("{mistake}: write {word}{otherwise}")))
}

#[cfg(test)]
mod tests {
    use super::super::json;

    /// Returns the message, and the text from its place on.
    fn explained(text: &str) -> (String, &str) {
        let error = json::root(text).expect_err(text);
        let message = error.message.strip_prefix("not valid JSON: ");
        (
            message.unwrap_or_default().to_owned(),
            &text[error.offset..],
        )
    }

    #[test]
    fn usual_mistakes_are_named_with_what_to_do() {
        let comment = "JSON has no comments: take this one out";
        let comma = "a comma is missing before this";
        let quotes = "JSON has no single quotes: use \"";
        for (text, expected, place) in [
            (
                "{\"a\": 1,\n}",
                "a comma before the closing }: take the comma out",
                ",\n}",
            ),
            (
                "[1, ]",
                "a comma before the closing ]: take the comma out",
                ", ]",
            ),
            (
                "{\"a\": [[1],]}",
                "a comma before the closing ]: take the comma out",
                ",]}",
            ),
            ("[1,,2]", "two commas in a row: take one out", ",2]"),
            (
                "{\"a\":1,,\"b\":2}",
                "two commas in a row: take one out",
                ",\"b\":2}",
            ),
            ("// a\n{}", comment, "// a\n{}"),
            ("{ # a\n}", comment, "# a\n}"),
            ("{\"a\": /* b */ 1}", comment, "/* b */ 1}"),
            ("{\"a\": 1 // b\n}", comment, "// b\n}"),
            ("{\"a\": 1, // b\n \"c\": 2}", comment, "// b\n \"c\": 2}"),
            ("{} // a", comment, "// a"),
            ("{\"a\": 1 \"b\": 2}", comma, "\"b\": 2}"),
            ("[{}\n{}]", comma, "{}]"),
            ("[1 -2]", comma, "-2]"),
            ("{'a': 1}", quotes, "'a': 1}"),
            ("{\"a\": 'b'}", quotes, "'b'}"),
            ("{a: 1}", "a key without quotes: write \"a\"", "a: 1}"),
            (
                "{\"a\": 1, host_name: 1}",
                "a key without quotes: write \"host_name\"",
                "host_name: 1}",
            ),
        ] {
            assert_eq!(explained(text), (expected.to_owned(), place), "{text}");
        }
    }

    #[test]
    fn a_word_without_quotes_is_named_as_a_whole() {
        for word in [
            "NaN", "nan", "True", "truE", "None", "Infinity", "yes", "ä.b", "+5", "bridge",
        ] {
            let text = format!("{{\"a\": [1, {word}, 2]}}");
            let (message, place) = explained(&text);
            let begin = format!("a word that JSON does not know: write \"{word}\" if");
            assert!(message.starts_with(&begin), "{message}");
            assert_eq!(place, format!("{word}, 2]}}"));
        }
    }

    #[test]
    fn a_line_break_in_a_text_is_explained() {
        let (message, place) = explained("{\"a\": \"b\n \"}");
        assert!(
            message.starts_with("a line break or tab in a text"),
            "{message}"
        );
        assert_eq!(place, "b\n \"}");
    }

    #[test]
    fn other_errors_keep_the_words_of_serde_json() {
        for (text, expected) in [
            (r#"{"a": "\#"}"#, "invalid escape"),
            (r#"{"a": 01}"#, "invalid number"),
            (r#"{"a" = 1}"#, "expected `:`"),
            (r#"{"a": "b"c"}"#, "expected `,` or `}`"),
            (r#"{"a": [1}"#, "expected `,` or `]`"),
            (r#"{"a": }"#, "expected value"),
            (r#"{"a": 1} x"#, "trailing characters"),
            (r#"{"a": "#, "the file ends within a value"),
        ] {
            assert_eq!(explained(text).0, expected, "{text}");
        }
    }
}
