//! The manifests parser: golden tests of tests/cases, and the rules of reading a directory.
//!
//! A case is a folder of manifests and a file `expected`. `UPDATE_CASES=1 cargo test --test manifests_parser` writes the
//! latter anew: review what changed.

#![allow(clippy::unwrap_used)]

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::{symlink, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use kanto_auto_deployer::manifests_parser::{
    missing_providers, read_all, read_manifests, Format, Manifests, Problem,
};

/// A folder of its own that goes when the test is over.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "manifests-parser-{}-{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).unwrap();
        set_mode(&path, 0o755);
        Folder(path)
    }

    /// Writes a file that its owner alone can write.
    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, content).unwrap();
        set_mode(&path, 0o644);
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn every_case_gives_what_is_expected() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut folders: Vec<PathBuf> = fs::read_dir(cases)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    folders.sort();
    assert!(folders.len() > 30, "the cases are gone");
    let different: String = folders
        .iter()
        .filter_map(|folder| judge_case(folder))
        .collect();
    assert!(different.is_empty(), "\n{different}");
}

fn judge_case(folder: &Path) -> Option<String> {
    let actual = describe_case(folder);
    let file = folder.join("expected");
    if std::env::var_os("UPDATE_CASES").is_some() {
        fs::write(file, actual).unwrap();
        return None;
    }
    let expected = fs::read_to_string(file).unwrap_or_default();
    (expected != actual).then(|| {
        format!(
            "{}:\n{}\n",
            folder.display(),
            difference(&expected, &actual)
        )
    })
}

/// The lines that are not in both, with what both begin and end with left out.
fn difference(expected: &str, actual: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), actual.lines().collect());
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let tail = old[head..]
        .iter()
        .rev()
        .zip(new[head..].iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let mut text = format!("  from line {}\n", head + 1);
    for line in &old[head..old.len() - tail] {
        let _ = writeln!(text, "- {line}");
    }
    for line in &new[head..new.len() - tail] {
        let _ = writeln!(text, "+ {line}");
    }
    text
}

/// Reads the case's manifests as they would be read from a directory, and a `*.json.disabled` as if it were not disabled.
fn describe_case(folder: &Path) -> String {
    let copy = Folder::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path
            .file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .replace(".json.disabled", ".json");
        if Path::new(&name).extension() == Some("json".as_ref()) {
            copy.write(&name, fs::read(&path).unwrap());
        }
    }
    describe(&read_manifests(&copy.0).unwrap())
}

fn describe(manifests: &Manifests) -> String {
    let mut text = String::new();
    for invalid in &manifests.invalid {
        for (kind, problems) in [("error", &invalid.problems), ("warning", &invalid.warnings)] {
            for problem in problems.iter() {
                write_problem(&mut text, kind, &invalid.file, problem);
            }
        }
    }
    let missing = missing_providers(&manifests.valid, &|host_name| host_name == "known-host");
    for (index, manifest) in manifests.valid.iter().enumerate() {
        let missing = missing
            .iter()
            .filter(|(of, _)| *of == index)
            .map(|(_, problem)| problem);
        for problem in manifest.warnings.iter().chain(missing) {
            write_problem(&mut text, "warning", &manifest.file, problem);
        }
        let format = match manifest.format {
            Format::ContainerManagement => "CM",
            Format::Internal => "internal",
        };
        let _ = writeln!(text, "{} ({format} format)", manifest.file.display());
        write_container(&mut text, &format!("{:#?}", manifest.container));
    }
    text
}

fn write_problem(text: &mut String, kind: &str, file: &Path, problem: &Problem) {
    let _ = writeln!(text, "{kind}: {}", problem.in_file(file));
}

/// The container without its empty values.
fn write_container(text: &mut String, debug: &str) {
    let empty = [": \"\",", ": [],", ": 0,", ": false,"];
    let is_empty = |line: &str| empty.iter().any(|end| line.ends_with(end));
    let mut lines: Vec<&str> = Vec::new();
    for line in debug.lines().filter(|line| !is_empty(line)) {
        if line.trim() == "}," && lines.last().is_some_and(|last| last.ends_with('{')) {
            lines.pop();
        } else {
            lines.push(line);
        }
    }
    for line in lines {
        let _ = writeln!(text, "  {line}");
    }
}

const SMALLEST: &str = r#"{ "image": { "name": "docker.io/library/influxdb:1.8.4" } }"#;

fn names(manifests: &Manifests) -> Vec<&str> {
    manifests
        .valid
        .iter()
        .map(|manifest| manifest.container.name.as_str())
        .collect()
}

