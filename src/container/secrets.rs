//! Values that nobody is to read in a log: those of environment variables, and decryption keys.

use super::flatten::Value;
use super::Spec;

/// A shorter value is no password, and stands in too many texts.
const MIN_LENGTH: usize = 6;

/// `value` as far as it differs from `other`: of variables and hooks (which have variables) the names alone, unless
/// `show_values`; of decryption keys nothing at all.
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
                if secret.len() > longest && rest.starts_with(&**secret) {
                    longest = secret.len();
                }
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
            ("info: no /var/data", "info: no /var/data"),
            ("", ""),
        ] {
            assert_eq!(spec.hide_secrets(said), shown);
        }
    }
}
