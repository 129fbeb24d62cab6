//! Writing, and what can go wrong about it.

use super::*;

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
