//! Golden tests of tests/cases.
//!
//! A case is a folder of manifests and a file `expected`. `UPDATE_CASES=1 cargo test --test manifests_parser` writes the
//! file again: review what changed.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use kanto_auto_deployer::manifests_parser::{
    missing_providers, read_layers, read_manifests, Diagnostic, Format, Manifests,
};

use super::{set_mode, Folder};

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
        .filter_map(|folder| check_case(folder))
        .collect();
    assert!(different.is_empty(), "\n{different}");
}

fn check_case(folder: &Path) -> Option<String> {
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

/// Reads the case's manifests as they would be read from a directory, and a `*.json.disabled` as if it were not disabled. A
/// case with the directories `low` and `high` has these layers.
fn describe_case(folder: &Path) -> String {
    let copy = Folder::new();
    copy_files(folder, &copy, "");
    if !folder.join("low").is_dir() {
        return describe(&read_manifests(&copy.0).unwrap());
    }
    let layers = ["low", "high"].map(|layer| copy.0.join(layer));
    let described = describe(&read_layers(&layers).unwrap());
    described.replace(&format!("{}/", copy.0.display()), "")
}

/// Copies the files of a directory, and of those in it.
fn copy_files(from: &Path, to: &Folder, below: &str) {
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let name = format!("{below}{}", name.replace(".json.disabled", ".json"));
        if path.is_dir() {
            fs::create_dir(to.0.join(&name)).unwrap();
            set_mode(&to.0.join(&name), 0o755);
            copy_files(&path, to, &format!("{name}/"));
        } else if Path::new(&name).extension() == Some("json".as_ref()) {
            to.write(&name, fs::read(&path).unwrap());
        }
    }
}

fn describe(manifests: &Manifests) -> String {
    let mut text = String::new();
    for invalid in &manifests.invalid {
        let kinds = [("error", &invalid.errors), ("warning", &invalid.warnings)];
        for (kind, diagnostics) in kinds {
            for diagnostic in diagnostics.iter() {
                write_diagnostic(&mut text, kind, &invalid.file, diagnostic);
            }
        }
    }
    let missing = missing_providers(&manifests.valid, &|host_name| host_name == "known-host");
    for (index, manifest) in manifests.valid.iter().enumerate() {
        let missing = missing
            .iter()
            .filter(|(of, _)| *of == index)
            .map(|(_, warning)| warning);
        for warning in manifest.warnings.iter().chain(missing) {
            write_diagnostic(&mut text, "warning", &manifest.file, warning);
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

fn write_diagnostic(text: &mut String, kind: &str, file: &Path, diagnostic: &Diagnostic) {
    let _ = writeln!(text, "{kind}: {}", diagnostic.in_file(file));
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
