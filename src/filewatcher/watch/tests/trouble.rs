//! Where events cannot be relied on.

use std::os::fd::OwnedFd;

use super::*;

fn error(errno: Errno) -> io::Error {
    io::Error::from(errno)
}

#[test]
fn more_events_than_the_queue_holds() {
    let limit = fs::read_to_string("/proc/sys/fs/inotify/max_queued_events").unwrap();
    let limit: usize = limit.trim().parse().unwrap();
    if limit > 100_000 {
        return;
    }
    let mut probe = Probe::new("d/m", &["d/m/", "x"]);
    probe.notices(|p| {
        for _ in 0..=limit / 2 {
            p.hard_link("x", "d/m/y");
            p.remove("d/m/y");
        }
    });
    probe.notices(|p| p.write("d/m/a.json"));
}

#[test]
fn no_instance_to_be_had() {
    let mut probe = Probe::empty();
    probe.watch.watches = None;
    probe
        .watch
        .follow_with(|| Err(error(Errno::EMFILE)), |_| None);
    assert_eq!(probe.watch.look_every(), Some(Duration::from_secs(10)));
    assert!(probe.watch.events().is_none());
    assert!(!probe.watch.take_events());
    assert!(!probe.watch.leads_elsewhere());
    let trouble = probe.watch.trouble.as_ref().unwrap();
    assert!(trouble.starts_with("cannot make an inotify instance: "));
    assert!(trouble.ends_with(", raise fs.inotify.max_user_instances"));
    probe.watch.follow();
    assert_eq!(probe.watch.look_every(), None);
    probe.notices(|p| p.write("d/m/a.json"));
}

#[test]
fn each_trouble_is_logged_once() {
    assert_eq!(log_line(None, None), None);
    assert_eq!(log_line(None, Some("a")), Some(LogLine::Worse("a")));
    assert_eq!(log_line(Some("a"), Some("a")), None);
    assert_eq!(log_line(Some("a"), Some("b")), Some(LogLine::Worse("b")));
    assert_eq!(log_line(Some("a"), None), Some(LogLine::Well));
}

#[test]
fn not_each_failure_matters() {
    let path = Path::new("/a\n");
    let trouble = |kind, errno| watch_trouble(path, kind, &error(errno));
    for kind in [Kind::Passed, Kind::Above] {
        assert_eq!(trouble(kind, Errno::EACCES), None);
        assert!(trouble(kind, Errno::ENOSPC).is_some());
    }
    for kind in [Kind::Waiting, Kind::Leaf, Kind::File, Kind::Directory] {
        let denied = "cannot watch /a\\n: Permission denied (os error 13)";
        assert_eq!(trouble(kind, Errno::EACCES).unwrap(), denied);
        assert_eq!(trouble(kind, Errno::ENOENT), None);
        assert_eq!(trouble(kind, Errno::ENOTDIR), None);
        let text = trouble(kind, Errno::ENOSPC).unwrap();
        assert!(text.contains("fs.inotify.max_user_watches"), "{text}");
    }
}

#[test]
fn what_cannot_be_looked_at_is_looked_at_often() {
    let mut probe = Probe::empty();
    let long = "x".repeat(300);
    probe.link(&long, "d/m/a.json");
    probe.watch.follow();
    assert_eq!(probe.watch.look_every(), Some(LOOK_EVERY));
    probe.remove("d/m/a.json");
    probe.watch.follow();
    assert_eq!(probe.watch.look_every(), None);
}

#[test]
fn silent_file_systems_and_what_is_unreachable() {
    let survey = |unreachable| Survey {
        ends: vec!["/local".into(), "/net/a.json".into(), "/net/b.json".into()],
        unreachable,
        ..Survey::default()
    };
    let read_remote_fs = |path: &Path| path.starts_with("/net").then_some("NFS");
    let expected = "/net/a.json lies on NFS, which does not report changes made by other machines";
    assert_eq!(
        survey_trouble(&survey(None), read_remote_fs).unwrap(),
        expected
    );
    assert_eq!(survey_trouble(&survey(None), |_| None), None);
    let unreachable = Some(("/far".into(), error(Errno::EIO)));
    let trouble = survey_trouble(&survey(unreachable), |_| None).unwrap();
    assert!(trouble.starts_with("cannot look at /far: "), "{trouble}");
}

#[test]
fn on_a_silent_file_system_events_come_nevertheless() {
    let mut probe = Probe::empty();
    probe.watch.follow_with(Inotify::init, |_| Some("NFS"));
    assert_eq!(probe.watch.look_every(), Some(LOOK_EVERY));
    assert!(!probe.watch.take_events());
    probe.notices(|p| p.write("d/m/a.json"));
}

#[test]
fn an_instance_that_cannot_be_read_is_replaced() {
    let mut probe = Probe::empty();
    let directory = OwnedFd::from(File::open("/").unwrap());
    probe.watch.watches = Some(WatchSet::new(Inotify::from(directory)));
    assert!(probe.watch.take_events());
    assert!(probe.watch.events().is_none());
    probe.watch.follow();
    assert_eq!(probe.watch.look_every(), None);
    probe.notices(|p| p.write("d/m/a.json"));
}
