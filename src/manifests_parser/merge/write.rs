//! Writes the result of a merge as one text, and notes where each part of it comes from.

use super::{Merged, Node, Value};
use crate::manifests_parser::source::{Origin, Segment, SourceFile};

pub(super) fn write(
    node: &Node<'_>,
    removed: &[(String, Value<'_>)],
    files: &[SourceFile<'_>],
) -> Merged {
    let mut writer = Writer {
        files,
        merged: Merged {
            text: String::new(),
            length: 0,
            segments: Vec::new(),
            removed: Vec::new(),
        },
    };
    writer.node(node);
    writer.merged.length = writer.merged.text.len();
    for (path, null) in removed {
        writer.merged.text.push('\n');
        let at = writer.merged.text.len();
        writer.text(*null, null.raw);
        writer.merged.removed.push((path.clone(), at));
    }
    writer.merged
}

struct Writer<'t> {
    files: &'t [SourceFile<'t>],
    merged: Merged,
}

impl Writer<'_> {
    fn node(&mut self, node: &Node<'_>) {
        match node {
            Node::Whole(value) => self.text(*value, value.raw),
            Node::Instead(value, text) => self.text(*value, text),
            Node::Object(place, members) => {
                self.text(*place, "{");
                for (index, member) in members.iter().enumerate() {
                    self.separate(index);
                    // A text can always be written as JSON.
                    let key = serde_json::to_string(&member.key).unwrap_or_default();
                    self.merged.text.push_str(&key);
                    self.merged.text.push(':');
                    self.node(&member.node);
                }
                self.merged.text.push('}');
            }
            Node::List(place, items) => {
                self.text(*place, "[");
                for (index, item) in items.iter().enumerate() {
                    self.separate(index);
                    self.node(item);
                }
                self.merged.text.push(']');
            }
        }
    }

    fn separate(&mut self, index: usize) {
        if index > 0 {
            self.merged.text.push(',');
        }
    }

    /// Writes a text that begins where the value stands.
    fn text(&mut self, place: Value<'_>, text: &str) {
        self.merged.segments.push(Segment {
            start: self.merged.text.len(),
            origin: Origin {
                file: place.file,
                offset: self.files[place.file].offset(place.raw),
            },
        });
        self.merged.text.push_str(text);
    }
}
