//! Which files of a directory are manifests, and which directories there are.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use kanto_auto_deployer::manifests_parser::{read_for_validation, read_manifests};

use super::{names, Folder, SMALLEST};

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
fn files_that_look_like_manifests_are_named() {
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
        read_for_validation(std::slice::from_ref(&folder.0)).unwrap(),
    ] {
        let names = manifests.overlooked[0].split([':', ';']).nth(1).unwrap();
        assert_eq!(names, " a.yaml, b.YML, c.Json5, g/, h.json/, k/");
        let warning = format!("no manifests in {}", folder.0.display());
        assert_eq!(manifests.directory_warnings, [warning]);
    }
    let other = Folder::new();
    other.write("a.json", SMALLEST);
    let both = read_for_validation(&[folder.0.clone(), other.0.clone()]).unwrap();
    assert!(both.directory_warnings.is_empty());
    assert_eq!(both.overlooked.len(), 1);
}

#[test]
fn a_missing_directory_is_not_an_unreadable_one() {
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
fn a_single_file_may_have_any_name() {
    let folder = Folder::new();
    let path = folder.write("one.manifest", SMALLEST);
    let manifests = read_manifests(&path).unwrap();
    assert_eq!(names(&manifests), ["one"]);
    assert_eq!(manifests.valid[0].path, path);
}

#[test]
fn single_files_that_are_checked_are_one_set() {
    let (first, second) = (Folder::new(), Folder::new());
    let (a, b) = (
        first.write("same.json", SMALLEST),
        second.write("same.json", SMALLEST),
    );
    let files = read_for_validation(&[a.clone(), b.clone(), a.clone()]).unwrap();
    assert_eq!((files.valid.len(), files.invalid.len()), (1, 1));
    assert_eq!((&files.valid[0].file, &files.invalid[0].file), (&a, &b));
}
