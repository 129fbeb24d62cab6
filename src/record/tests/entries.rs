//! Entries in memory.

use super::*;
use crate::random::Random;

#[test]
fn of_entries_by_hand_with_one_name_the_last_counts() {
    let directory = Directory::new();
    let text = GOLDEN
        .replace("databroker", "zoe")
        .replace("feeder", "zoe")
        .replace("sua", "adam");
    let record = read(&directory.write("applied.json", text));
    assert_eq!(names(&record), ["adam", "zoe"]);
    assert_eq!(record.entries()[1].digest, "d4735e3a");
    assert_eq!(record.unsaved, 0);
}

#[test]
fn nothing_is_written_unless_something_changed() {
    let directory = Directory::new();
    let path = directory.write("applied.json", GOLDEN);
    let stamp = || {
        let metadata = fs::metadata(&path).expect("there");
        (metadata.ino(), metadata.mtime(), metadata.mtime_nsec())
    };
    let before = stamp();
    let mut record = read(&path);
    record.save().expect("saved");
    for entry in golden() {
        record.put(entry);
    }
    record.remove("nobody");
    record.retain(&mut |_| true);
    record.save().expect("saved");
    assert_eq!(stamp(), before);

    record.put(entry("feeder", ""));
    record.save().expect("saved");
    assert_ne!(stamp(), before);
    // Whatever is at the path now: it was saved.
    fs::remove_file(&path).expect("removed");
    record.save().expect("saved");
    assert!(!path.exists());
    // What changes nothing does not hide what did.
    record.remove("feeder");
    record.remove("nobody");
    record.put(golden().remove(0));
    record.save().expect("saved");
    assert_eq!(names(&read(&path)), ["databroker", "sua"]);
}

#[test]
fn without_a_file_everything_works_but_is_forgotten() {
    let mut record = Record::none();
    assert!(record.is_empty());
    record.put(entry("sua", ""));
    record.save().expect("nothing to do");
    assert_eq!(names(&record), ["sua"]);
}

#[test]
fn finds_by_name_else_by_id() {
    let record = record_of(&[("a", "1"), ("b", "2"), ("c", "")]);
    for (name, id, found) in [
        ("a", "", Some("a")),
        ("a", "2", Some("a")),
        ("x", "2", Some("b")),
        ("c", "9", Some("c")),
        ("x", "9", None),
        ("x", "", None),
    ] {
        let entry = record.entry(name, id);
        let name_found = entry.map(|entry| entry.name.as_str());
        assert_eq!(name_found, found, "{name} {id}");
    }
}

#[test]
fn an_entry_takes_the_place_of_the_one_with_its_name_and_the_id_of_any() {
    let known = [("a", "1"), ("b", "2"), ("c", "")];
    for (put, expected) in [
        (("b", "3"), &[("a", "1"), ("b", "3"), ("c", "")][..]),
        (("b", "1"), &[("a", ""), ("b", "1"), ("c", "")]),
        (
            ("aa", "2"),
            &[("a", "1"), ("aa", "2"), ("b", ""), ("c", "")],
        ),
        (("d", ""), &[("a", "1"), ("b", "2"), ("c", ""), ("d", "")]),
    ] {
        let mut record = record_of(&known);
        record.put(entry(put.0, put.1));
        assert_eq!(record.entries(), record_of(expected).entries(), "{put:?}");
        assert!(record.unsaved > 0, "{put:?}");
    }
}

#[test]
fn removes_by_name_and_retains_by_choice() {
    let mut record = record_of(&[("a", "1"), ("b", "2"), ("c", "")]);
    record.remove("b");
    assert_eq!(names(&record), ["a", "c"]);
    assert!(record.unsaved > 0);

    let mut record = record_of(&[("a", "1"), ("b", "2"), ("c", "")]);
    record.retain(&mut |entry| entry.id.is_empty());
    assert_eq!(names(&record), ["c"]);
    assert!(record.unsaved > 0);
}

#[test]
fn a_copy_to_save_is_handed_out_once() {
    let directory = TempDir::new().unwrap();
    let mut record = Record::read(&directory.path().join("applied.json"));
    assert!(record.to_save().is_none(), "nothing is new");
    record.put(entry("a", "1"));
    let mut copy = record.to_save().unwrap();
    assert!(record.to_save().is_none(), "somebody is at it");
    copy.save().unwrap();
    assert_eq!(record.read_anew().entries(), record.entries());
    record.mark_changed();
    assert!(record.to_save().is_some(), "it could not be written");
}

/// Whatever is done to it: an entry is found by its name, else by its id, which no two have.
#[test]
fn entries_are_found_by_name_and_by_id_whatever_was_done() {
    for seed in 0..200 {
        let mut random = Random::new(seed);
        let mut record = Record::none();
        let mut expected: Vec<(String, String)> = Vec::new();
        for _ in 0..60 {
            let name = random.pick(&["a", "b", "c", "d", "e"]);
            let id = random.pick(&["", "1", "2", "3", "4"]);
            if random.chance(70) {
                record.put(entry(name, id));
                expected.retain(|(one, _)| one != name);
                for (_, held) in expected.iter_mut().filter(|(_, held)| held == id) {
                    held.clear();
                }
                expected.push((name.to_owned(), id.to_owned()));
            } else if random.chance(50) {
                record.remove(name);
                expected.retain(|(one, _)| one != name);
            } else {
                record.retain(&mut |entry| entry.id != id);
                expected.retain(|(_, held)| held != id);
            }
            expected.sort_unstable();
            let found = record.entries().iter();
            let found: Vec<_> = found
                .map(|one| (one.name.clone(), one.id.clone()))
                .collect();
            assert_eq!(found, expected, "seed {seed}");
            for (name, id) in &expected {
                let by_name = record.entry(name, "").map(|one| &one.id);
                assert_eq!(by_name, Some(id), "seed {seed}");
                let by_id = record.entry("nobody", id).map(|one| &one.name);
                assert_eq!(by_id, Some(name).filter(|_| !id.is_empty()), "seed {seed}");
            }
            assert_eq!(record.entry("nobody", "5"), None, "seed {seed}");
        }
    }
}

#[test]
fn a_record_that_grows_is_saved_often_at_first_and_not_too_often_later() {
    let directory = Directory::new();
    let mut record = read(&directory.path("applied.json"));
    let mut saved = Vec::new();
    for number in 0..1000 {
        record.put(entry(&format!("{number:04}"), ""));
        if record.is_worth_saving() {
            saved.push(number);
            record.to_save().expect("something new");
        }
    }
    assert_eq!(saved[..16], (0..16).collect::<Vec<u32>>());
    assert!((50..100).contains(&saved.len()), "{saved:?}");
}