#[test]
fn only_regular_json_files_are_manifests_in_byte_order() {
    let folder = Folder::new();
    for name in [
        "b.json",
        "a.json",
        "Z.json",
        ".hidden.json",
        "c.json.disabled",
        "d.json~",
        "e.JSON",
        "#f.json#",
        "json",
    ] {
        folder.write(name, SMALLEST);
    }
    folder.write(".json", SMALLEST);
    folder.write("~g.json", SMALLEST);
    fs::create_dir(folder.0.join("directory.json")).unwrap();
    let manifests = read_manifests(&folder.0).unwrap();
    assert_eq!(names(&manifests), ["Z", "a", "b"]);
    assert!(manifests.invalid.is_empty() && manifests.directory_warnings.is_empty());
    let overlooked = format!(
        "not looked at in {}: e.JSON; manifests are files named *.json, directly in it",
        folder.0.display()
    );
    assert_eq!(manifests.overlooked, [overlooked]);
    assert_eq!(manifests.valid[1].file, Path::new("a.json"));
    assert_eq!(manifests.valid[1].path, folder.0.join("a.json"));
}

#[test]
fn what_somebody_may_take_for_manifests_is_named() {
    let folder = Folder::new();
    for name in [
        "a.yaml", "b.YML", "c.Json5", ".d.yaml", "e.txt", "json", "f.yaml~",
    ] {
        folder.write(name, SMALLEST);
    }
    for (name, inside) in [
        ("g", "x.json"),
        ("h.json", "y.json"),
        ("i", "x.txt"),
        (".j", "x.json"),
    ] {
        fs::create_dir(folder.0.join(name)).unwrap();
        folder.write(&format!("{name}/{inside}"), SMALLEST);
    }
    symlink(folder.0.join("g"), folder.0.join("k")).unwrap();
    for manifests in [
        read_manifests(&folder.0).unwrap(),
        read_all(std::slice::from_ref(&folder.0)).unwrap(),
    ] {
        let names = manifests.overlooked[0].split([':', ';']).nth(1).unwrap();
        assert_eq!(names, " a.yaml, b.YML, c.Json5, g/, h.json/, k/");
        let warning = format!("no manifests in {}", folder.0.display());
        assert_eq!(manifests.directory_warnings, [warning]);
    }
    let other = Folder::new();
    other.write("a.json", SMALLEST);
    let both = read_all(&[folder.0.clone(), other.0.clone()]).unwrap();
    assert!(both.directory_warnings.is_empty());
    assert_eq!(both.overlooked.len(), 1);
}

#[test]
fn symlinks_are_followed_to_regular_files_only() {
    let (folder, elsewhere) = (Folder::new(), Folder::new());
    symlink(
        elsewhere.write("target", SMALLEST),
        folder.0.join("linked.json"),
    )
    .unwrap();
    symlink(&elsewhere.0, folder.0.join("to-directory.json")).unwrap();
    symlink(elsewhere.0.join("nothing"), folder.0.join("dangling.json")).unwrap();
    symlink(folder.0.join("loop.json"), folder.0.join("loop.json")).unwrap();
    symlink("/dev/zero", folder.0.join("device.json")).unwrap();
    let manifests = read_manifests(&folder.0).unwrap();
    assert_eq!(names(&manifests), ["linked"]);
    let errors: Vec<String> = manifests
        .invalid
        .iter()
        .map(|invalid| invalid.problems[0].in_file(&invalid.file).to_string())
        .collect();
    assert_eq!(
        errors[0],
        "dangling.json: a symlink to a file that does not exist"
    );
    assert!(
        errors[1].starts_with("loop.json: cannot be read: "),
        "{}",
        errors[1]
    );
    assert_eq!(errors.len(), 2);
}

#[test]
fn fifos_and_sockets_are_never_opened() {
    let folder = Folder::new();
    let _socket = std::os::unix::net::UnixListener::bind(folder.0.join("socket.json")).unwrap();
    let fifo = folder.0.join("fifo.json");
    assert!(std::process::Command::new("mkfifo")
        .arg(&fifo)
        .status()
        .unwrap()
        .success());
    let manifests = read_manifests(&folder.0).unwrap();
    assert!(manifests.valid.is_empty() && manifests.invalid.is_empty());
    let error = read_manifests(&fifo).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("fifo.json: neither a directory nor a regular file"),
        "{error}"
    );
    assert!(!error.is_missing());
}

