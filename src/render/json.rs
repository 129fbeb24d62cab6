//! A JSON document to be written.

use crate::text::printable_json;

/// A JSON value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Json {
    /// Nothing.
    Null,
    /// True or false.
    Flag(bool),
    /// A whole number.
    Number(i64),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Json>),
    /// Keys and values.
    Object(Vec<(&'static str, Json)>),
}

impl From<bool> for Json {
    fn from(flag: bool) -> Json {
        Json::Flag(flag)
    }
}

impl From<i64> for Json {
    fn from(number: i64) -> Json {
        Json::Number(number)
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Json {
        Json::Text(text.to_owned())
    }
}

impl From<&[String]> for Json {
    fn from(texts: &[String]) -> Json {
        Json::List(texts.iter().map(|text| text.as_str().into()).collect())
    }
}

impl Json {
    /// Writes the document, one value a line, with a line's end.
    pub fn document(&self) -> String {
        let mut text = String::new();
        self.write(&mut text, "\n");
        text.push('\n');
        text
    }

    /// `line`: how a line of this value begins.
    fn write(&self, text: &mut String, line: &str) {
        match self {
            Json::Null => text.push_str("null"),
            Json::Flag(flag) => text.push_str(if *flag { "true" } else { "false" }),
            Json::Number(number) => text.push_str(&number.to_string()),
            Json::Text(value) => text.push_str(&quoted(value)),
            Json::List(items) => {
                let items = items.iter().map(|item| (None, item));
                write_all(items, ['[', ']'], text, line);
            }
            Json::Object(members) => {
                let members = members.iter().map(|(key, value)| (Some(*key), value));
                write_all(members, ['{', '}'], text, line);
            }
        }
    }
}

fn write_all<'a>(
    values: impl ExactSizeIterator<Item = (Option<&'a str>, &'a Json)>,
    [open, close]: [char; 2],
    text: &mut String,
    line: &str,
) {
    text.push(open);
    let (count, inner) = (values.len(), format!("{line}    "));
    for (index, (key, value)) in values.enumerate() {
        text.push_str(if index > 0 { "," } else { "" });
        text.push_str(&inner);
        if let Some(key) = key {
            text.push_str(&quoted(key));
            text.push_str(": ");
        }
        value.write(text, &inner);
    }
    if count > 0 {
        text.push_str(line);
    }
    text.push(close);
}

/// A text can always be written as JSON.
fn quoted(text: &str) -> String {
    printable_json(&serde_json::to_string(text).unwrap_or_default())
}
