//! What is read of one file, and which files are not opened.

use std::os::unix::fs::symlink;

use kanto_auto_deployer::manifests_parser::read_manifests;

use super::{names, Folder, SMALLEST};

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
        .map(|invalid| invalid.errors[0].in_file(&invalid.file).to_string())
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
        manifests.invalid[0].errors[0].to_string(),
        "larger than 256 KiB, which no manifest is"
    );
}

#[test]
fn a_stamp_changes_with_the_content_and_with_touch() {
    let folder = Folder::new();
    let path = folder.write("a.json", SMALLEST);
    let stamp = || read_manifests(&path).unwrap().valid[0].stamp;
    let before = stamp();
    assert_eq!(stamp(), before);
    let touched = std::process::Command::new("touch")
        .args(["-d", "2001-01-01"])
        .arg(&path)
        .status();
    assert!(touched.unwrap().success());
    assert_eq!(stamp().content, before.content);
    assert_ne!(stamp(), before);
    folder.write("a.json", SMALLEST.replace("1.8.4", "1.8.5"));
    assert_ne!(stamp().content, before.content);
}

#[test]
fn control_characters_in_a_files_name_are_escaped() {
    let folder = Folder::new();
    folder.write("a\n\u{1b}[31m.json", SMALLEST);
    let manifests = read_manifests(&folder.0).unwrap();
    let error = manifests.invalid[0].errors[0]
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
