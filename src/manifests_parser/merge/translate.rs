//! What a drop-in spells as the other format does: keys of the top level, the protocol of a port, the type of a hook.

use super::{Member, Merge, Node, Value};
use crate::container::NANOSECONDS_FROM;
use crate::manifests_parser::format::{Format, OwnKeys, CM_KEYS, INTERNAL_KEYS};
use crate::manifests_parser::json;

impl<'t> Merge<'t> {
    /// Is a drop-in written in the other format than its manifest? Both at once are an error.
    pub(super) fn is_foreign(&mut self, drop_in: Value<'t>) -> bool {
        let own = OwnKeys::among(&json::keys(drop_in.raw));
        if let Some(message) = own.mixture() {
            self.refuse(drop_in, "", &message);
        }
        let other = match self.format {
            Format::ContainerManagement => own.internal,
            Format::Internal => own.cm,
        };
        !other.is_empty()
    }

    /// Spells a key of the top level as the manifest does.
    pub(super) fn spelling(&self, key: String) -> String {
        let (own, other) = match self.format {
            Format::ContainerManagement => (CM_KEYS, INTERNAL_KEYS),
            Format::Internal => (INTERNAL_KEYS, CM_KEYS),
        };
        match other.iter().position(|other| *other == key) {
            Some(at) => own[at].to_owned(),
            None => key,
        }
    }

    /// Takes over a value that is no object. `is_foreign`: its drop-in is written in the other format.
    pub(super) fn translate(&mut self, value: Value<'t>, path: &str, is_foreign: bool) -> Node<'t> {
        match path {
            "hooks" | "host_config.port_mappings" if value.raw.starts_with('[') => {
                let items = json::items(value.raw).into_iter().enumerate();
                let items = items.map(|(index, raw)| {
                    let item = Value { raw, ..value };
                    self.item(item, &format!("{path}[{index}]"))
                });
                Node::List(value, items.collect())
            }
            "host_config.restart_policy.retry_timeout" if is_foreign => {
                if value
                    .raw
                    .parse::<i64>()
                    .map_or(true, |number| number >= NANOSECONDS_FROM)
                {
                    let message =
                        "means nanoseconds in the CM format, seconds in the internal one: \
                                   write the drop-in in the format of its manifest";
                    self.refuse(value, path, message);
                }
                Node::Whole(value)
            }
            _ => Node::Whole(value),
        }
    }

    /// A port mapping or a hook.
    fn item(&mut self, item: Value<'t>, path: &str) -> Node<'t> {
        if !item.raw.starts_with('{') {
            return Node::Whole(item); // refused later, as an object is expected
        }
        let members = self.members(item, path).into_iter();
        let members = members.map(|(key, value)| self.member(key, value));
        Node::Object(item, members.collect())
    }

    fn member(&self, mut key: String, value: Value<'t>) -> Member<'t> {
        if key == "proto" && self.format == Format::Internal {
            "protocol".clone_into(&mut key);
        }
        let node = match self.hook_type(value.raw) {
            Some(text) if key == "type" => Node::Instead(value, text),
            _ => Node::Whole(value),
        };
        Member { key, node }
    }

    /// The type of a hook as the manifest's format has it, if it is one of the other format.
    fn hook_type(&self, raw: &str) -> Option<&'static str> {
        const WORDS: [&str; 3] = ["\"Prestart\"", "\"Poststart\"", "\"Poststop\""];
        const NUMBERS: [&str; 3] = ["0", "1", "2"];
        let (own, other) = match self.format {
            Format::ContainerManagement => (NUMBERS, WORDS),
            Format::Internal => (WORDS, NUMBERS),
        };
        let at = other.iter().position(|other| *other == raw)?;
        Some(own[at])
    }
}
