//! Merges the drop-ins of a manifest into it, in their order, as JSON Merge Patches (RFC 7396). Pure.
//!
//! The result is one JSON text in the manifest's format, and the file in which each of its values stands. Beyond the RFC:
//! `config.env` is merged by the names of the variables, and what only the other format spells so is translated.

mod translate;
mod variables;
mod write;

use super::diagnostics::Diagnostics;
use super::format::Format;
use super::json::{self, Raw};
use super::quote::shown;
use super::source::{Segment, Source, SourceFile};
use super::value::{duplicates, HALF_A_PAIR, SECOND_TIME};

/// No container has so many keys in an object, or so many variables. To compare them takes time.
const MAX_MEMBERS: usize = 2000;

const TOO_MANY: &str = "more than 2000 of them";

/// No key of a container lies in so many objects.
const MAX_DEPTH: usize = 16;

/// The result.
#[derive(Debug)]
pub(super) struct Merged {
    /// An object, and behind it the `null`s by which keys were removed.
    pub(super) text: String,
    /// The length of the object.
    pub(super) length: usize,
    pub(super) segments: Vec<Segment>,
    /// Paths of removed keys, with the places of their `null`s in the text.
    pub(super) removed: Vec<(String, usize)>,
}

impl Merged {
    /// The text with the files that it comes from.
    pub(super) fn source<'t>(&'t self, files: &'t [SourceFile<'t>]) -> Source<'t> {
        Source {
            files,
            text: &self.text,
            segments: &self.segments,
            removed: &self.removed,
        }
    }
}

/// A value as it stands in a file.
#[derive(Debug, Clone, Copy)]
struct Value<'t> {
    /// Index of the file.
    file: usize,
    raw: Raw<'t>,
}

/// A value of the result.
#[derive(Debug)]
enum Node<'t> {
    /// As the file has it, with all that lies in it.
    Whole(Value<'t>),
    /// Another text in the place of the value.
    Instead(Value<'t>, &'static str),
    /// An object whose members are nodes of their own. The value gives its place.
    Object(Value<'t>, Vec<Member<'t>>),
    /// A list whose items are nodes of their own.
    List(Value<'t>, Vec<Node<'t>>),
}

#[derive(Debug)]
struct Member<'t> {
    key: String,
    node: Node<'t>,
}

/// Merges the objects that `files` consist of into the first one, whose format is `format`.
pub(super) fn merge(
    files: &[SourceFile<'_>],
    objects: &[Raw<'_>],
    format: Format,
) -> Result<Merged, Diagnostics> {
    let mut merge = Merge {
        files,
        format,
        removed: Vec::new(),
        errors: Diagnostics::default(),
    };
    let values = objects.iter().enumerate();
    let mut values = values.map(|(file, &raw)| Value { file, raw });
    let mut node = values.next().map(Node::Whole);
    for drop_in in values {
        let is_foreign = merge.is_foreign(drop_in);
        node = Some(merge.patch(node, drop_in, "", is_foreign));
    }
    match node {
        Some(node) if merge.errors.is_empty() => Ok(write::write(&node, &merge.removed, files)),
        _ => Err(merge.errors),
    }
}

struct Merge<'t> {
    files: &'t [SourceFile<'t>],
    format: Format,
    /// Paths of keys that drop-ins have removed, and the `null`s.
    removed: Vec<(String, Value<'t>)>,
    errors: Diagnostics,
}

impl<'t> Merge<'t> {
    fn refuse(&mut self, value: Value<'_>, key: &str, message: &str) {
        let file = &self.files[value.file];
        let offset = file.offset(value.raw);
        let error = file.diagnostic(offset, key.to_owned(), message.to_owned());
        self.errors.push(error);
    }

    /// Puts a value of a drop-in in the place of another, or merges two objects. `is_foreign`: the
    /// drop-in is written in the other format.
    fn patch(
        &mut self,
        target: Option<Node<'t>>,
        value: Value<'t>,
        path: &str,
        is_foreign: bool,
    ) -> Node<'t> {
        if !value.raw.starts_with('{') {
            return match path {
                variables::PATH => self.patch_variables(target, value),
                _ => self.translate(value, path, is_foreign),
            };
        }
        if path.matches('.').count() >= MAX_DEPTH {
            self.refuse(value, path, "lies in too many objects");
            return Node::Whole(value);
        }
        let (place, mut members) = self.open(target, value, path);
        for (mut key, value) in self.members(value, path) {
            if path.is_empty() {
                key = self.spelling(key);
            }
            let at = members.iter().position(|member| member.key == key);
            let path = join(path, &key);
            self.removed.retain(|(other, _)| !is_within(other, &path));
            if value.raw == "null" {
                if let Some(at) = at {
                    members.remove(at);
                }
                self.removed.push((path, value));
                continue;
            }
            let before = at.map(|at| std::mem::replace(&mut members[at].node, Node::Whole(value)));
            let node = self.patch(before, value, &path, is_foreign);
            match at {
                Some(at) => members[at].node = node,
                None => members.push(Member { key, node }),
            }
        }
        Node::Object(place, members)
    }

    /// Opens the object that a drop-in's object is merged into. Whatever else stands there gives way to an empty one.
    fn open(
        &mut self,
        target: Option<Node<'t>>,
        value: Value<'t>,
        path: &str,
    ) -> (Value<'t>, Vec<Member<'t>>) {
        match target {
            Some(Node::Object(place, members)) => (place, members),
            Some(Node::Whole(place)) if place.raw.starts_with('{') => {
                let member = |(key, value)| Member {
                    key,
                    node: Node::Whole(value),
                };
                let members = self.members(place, path).into_iter();
                (place, members.map(member).collect())
            }
            _ => (value, Vec::new()),
        }
    }

    /// The members of an object, each key once.
    fn members(&mut self, object: Value<'t>, path: &str) -> Vec<(String, Value<'t>)> {
        let value = |raw| Value { raw, ..object };
        let mut members = Vec::new();
        for (key, raw) in json::members(object.raw) {
            match json::unescape(key) {
                Some(key) => members.push((key, value(raw))),
                None => self.refuse(value(key), path, HALF_A_PAIR),
            }
        }
        for second in duplicates(&members) {
            let (key, value) = &members[second];
            let (path, value) = (join(path, key), *value);
            self.refuse(value, &path, SECOND_TIME);
        }
        if members.len() > MAX_MEMBERS {
            self.refuse(object, path, TOO_MANY);
            members.truncate(MAX_MEMBERS);
        }
        members
    }
}

/// The path of a member, safe to print.
fn join(parent: &str, key: &str) -> String {
    let key = shown(key);
    if parent.is_empty() {
        key
    } else {
        format!("{parent}.{key}")
    }
}

/// Is it this path, or one within?
fn is_within(path: &str, outer: &str) -> bool {
    let rest = path.strip_prefix(outer);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests;
