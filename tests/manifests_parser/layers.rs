//! Several directories of manifests, and drop-ins.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use kanto_auto_deployer::manifests_parser::{
    read_for_validation, read_layers, read_manifests, read_stamps, FileStamp, Manifests,
};

use super::{names, set_mode, Folder, SMALLEST};

fn with_image(image: &str) -> String {
    format!(r#"{{ "image": {{ "name": "r.io/{image}:1" }} }}"#)
}

fn images(manifests: &Manifests) -> Vec<String> {
    let valid = manifests.valid.iter();
    let images = valid.map(|one| one.container.image.name.replace("r.io/", ""));
    images.map(|image| image.replace(":1", "")).collect()
}

fn make(folder: &Folder, directory: &str) {
    let directory = folder.0.join(directory);
    fs::create_dir(&directory).unwrap();
    set_mode(&directory, 0o755);
}

fn mask(folder: &Folder, name: &str) {
    symlink("/dev/null", folder.0.join(name)).unwrap();
}

/// Two layers; the first has the manifests a and b.
fn two() -> (Folder, Folder) {
    let (low, high) = (Folder::new(), Folder::new());
    low.write("a.json", with_image("low-a"));
    low.write("b.json", with_image("low-b"));
    (low, high)
}

fn read(low: &Folder, high: &Folder) -> Manifests {
    read_layers(&[&low.0, &high.0]).unwrap()
}

#[test]
fn a_file_takes_the_place_of_the_earlier_one_of_its_name() {
    let (low, high) = two();
    high.write("b.json", with_image("high-b"));
    high.write("c.json", with_image("high-c"));
    let manifests = read(&low, &high);
    assert_eq!(images(&manifests), ["low-a", "high-b", "high-c"]);
    assert_eq!(names(&manifests), ["a", "b", "c"]);
    assert_eq!(manifests.valid[1].path, high.0.join("b.json"));
    assert_eq!(manifests.valid[1].file, high.0.join("b.json"));
    assert!(manifests.directory_warnings.is_empty() && manifests.is_complete());
    assert_eq!(images(&read(&high, &low)), ["low-a", "low-b", "high-c"]);
    high.write("b.json", "{");
    let manifests = read(&low, &high);
    assert_eq!(
        images(&manifests),
        ["low-a", "high-c"],
        "it is not passed over"
    );
    assert_eq!(manifests.invalid[0].path, high.0.join("b.json"));
}

#[test]
fn a_symlink_to_dev_null_masks_a_manifest() {
    let (low, high) = two();
    mask(&high, "a.json");
    symlink("a.json", high.0.join("b.json")).unwrap();
    let manifests = read(&low, &high);
    assert!(manifests.valid.is_empty() && manifests.is_complete());
    let masks = ["a.json", "b.json"].map(|name| high.0.join(name));
    assert_eq!(manifests.masks, masks);
    let highest = Folder::new();
    highest.write("a.json", with_image("highest-a"));
    let manifests = read_layers(&[&low.0, &high.0, &highest.0]).unwrap();
    assert_eq!(images(&manifests), ["highest-a"]);
    assert!(read_manifests(&high.0).unwrap().is_complete());
}

#[test]
fn an_empty_file_is_no_mask() {
    let (low, high) = two();
    make(&high, "b.json.d");
    make(&low, "b.json.d");
    low.write("b.json.d/1.json", "{}");
    for empty in ["a.json", "b.json.d/1.json"] {
        high.write(empty, "");
    }
    let manifests = read(&low, &high);
    assert!(manifests.valid.is_empty() && manifests.masks.is_empty());
    let invalid = manifests.invalid.iter();
    let mut errors: Vec<_> = invalid.map(|one| one.errors[0].to_string()).collect();
    errors.sort();
    let reason = "is empty, as a power cut leaves a file; a mask is a symlink to /dev/null";
    let drop_in = format!("{}: {reason}", high.0.join("b.json.d/1.json").display());
    assert_eq!(errors, [&*drop_in, reason]);
    let alone = &read_manifests(&high.0).unwrap().invalid[0];
    assert_eq!(
        alone.errors[0].message,
        "the file is empty: expected a JSON object"
    );
}

#[test]
fn what_is_no_file_takes_nothing_away() {
    let (low, high) = two();
    make(&high, "a.json");
    high.write(".b.json", "");
    assert_eq!(images(&read(&low, &high)), ["low-a", "low-b"]);
}

#[test]
fn a_missing_layer_is_known_and_all_missing_are_an_error() {
    let (low, _) = two();
    let missing = low.0.join("missing");
    let manifests = read_layers(&[&missing, &low.0]).unwrap();
    assert_eq!(images(&manifests), ["low-a", "low-b"]);
    assert_eq!(manifests.missing_layers[..], [&*missing]);
    assert!(!manifests.is_complete());
    let error = read_layers(&[&missing, &low.0.join("missing-too")]).unwrap_err();
    assert!(error.is_missing() && error.path == missing, "{error}");
    let error = read_layers(&[low.0.as_path(), Path::new("/dev/null")]).unwrap_err();
    assert!(!error.is_missing(), "{error}");
}

#[test]
fn a_single_file_is_a_layer_with_that_name() {
    let (low, high) = two();
    let file = high.write("b.json", with_image("file-b"));
    assert_eq!(
        images(&read_layers(&[&low.0, &file]).unwrap()),
        ["low-a", "file-b"]
    );
    make(&high, "b.json.d");
    high.write("b.json.d/x.json", with_image("dropped-in"));
    assert_eq!(
        images(&read_layers(&[&low.0, &file]).unwrap()),
        ["low-a", "dropped-in"]
    );
    assert_eq!(images(&read_manifests(&file).unwrap()), ["dropped-in"]);
}

#[test]
fn a_directory_that_is_given_twice_is_a_warning() {
    let (low, high) = two();
    symlink(&low.0, high.0.join("link")).unwrap();
    let manifests = read_layers(&[low.0.clone(), high.0.join("link")]).unwrap();
    let warning = format!(
        "{}/link is given twice: one directory is one layer",
        high.0.display()
    );
    assert_eq!(manifests.directory_warnings, [warning]);
    assert_eq!(images(&manifests), ["low-a", "low-b"]);
}

#[test]
fn drop_ins_of_all_layers_are_merged_in_the_order_of_their_names() {
    let (low, high) = two();
    make(&low, "a.json.d");
    make(&high, "a.json.d");
    let env = |value: &str| format!(r#"{{ "config": {{ "env": [ "{value}" ] }} }}"#);
    low.write("a.json.d/10.json", env("A=low10"));
    low.write("a.json.d/20.json", env("B=low20"));
    low.write("a.json.d/40.json", env("D=low40"));
    high.write("a.json.d/05.json", env("A=high05"));
    high.write("a.json.d/20.json", env("C=high20"));
    mask(&high, "a.json.d/40.json");
    high.write("a.json.d/.50.json", env("E=editor"));
    let manifests = read(&low, &high);
    assert_eq!(manifests.valid[0].container.env, ["A=low10", "C=high20"]);
    let expected =
        ["05.json", "10.json", "20.json"].map(|name| PathBuf::from("a.json.d").join(name));
    let expected = [
        high.0.join(&expected[0]),
        low.0.join(&expected[1]),
        high.0.join(&expected[2]),
    ];
    assert_eq!(manifests.valid[0].drop_ins, expected);
    assert!(manifests.valid[1].container.env.is_empty());
    fs::remove_file(high.0.join("a.json.d/20.json")).unwrap();
    mask(&high, "a.json.d/20.json");
    assert_eq!(read(&low, &high).valid[0].container.env, ["A=low10"]);
}

#[test]
fn messages_name_the_drop_in() {
    let folder = Folder::new();
    folder.write("a.json", SMALLEST);
    make(&folder, "a.json.d");
    folder.write("a.json.d/10.json", "{\n \"hostname\": 1 }");
    let manifests = read_manifests(&folder.0).unwrap();
    let manifest = &manifests.valid[0];
    let text = manifest.warnings[0].in_file(&manifest.file).to_string();
    assert_eq!(
        text,
        "a.json.d/10.json:2:14: hostname: unknown key, ignored; did you mean host_name?"
    );
    folder.write("a.json.d/10.json", r#"{ "host_config": 7 }"#);
    let invalid = &read_manifests(&folder.0).unwrap().invalid[0];
    let text = invalid.errors[0].in_file(&invalid.file).to_string();
    let expected = "a.json.d/10.json:1:18: host_config: expected an object, found 7";
    assert_eq!(
        (&*text, invalid.errors[0].to_string().as_str()),
        (expected, expected)
    );
    let other = Folder::new();
    let layers = read_layers(&[&folder.0, &other.0]).unwrap();
    let text = layers.invalid[0].errors[0].to_string();
    assert_eq!(text, format!("{}/{expected}", folder.0.display()));
}

#[test]
fn a_drop_in_without_a_manifest_is_a_warning() {
    let (low, high) = two();
    make(&high, "x.json.d");
    make(&high, "empty.json.d");
    assert!(read(&low, &high).directory_warnings.is_empty());
    high.write("x.json.d/1.json", "{}");
    let warning = format!(
        "the drop-ins in {}/x.json.d are for a manifest that does not exist",
        high.0.display()
    );
    assert_eq!(read(&low, &high).directory_warnings, [warning]);
    assert!(read(&low, &high).overlooked.is_empty());
    mask(&high, "x.json");
    assert!(
        read(&low, &high).directory_warnings.is_empty(),
        "it was masked"
    );
}

#[test]
fn all_that_holds_for_manifests_holds_for_drop_ins() {
    let folder = Folder::new();
    folder.write("a.json", SMALLEST);
    make(&folder, "a.json.d");
    let drop_in = folder.write("a.json.d/x.json", "{}");
    folder.write("a.json.d/y.yaml", "");
    set_mode(&drop_in, 0o646);
    set_mode(&folder.0.join("a.json.d"), 0o777);
    let manifests = read_manifests(&folder.0).unwrap();
    let text = manifests.valid[0].warnings[0].to_string();
    let expected = "a.json.d/x.json: the file can be written by every user, who thereby decide what runs as root";
    assert_eq!(text, expected);
    assert!(manifests.directory_warnings[0].contains("/a.json.d can be written by every user"));
    assert!(manifests.overlooked[0].contains("/a.json.d: y.yaml; drop-ins are"));
    let status = std::process::Command::new("mkfifo")
        .arg(folder.0.join("a.json.d/fifo.json"))
        .status();
    assert!(status.unwrap().success());
    assert_eq!(names(&read_manifests(&folder.0).unwrap()), ["a"]);
    folder.write("a.json.d/x.json", " ".repeat(256 * 1024 + 1));
    symlink("nowhere", folder.0.join("a.json.d/z.json")).unwrap();
    let errors = read_manifests(&folder.0).unwrap().invalid[0].errors.texts();
    let expected = [
        "a.json.d/x.json: larger than 256 KiB, which no manifest is",
        "a.json.d/z.json: a symlink to a file that does not exist",
    ];
    assert_eq!(errors, expected);
}

#[test]
fn drop_ins_are_bounded() {
    let folder = Folder::new();
    folder.write("a.json", SMALLEST);
    make(&folder, "a.json.d");
    let large = format!("{{}}{}", " ".repeat(210_000));
    let limit = "a.json.d: more than 100 drop-ins, or more than 1 MiB of them";
    for (count, content) in [(100, "{}"), (4, &*large)] {
        for number in 0..count {
            folder.write(&format!("a.json.d/{number}.json"), content);
        }
        assert_eq!(
            read_manifests(&folder.0).unwrap().valid[0].drop_ins.len(),
            count
        );
        folder.write("a.json.d/one-more.json", content);
        let errors = read_manifests(&folder.0).unwrap().invalid[0].errors.texts();
        assert_eq!(errors, [limit]);
        fs::remove_dir_all(folder.0.join("a.json.d")).unwrap();
        make(&folder, "a.json.d");
    }
}

#[test]
fn a_stamp_changes_with_every_file_of_a_manifest() {
    let (low, high) = two();
    let stamp = || {
        let stamps = read_stamps(&[&low.0, &high.0]).unwrap();
        let manifests = read(&low, &high);
        let of = manifests
            .valid
            .iter()
            .map(|one| (one.path.clone(), one.stamp));
        assert_eq!(stamps.stamps, of.collect::<Vec<_>>());
        stamps.stamps[0].1
    };
    let mut known: Vec<FileStamp> = vec![stamp()];
    let mut expect_new = || {
        let stamp = stamp();
        assert!(!known.contains(&stamp), "{stamp:?}");
        known.push(stamp);
    };
    make(&high, "a.json.d");
    let drop_in = high.write("a.json.d/1.json", "{}");
    expect_new();
    let touched = std::process::Command::new("touch")
        .args(["-d", "2001-01-01"])
        .arg(&drop_in)
        .status();
    assert!(touched.unwrap().success());
    expect_new();
    high.write("a.json.d/1.json", "{ }");
    expect_new();
    fs::rename(&drop_in, high.0.join("a.json.d/2.json")).unwrap();
    expect_new();
    fs::rename(low.0.join("a.json"), high.0.join("a.json")).unwrap();
    expect_new();
}

#[test]
fn directories_that_are_checked_are_layers() {
    let (low, high) = two();
    high.write("a.json", with_image("high-a"));
    let layers = read_for_validation(&[low.0.clone(), high.0.clone()]).unwrap();
    assert_eq!(images(&layers), ["high-a", "low-b"]);
}
