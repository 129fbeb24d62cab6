//! Warnings about who else can write manifests and their directory.

use kanto_auto_deployer::manifests_parser::{read_for_validation, read_manifests};

use super::{set_mode, Folder, SMALLEST};

#[test]
fn a_manifest_that_others_can_write_is_a_warning() {
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
fn modes_do_not_matter_where_manifests_are_only_checked() {
    let folder = Folder::new();
    let single = folder.write("a.json", SMALLEST);
    set_mode(&single, 0o666);
    set_mode(&folder.0, 0o777);
    for path in [single, folder.0.clone()] {
        let manifests = read_for_validation(&[path]).unwrap();
        assert!(manifests.valid[0].warnings.is_empty());
        assert!(manifests.directory_warnings.is_empty());
    }
}