#[test]
fn a_manifest_has_at_most_256_kibibytes() {
    let folder = Folder::new();
    let padded = |length: usize| format!("{SMALLEST}{}", " ".repeat(length - SMALLEST.len()));
    folder.write("largest.json", padded(256 * 1024));
    folder.write("too-large.json", padded(256 * 1024 + 1));
    let manifests = read_manifests(&folder.0).unwrap();
    assert_eq!(names(&manifests), ["largest"]);
    assert_eq!(
        manifests.invalid[0].problems[0].to_string(),
        "larger than 256 KiB, which no manifest is"
    );
}

#[test]
fn a_missing_directory_is_told_from_an_unreadable_one() {
    let folder = Folder::new();
    let error = read_manifests(&folder.0.join("nowhere")).unwrap_err();
    assert!(error.is_missing());
    assert!(
        error
            .to_string()
            .ends_with("/nowhere: No such file or directory (os error 2)"),
        "{error}"
    );
    let file = folder.write("file", "");
    assert!(read_manifests(&file.join("below"))
        .unwrap_err()
        .is_missing());
    assert!(read_manifests(&folder.0).unwrap().valid.is_empty());
}

#[test]
fn what_others_can_write_is_a_warning() {
    let folder = Folder::new();
    set_mode(&folder.write("a.json", SMALLEST), 0o646);
    let manifests = read_manifests(&folder.0).unwrap();
    let warning = manifests.valid[0].warnings[0]
        .in_file(&manifests.valid[0].file)
        .to_string();
    assert_eq!(
        warning,
        "a.json: the file can be written by every user, who thereby decide what runs as root"
    );
    assert!(manifests.directory_warnings.is_empty());
    set_mode(&folder.0, 0o1777);
    let warning = read_manifests(&folder.0)
        .unwrap()
        .directory_warnings
        .remove(0);
    assert!(
        warning.contains("can be written by every user"),
        "{warning}"
    );
}

#[test]
fn modes_are_not_judged_where_manifests_are_only_checked() {
    let folder = Folder::new();
    let single = folder.write("a.json", SMALLEST);
    set_mode(&single, 0o666);
    set_mode(&folder.0, 0o777);
    for path in [single, folder.0.clone()] {
        let manifests = read_all(&[path]).unwrap();
        assert!(manifests.valid[0].warnings.is_empty());
        assert!(manifests.directory_warnings.is_empty());
    }
}

#[test]
fn a_single_file_may_have_any_name() {
    let folder = Folder::new();
    let path = folder.write("one.manifest", SMALLEST);
    let manifests = read_manifests(&path).unwrap();
    assert_eq!(names(&manifests), ["one"]);
    assert_eq!(manifests.valid[0].path, path);
}

#[test]
fn directories_are_sets_of_their_own_and_single_files_are_one() {
    let (first, second) = (Folder::new(), Folder::new());
    let (a, b) = (
        first.write("same.json", SMALLEST),
        second.write("same.json", SMALLEST),
    );
    let directories = read_all(&[first.0.clone(), second.0.clone(), first.0.clone()]).unwrap();
    assert_eq!((directories.valid.len(), directories.invalid.len()), (2, 0));
    let files = read_all(&[a.clone(), b.clone(), a.clone()]).unwrap();
    assert_eq!((files.valid.len(), files.invalid.len()), (1, 1));
    assert_eq!((&files.valid[0].file, &files.invalid[0].file), (&a, &b));
}

#[test]
fn a_version_changes_with_the_content_and_with_touch() {
    let folder = Folder::new();
    let path = folder.write("a.json", SMALLEST);
    let version = || read_manifests(&path).unwrap().valid[0].version;
    let before = version();
    assert_eq!(version(), before);
    let touched = std::process::Command::new("touch")
        .args(["-d", "2001-01-01"])
        .arg(&path)
        .status();
    assert!(touched.unwrap().success());
    assert_eq!(version().content, before.content);
    assert_ne!(version(), before);
    folder.write("a.json", SMALLEST.replace("1.8.4", "1.8.5"));
    assert_ne!(version().content, before.content);
}

#[test]
fn control_characters_in_a_files_name_are_escaped() {
    let folder = Folder::new();
    folder.write("a\n\u{1b}[31m.json", SMALLEST);
    let manifests = read_manifests(&folder.0).unwrap();
    let error = manifests.invalid[0].problems[0]
        .in_file(&manifests.invalid[0].file)
        .to_string();
    assert!(
        error.starts_with(
            "a\\n\\u{1b}[31m.json:1:1: container_name: left out, and the file's name "
        ),
        "{error}"
    );
    assert!(!error.contains(char::is_control));
}
