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
    record.changed = false;
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
    assert!(record.is_empty() && !record.changed, "{record:?}");
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

#[test]
fn is_written_by_name_and_read_again() {
    let directory = Directory::new();
    let path = directory.path("applied.json");
    let mut record = read(&path);
    for entry in golden().into_iter().rev() {
        record.put(entry);
    }
    record.save().expect("saved");
    assert_eq!(directory.text("applied.json"), GOLDEN);
    assert_eq!(read(&path).entries(), golden());

    record.retain(&mut |_| false);
    record.save().expect("saved");
    assert!(read(&path).is_empty());
    assert_eq!(directory.names(), ["applied.json"]);
}

#[test]
fn a_truncated_file_counts_as_none() {
    let directory = Directory::new();
    for length in 0..GOLDEN.trim_end().len() {
        let path = directory.write("applied.json", &GOLDEN.as_bytes()[..length]);
        read_flawed(&path);
    }
}

#[test]
fn a_file_with_any_flipped_bit_is_whole_or_counts_as_none() {
    let directory = Directory::new();
    let mut flawed = 0;
    for bit in 0..GOLDEN.len() * 8 {
        let mut bytes = GOLDEN.as_bytes().to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let path = directory.write("applied.json", &bytes);
        let (record, warning) = Record::read_quietly(&path);
        let expected = if warning.is_some() { 0 } else { 3 };
        assert_eq!(record.entries().len(), expected, "bit {bit}: {warning:?}");
        flawed += usize::from(warning.is_some());
    }
    assert!(flawed > GOLDEN.len(), "{flawed}");
}

#[test]
fn what_is_no_record_counts_as_none() {
    let directory = Directory::new();
    let with = |old: &str, new: &str| {
        assert!(GOLDEN.contains(old), "{old}");
        GOLDEN.replacen(old, new, 1).into_bytes()
    };
    for content in [
        b"".to_vec(),
        b"null".to_vec(),
        b"[]".to_vec(),
        b"{}".to_vec(),
        vec![0; 4096],
        [GOLDEN.as_bytes(), b"\0"].concat(),
        [GOLDEN.as_bytes(), GOLDEN.as_bytes()].concat(),
        b"[".repeat(100_000),
        b"{\"version\":1}".to_vec(),
        b"{\"containers\":[]}".to_vec(),
        with("\"version\":1", "\"version\":1,\"version\":1"),
        with("\"version\":1", "\"version\":\"1\""),
        with("\"version\":1", "\"version\":1.0"),
        with("\"version\":1", "\"version\":-1"),
        with("\"version\":1", "\"version\":0"),
        with("\"name\":\"sua\"", "\"name\":3"),
        with("\"name\":\"sua\",", ""),
        with("\"trying\"", "\"begun\""),
        with("\"created\":true", "\"created\":null"),
        with("\"tries\":2", "\"tries\":4294967296"),
    ] {
        let path = directory.write("applied.json", &content);
        let reason = read_flawed(&path);
        assert!(reason.starts_with("damaged"), "{reason}");
    }
    let path = directory.write("applied.json", with("sua", "s").repeat(2));
    assert_eq!(read_flawed(&path), "damaged at line 6, column 1");
    let latin: Vec<u8> = GOLDEN.chars().map(|c| c as u8).collect();
    let reason = read_flawed(&directory.write("applied.json", latin));
    assert!(reason.contains("UTF-8"), "{reason}");
}

#[test]
fn a_file_over_4_mib_counts_as_none() {
    let directory = Directory::new();
    let blanks = " ".repeat(4 * 1024 * 1024 - GOLDEN.len());
    let path = directory.write("applied.json", format!("{GOLDEN}{blanks}"));
    assert_eq!(read(&path).entries().len(), 3);
    directory.write("applied.json", format!("{GOLDEN}{blanks} "));
    assert_eq!(read_flawed(&path), "larger than 4 MiB, which no record is");
}

#[test]
fn a_file_of_a_newer_version_counts_as_none_and_is_overwritten() {
    let directory = Directory::new();
    let newer = r#"{"containers":{"databroker":[]},"version":2}"#;
    let path = directory.write("applied.json", newer);
    let reason = "written by a newer version of this program (format 2, known is 1)";
    assert_eq!(read_flawed(&path), reason);

    let mut record = Record::read(&path);
    record.save().expect("saved");
    assert_eq!(directory.text("applied.json"), newer, "nothing new");
    record.put(entry("sua", ""));
    record.save().expect("saved");
    assert_eq!(names(&read(&path)), ["sua"]);
}

