//! What the tests have in common.

mod entries;
mod flawed;
mod writing;

use std::os::unix::fs::{symlink, FileTypeExt, MetadataExt, PermissionsExt};
use std::process::Command;
use std::{env, fs, io};

use nix::sys::stat::Mode;
use tempfile::TempDir;

use super::*;

const GOLDEN: &str = r#"{"version":1,"containers":[
{"name":"databroker","id":"0e8f-1","directory":"/data/\"var\"","digest":"6b86b273","made":"m1","state":"applied","created":true},
{"name":"feeder","id":"","directory":"/data","digest":"d4735e3a","made":"m2","state":"trying","created":false,"tries":2},
{"name":"sua","id":"sua-2","directory":"/data","digest":"4e074085","made":"m3","state":"rolled-back","created":true,"reason":"exit code 1\nät once"}
]}
"#;

fn entry(name: &str, id: &str) -> Entry {
    Entry {
        name: name.to_owned(),
        id: id.to_owned(),
        directory: "/data".to_owned(),
        digest: "6b86b273".to_owned(),
        made: "m1".to_owned(),
        state: EntryState::Applied,
        created: true,
        tries: 0,
        reason: String::new(),
    }
}

fn golden() -> Vec<Entry> {
    let databroker = Entry {
        directory: "/data/\"var\"".to_owned(),
        ..entry("databroker", "0e8f-1")
    };
    let feeder = Entry {
        digest: "d4735e3a".to_owned(),
        made: "m2".to_owned(),
        state: EntryState::Trying,
        created: false,
        tries: 2,
        ..entry("feeder", "")
    };
    let sua = Entry {
        digest: "4e074085".to_owned(),
        made: "m3".to_owned(),
        state: EntryState::RolledBack,
        reason: "exit code 1\nät once".to_owned(),
        ..entry("sua", "sua-2")
    };
    vec![databroker, feeder, sua]
}

fn record_of(names_and_ids: &[(&str, &str)]) -> Record {
    let mut record = Record::none();
    for (name, id) in names_and_ids {
        record.put(entry(name, id));
    }
    record.unsaved = 0;
    record
}

fn names(record: &Record) -> Vec<&str> {
    let entries = record.entries().iter();
    entries.map(|entry| entry.name.as_str()).collect()
}

struct Directory(TempDir);

impl Directory {
    fn new() -> Directory {
        Directory(TempDir::new().expect("a temporary directory"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        fs::write(self.path(name), content).expect("written");
        self.path(name)
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("read")
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).expect("listed");
        let name = |entry: io::Result<fs::DirEntry>| entry.expect("listed").file_name();
        let mut names: Vec<String> = entries
            .map(|entry| name(entry).to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }
}

/// Reads a record that has no flaw.
fn read(path: &Path) -> Record {
    let (record, warning) = Record::read_quietly(path);
    assert_eq!(warning, None);
    record
}

/// Reads a record that cannot be used, and returns the reason that the warning gives.
fn read_flawed(path: &Path) -> String {
    let (record, warning) = Record::read_quietly(path);
    assert!(record.is_empty() && record.unsaved == 0, "{record:?}");
    let warning = warning.expect("a warning");
    let reason = warning
        .strip_prefix(&format!("cannot read the record {}: ", path.display()))
        .and_then(|rest| rest.strip_suffix(": going on as if there were none"));
    reason.expect(&warning).to_owned()
}

fn save_fails(record: &mut Record) -> String {
    match record.save() {
        Err(SaveError::Other(text)) => text,
        other => panic!("{other:?}"),
    }
}
