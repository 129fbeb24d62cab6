//! Environment variables are merged by their names: a list would have to be repeated as a whole otherwise.

use super::{Merge, Node, Value, MAX_MEMBERS, TOO_MANY};
use crate::manifests_parser::json;

/// Where the variables stand.
pub(super) const PATH: &str = "config.env";

impl<'t> Merge<'t> {
    /// Sets the drop-in's variables in place of those with the same names, and adds the others. An entry without `=` removes its
    /// variable.
    pub(super) fn patch_variables(
        &mut self,
        target: Option<Node<'t>>,
        list: Value<'t>,
    ) -> Node<'t> {
        if !list.raw.starts_with('[') {
            return Node::Whole(list); // refused later, as a list is expected
        }
        let (place, mut variables) = match target {
            Some(Node::List(place, items)) => (place, items),
            Some(Node::Whole(place)) if place.raw.starts_with('[') => (place, items(place)),
            _ => (list, Vec::new()),
        };
        for item in items(list) {
            if variables.len() > MAX_MEMBERS {
                self.refuse(list, PATH, TOO_MANY);
                break;
            }
            set(&mut variables, item);
        }
        Node::List(place, variables)
    }
}

fn set<'t>(variables: &mut Vec<Node<'t>>, item: Node<'t>) {
    let Some((name, has_value)) = variable(&item) else {
        return variables.push(item); // refused later, as a text is expected
    };
    let is_same = |other: &Node<'_>| variable(other).is_some_and(|(other, _)| other == name);
    let at = variables.iter().position(is_same);
    if at.is_some() {
        variables.retain(|other| !is_same(other));
    }
    if has_value {
        variables.insert(at.unwrap_or(variables.len()), item);
    }
}

fn items(list: Value<'_>) -> Vec<Node<'_>> {
    let items = json::items(list.raw).into_iter();
    items
        .map(|raw| Node::Whole(Value { raw, ..list }))
        .collect()
}

/// The name of a variable, and whether it has a value. `None`: the item is no text.
fn variable(item: &Node<'_>) -> Option<(String, bool)> {
    let Node::Whole(Value { raw, .. }) = item else {
        return None;
    };
    let mut text = json::unescape(raw)?;
    let end = text.find('=');
    text.truncate(end.unwrap_or(text.len()));
    Some((text, end.is_some()))
}
