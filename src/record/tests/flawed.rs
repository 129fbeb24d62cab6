//! Files that are no record.

use super::*;

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
