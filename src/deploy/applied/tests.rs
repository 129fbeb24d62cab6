//! What is forgotten, and what is not.

use super::*;
use crate::container::Role;

fn container(id: &str, name: &str) -> Container {
    Container {
        id: id.to_owned(),
        name: name.to_owned(),
        ..Container::default()
    }
}

/// The names that are known afterwards, when Kanto-CM has these. Before: `a`, with the id `old`.
fn known_beside(existing: &[Container]) -> Vec<String> {
    let mut record = Record::none();
    record.put(Entry {
        name: "a".to_owned(),
        id: "old".to_owned(),
        directory: "/m".to_owned(),
        digest: String::new(),
        made: String::new(),
        state: EntryState::Trying,
        created: true,
        tries: 1,
        reason: String::new(),
    });
    let applied = Applied::new(record, "/m".to_owned(), false);
    let listed = existing.iter().map(|container| Existing {
        container: container.clone(),
        ..Existing::default()
    });
    let listed: Vec<Existing> = listed.collect();
    applied.forget_gone(&[], &Beside::default(), &listed, &[]);
    let record = applied.record();
    record
        .entries()
        .iter()
        .map(|one| one.name.clone())
        .collect()
}

#[test]
fn what_kanto_cm_does_not_have_is_forgotten() {
    assert_eq!(known_beside(&[container("b", "b")]), [""; 0]);
    assert_eq!(known_beside(&[container("old", "a")]), ["a"]);
}

#[test]
fn what_was_healed_is_not_forgotten() {
    assert_eq!(known_beside(&[container("old-2", "a")]), ["a"]);
    assert_eq!(known_beside(&[container("old-2", "b")]), [""; 0]);
}

#[test]
fn what_is_half_replaced_is_not_forgotten() {
    // The old one was removed, and the new one has another id.
    let next = container("new", "a").as_helper(Role::Next);
    let prev = container("old", "a").as_helper(Role::Prev);
    assert_eq!(known_beside(&[next.clone(), prev.clone()]), ["a"]);
    assert_eq!(known_beside(&[prev]), ["a"]);
    assert_eq!(known_beside(&[container("new", "a"), next]), ["a"]);
}