#[test]
fn fields_of_a_later_program_are_ignored() {
    let directory = Directory::new();
    let later = GOLDEN
        .replace("\"version\"", "\"program\":{\"a\":[1]},\"version\"")
        .replace("\"id\"", "\"since\":\"2031\",\"id\"");
    let path = directory.write("applied.json", later);
    assert_eq!(read(&path).entries(), golden());
}

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
    assert!(!record.changed);
}

#[test]
fn directories_are_made_and_the_file_is_its_owners_only() {
    let directory = Directory::new();
    let path = directory.path("lib/deployer/applied.json");
    let mut record = read(&path);
    record.put(entry("sua", ""));
    record.save().expect("saved");
    assert_eq!(names(&read(&path)), ["sua"]);
    let mode = fs::metadata(&path).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn what_is_no_regular_file_is_neither_read_nor_replaced() {
    let directory = Directory::new();
    let (fifo, folder) = (directory.path("fifo"), directory.path("folder"));
    nix::unistd::mkfifo(&fifo, Mode::S_IRWXU).expect("a FIFO");
    fs::create_dir(&folder).expect("a directory");
    for path in [&fifo, &folder] {
        assert_eq!(read_flawed(path), "not a regular file");
        let mut record = Record::read(path);
        record.put(entry("sua", ""));
        let error = save_fails(&mut record);
        assert!(error.ends_with(": not a regular file"), "{error}");
    }
    let kind = fs::metadata(&fifo).expect("there").file_type();
    assert!(kind.is_fifo());
    assert_eq!(directory.names(), ["fifo", "folder"]);

    let device = directory.path("device");
    symlink("/dev/zero", &device).expect("a symlink");
    assert_eq!(read_flawed(&device), "not a regular file");
}

#[test]
fn a_path_below_a_file_is_a_warning_and_an_error_in_one_line() {
    let directory = Directory::new();
    directory.write("file", "");
    let path = directory.path("file/applied.json");
    let reason = read_flawed(&path);
    assert!(reason.starts_with("Not a directory"), "{reason}");
    let mut record = Record::read(&path);
    record.put(entry("sua", ""));
    let error = save_fails(&mut record);
    let parent = directory.path("file").display().to_string();
    let expected = format!("cannot create the record's directory {parent}: ");
    assert!(error.starts_with(&expected), "{error}");

    let error = SaveError::new("write", Path::new("a\nb"), &io::Error::other("why"));
    assert_eq!(error.to_string(), "cannot write a\\nb: why");
}

#[test]
fn only_lack_of_space_is_a_full_disk() {
    use nix::errno::Errno;
    for (errno, full) in [
        (Errno::ENOSPC, true),
        (Errno::EDQUOT, true),
        (Errno::EFBIG, true),
        (Errno::EROFS, false),
        (Errno::EACCES, false),
        (Errno::EIO, false),
    ] {
        let error = SaveError::new("write", Path::new("x"), &errno.into());
        assert_eq!(matches!(error, SaveError::Full(_)), full, "{error}");
    }
}

/// The limit on the size of files stands in for a full disk. It holds for a whole process: this test starts itself anew.
#[test]
fn a_full_disk_leaves_the_old_file_and_no_other() {
    const DIRECTORY: &str = "TEST_OF_A_FULL_DISK";
    if let Some(directory) = env::var_os(DIRECTORY) {
        let path = Path::new(&directory).join("applied.json");
        let mut record = read(&path);
        let reason = "x".repeat(10_000);
        record.put(Entry {
            reason,
            ..entry("sua", "")
        });
        for _ in 0..2 {
            let error = record.save();
            assert!(matches!(error, Err(SaveError::Full(_))), "{error:?}");
            assert_eq!(names(&read(&path)), ["databroker"]);
        }
        return;
    }
    let directory = Directory::new();
    let mut record = read(&directory.path("applied.json"));
    record.put(entry("databroker", ""));
    record.save().expect("saved");
    let module = module_path!().split_once("::").expect("in a crate").1;
    let child = Command::new("sh")
        .args(["-c", r#"ulimit -f 1; trap "" XFSZ; exec "$@""#, "sh"])
        .arg(env::current_exe().expect("known"))
        .args(["--exact", "--nocapture"])
        .arg(format!(
            "{module}::a_full_disk_leaves_the_old_file_and_no_other"
        ))
        .env(DIRECTORY, directory.0.path())
        .output()
        .expect("started");
    let output = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success(), "{child:?}");
    assert!(output.contains("1 passed"), "{output}");
    assert_eq!(directory.names(), ["applied.json"]);
}

#[test]
fn a_failed_save_changes_nothing_and_is_tried_again() {
    let directory = Directory::new();
    let path = directory.write("applied.json", GOLDEN);
    let obstacle = directory.path(".applied.json.new");
    fs::create_dir(&obstacle).expect("a directory");
    let mut record = read(&path);
    record.remove("sua");
    for _ in 0..2 {
        let error = save_fails(&mut record);
        let expected = format!("cannot write the record {}: ", path.display());
        assert!(error.starts_with(&expected), "{error}");
        assert_eq!(directory.text("applied.json"), GOLDEN);
    }
    fs::remove_dir(&obstacle).expect("removed");
    record.save().expect("saved");
    assert_eq!(names(&read(&path)), ["databroker", "feeder"]);
}

#[test]
fn a_symlink_stays_one() {
    let directory = Directory::new();
    fs::create_dir(directory.path("data")).expect("a directory");
    let link = directory.path("applied.json");
    symlink("data/second", &link).expect("a symlink");
    let target = directory.path("data/file");
    symlink(&target, directory.path("data/second")).expect("a symlink");
    // The second time there is a file.
    for name in ["databroker", "sua"] {
        let mut record = read(&link);
        record.put(entry(name, ""));
        record.save().expect("saved");
        assert!(link.is_symlink() && directory.path("data/second").is_symlink());
        assert!(target.is_file() && !target.is_symlink());
    }
    assert_eq!(names(&read(&link)), ["databroker", "sua"]);

    fs::remove_file(&target).expect("removed");
    symlink("second", &target).expect("a symlink");
    assert!(read_flawed(&link).contains("symbolic links"));
    let mut record = Record::read(&link);
    record.put(entry("sua", ""));
    assert!(save_fails(&mut record).contains("symbolic links"));
}

#[test]
fn what_lies_at_the_temporary_name_is_not_written_to() {
    let directory = Directory::new();
    let path = directory.path("applied.json");
    let temporary = directory.path(".applied.json.new");
    let victim = directory.write("victim", "untouched");
    let plant: [&dyn Fn() -> io::Result<()>; 4] = [
        &|| symlink(&victim, &temporary),
        &|| symlink("nowhere", &temporary),
        &|| fs::hard_link(&victim, &temporary),
        &|| fs::write(&temporary, GOLDEN.repeat(9)),
    ];
    for (index, plant) in plant.into_iter().enumerate() {
        plant().expect("planted");
        let mut record = read(&path);
        record.put(entry(&index.to_string(), ""));
        record.save().expect("saved");
        assert_eq!(read(&path).entries().len(), index + 1);
        assert_eq!(directory.text("victim"), "untouched");
        assert_eq!(directory.names(), ["applied.json", "victim"]);
        assert!(path.is_file() && !path.is_symlink());
    }
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
fn an_entry_takes_the_place_of_those_with_its_name_or_id() {
    let known = [("a", "1"), ("b", "2"), ("c", "")];
    for (put, expected) in [
        (("b", "3"), &[("a", "1"), ("b", "3"), ("c", "")][..]),
        (("b", "1"), &[("b", "1"), ("c", "")]),
        (("aa", "2"), &[("a", "1"), ("aa", "2"), ("c", "")]),
        (("d", ""), &[("a", "1"), ("b", "2"), ("c", ""), ("d", "")]),
    ] {
        let mut record = record_of(&known);
        record.put(entry(put.0, put.1));
        assert_eq!(record.entries(), record_of(expected).entries(), "{put:?}");
        assert!(record.changed, "{put:?}");
    }
    // The entry itself is there, another one goes.
    let mut record = record_of(&known);
    record.entries[0].id = "2".to_owned();
    record.put(entry("b", "2"));
    assert_eq!(names(&record), ["b", "c"]);
    assert!(record.changed);
}

#[test]
fn removes_by_name_and_retains_by_choice() {
    let mut record = record_of(&[("a", "1"), ("b", "2"), ("c", "")]);
    record.remove("b");
    assert_eq!(names(&record), ["a", "c"]);
    assert!(record.changed);

    let mut record = record_of(&[("a", "1"), ("b", "2"), ("c", "")]);
    record.retain(&mut |entry| entry.id.is_empty());
    assert_eq!(names(&record), ["c"]);
    assert!(record.changed);
}
