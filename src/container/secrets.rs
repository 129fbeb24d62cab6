//! Values that nobody is to read in a log: those of environment variables, and decryption keys.

use std::str::Chars;

use super::flatten::Value;
use super::Spec;

/// A shorter value is no password, and stands in too many texts.
const MIN_LENGTH: usize = 6;

/// `value` as far as it differs from `other`. Of variables, and of hooks, which have variables, only the names are shown unless
/// `show_values`. Of decryption keys nothing is shown.
pub(super) fn hidden(key: &str, value: Value, other: &Value, show_values: bool) -> Value {
    let end = match key {
        "config.env" => "=",
        "image.decrypt_config.keys" => "",
        "hooks" => " [",
        _ => return value,
    };
    if show_values && !end.is_empty() {
        return value;
    }
    let (Value::List(mut items), Value::List(others)) = (value, other) else {
        return Value::List(Vec::new());
    };
    items.retain(|item| !others.contains(item));
    for item in &mut items {
        if let Some(at) = item.find(end) {
            item.truncate(at + end.len());
            item.push('…');
        }
    }
    Value::List(items)
}

impl Spec {
    /// `text` of Kanto-CM or a hook without the values and keys of this container that it repeats. Paths are shown: what does
    /// not exist has to be named.
    pub fn hide_secrets(&self, text: &str) -> String {
        let mut secrets = Vec::new();
        let mut add = |item: &'_ String, end: char| {
            if let Some(at) = item.find(end) {
                let secret = item[at + 1..].to_owned();
                if secret.len() >= MIN_LENGTH && !secret.starts_with('/') {
                    secrets.push(secret);
                }
            }
        };
        for variable in &self.env {
            add(variable, '=');
        }
        for variable in self.hooks.iter().flat_map(|hook| &hook.env) {
            add(variable, '=');
        }
        for key in &self.image.decrypt_keys {
            add(key, ':');
        }
        let mut hidden = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let mut longest = 0;
            for secret in &secrets {
                longest = longest.max(length_of(secret, rest));
            }
            let (shown, length) = match longest {
                0 => (first, first.len_utf8()),
                longest => ('…', longest),
            };
            hidden.push(shown);
            rest = &rest[length..];
        }
        hidden
    }
}

/// How many bytes of `text` are the secret: as it is, with escapes as Go and JSON write them, or cut off by `…`.
fn length_of(secret: &str, text: &str) -> usize {
    if text.starts_with(secret) {
        return secret.len();
    }
    if let Some(beginning) = text.strip_suffix('…') {
        if secret.starts_with(beginning) && !beginning.is_empty() {
            return beginning.len();
        }
    }
    let mut rest = text.chars();
    for character in secret.chars() {
        if next_unescaped(&mut rest) != Some(character) {
            return 0;
        }
    }
    text.len() - rest.as_str().len()
}

/// Takes a character, or an escape that stands for one.
fn next_unescaped(text: &mut Chars) -> Option<char> {
    match text.next()? {
        '\\' => {}
        character => return Some(character),
    }
    let digits = match text.next()? {
        'a' => return Some('\u{7}'),
        'b' => return Some('\u{8}'),
        'f' => return Some('\u{c}'),
        'n' => return Some('\n'),
        'r' => return Some('\r'),
        't' => return Some('\t'),
        'v' => return Some('\u{b}'),
        'x' => 2,
        'u' => 4,
        'U' => 8,
        character => return Some(character),
    };
    let mut number = 0;
    if text.as_str().starts_with('{') {
        // As this program writes it.
        let (digits, rest) = text.as_str()[1..].split_once('}')?;
        number = u32::from_str_radix(digits, 16).ok()?;
        *text = rest.chars();
        return char::from_u32(number);
    }
    for _ in 0..digits {
        number = number * 16 + text.next()?.to_digit(16)?;
    }
    char::from_u32(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::{Hook, Image};

    #[test]
    fn what_others_say_is_shown_without_secrets() {
        let spec = Spec {
            env: vec![
                "TOKEN=hunter2-long".into(),
                "SHORT=hunter2".into(),
                "LEVEL=info".into(),
                "DATA=/var/data".into(),
                "NAME".into(),
            ],
            image: Image {
                decrypt_keys: vec!["/key.pem:pass=geheim".into()],
                ..Image::default()
            },
            hooks: vec![Hook {
                env: vec!["PIN=é12345".into()],
                ..Hook::default()
            }],
            ..Spec::default()
        };
        for (said, shown) in [
            ("bad TOKEN=hunter2-long, hunter2", "bad TOKEN=…, …"),
            ("key /key.pem:pass=geheim", "key /key.pem:…"),
            ("PIN=é12345é", "PIN=…é"),
            (r#"exec "TOKEN=hunter2-lo\x6eg""#, r#"exec "TOKEN=…""#),
            ("TOKEN=hunter2-lo…", "TOKEN=……"),
            ("info: no /var/data", "info: no /var/data"),
            ("", ""),
        ] {
            assert_eq!(spec.hide_secrets(said), shown);
        }
    }

    #[test]
    fn secrets_are_hidden_however_they_are_escaped() {
        let spec = Spec {
            env: vec!["KEY=\"a\\b\"\n<\u{9b}é>".into()],
            ..Spec::default()
        };
        for said in [
            "\"a\\b\"\n<\u{9b}é>",
            r#"\"a\\b\"\n<\u009bé>"#,
            r#"\"a\\b\"\n\u003c\u009b\u00e9\u003e"#,
            r#"\"a\\b\"\n<\u{9b}é>"#,
            r#"\"a\\b\"\x0a<\U0000009bé>"#,
        ] {
            assert_eq!(
                spec.hide_secrets(&format!("KEY={said}.")),
                "KEY=….",
                "{said}"
            );
        }
        for other in [r#"\"a\\c"#, "\\", r"\u{", r"\u{110000}", r"\x4", r"\ud800"] {
            assert_eq!(spec.hide_secrets(other), other);
        }
    }
}
