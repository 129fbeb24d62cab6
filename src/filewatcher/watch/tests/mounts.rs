//! File systems that are mounted over the manifests; skipped where one may not mount. No command does it: a child
//! process has the files of all tests open for a moment, and closing them is an event.

use nix::mount::{mount, umount, MsFlags};

use super::*;

/// Unmounted in the end, whatever the test says.
struct Mounted(PathBuf);

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = umount(&self.0);
    }
}

fn mount_new(on: PathBuf) -> Option<Mounted> {
    let none = None::<&str>;
    let mounted = mount(none, &on, Some("tmpfs"), MsFlags::empty(), none);
    mounted.is_ok().then(|| Mounted(on))
}

fn bind(from: &Path, on: PathBuf) -> Option<Mounted> {
    let none = None::<&str>;
    let mounted = mount(Some(from), &on, none, MsFlags::MS_BIND, none);
    mounted.is_ok().then(|| Mounted(on))
}

impl Probe {
    /// The daemon wakes from the change of mounts, and sees that it matters.
    fn is_led_elsewhere(&mut self) {
        assert!(is_ready(
            self.watch.mounts(Instant::now()).unwrap(),
            PollFlags::POLLPRI
        ));
        assert!(self.watch.leads_elsewhere());
        self.watch.follow();
        self.watch.take_events();
        assert!(!self.watch.leads_elsewhere());
    }
}

#[test]
fn over_the_directory_and_away_again() {
    let mut probe = Probe::empty();
    let Some(mounted) = mount_new(probe.at("d/m")) else {
        return;
    };
    probe.is_led_elsewhere();
    probe.notices(|p| p.write("d/m/a.json"));
    drop(mounted);
    probe.is_led_elsewhere();
    probe.notices(|p| p.write("d/m/a.json"));
}

#[test]
fn on_the_way_to_the_directory() {
    let mut probe = Probe::new("a/b/m", &["a/b/m/", "z/b/m/"]);
    let Some(mounted) = bind(&probe.at("z"), probe.at("a")) else {
        return;
    };
    probe.is_led_elsewhere();
    probe.notices(|p| p.write("z/b/m/a.json"));
    drop(mounted);
    probe.is_led_elsewhere();
    probe.sleeps_through(|p| p.write("z/b/m/a.json"));
    probe.notices(|p| p.write("a/b/m/a.json"));
}

#[test]
fn while_the_directory_is_missing() {
    let mut probe = Probe::new("a/m", &["a/"]);
    let Some(mounted) = mount_new(probe.at("a")) else {
        return;
    };
    probe.is_led_elsewhere();
    probe.notices(|p| p.make("a/m"));
    drop(mounted);
    probe.is_led_elsewhere();
    probe.notices(|p| p.make("a/m"));
}

#[test]
fn over_a_manifest_and_over_the_target_of_one() {
    let entries = ["d/m/", "d/m/a.json", "d/m/b.json -> ../../x", "x", "y"];
    for over in ["d/m/a.json", "x"] {
        let mut probe = Probe::new("d/m", &entries);
        let Some(mounted) = bind(&probe.at("y"), probe.at(over)) else {
            return;
        };
        probe.is_led_elsewhere();
        probe.notices(|p| p.write("y"));
        drop(mounted);
        probe.is_led_elsewhere();
        probe.sleeps_through(|p| p.write("y"));
        probe.notices(|p| p.write(over));
    }
}

#[test]
fn elsewhere() {
    let mut probe = Probe::new("d/m", &["d/m/sub/", "d/n/", "x/"]);
    for on in ["x", "d/n", "d/m/sub"] {
        let Some(mounted) = mount_new(probe.at(on)) else {
            return;
        };
        assert!(is_ready(
            probe.watch.mounts(Instant::now()).unwrap(),
            PollFlags::POLLPRI
        ));
        assert!(!probe.watch.leads_elsewhere());
        drop(mounted);
        assert!(!probe.watch.leads_elsewhere());
    }
    assert!(!probe.watch.take_events());
    probe.notices(|p| p.write("d/m/a.json"));
}

#[test]
fn mounts_are_followed_for_ten_minutes_and_while_something_is_missing() {
    let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
    let entries = ["d/m/", "d/m/a.json", "run/"];
    let mut probe = Probe::with_socket("d/m", "run/cm.sock", &entries);
    let listener = std::os::unix::net::UnixListener::bind(probe.at("run/cm.sock")).unwrap();
    let mut follows = |change: &dyn Fn(&Probe)| {
        change(&probe);
        probe.watch.follow();
        let after = |age| probe.watch.mounts(probe.watch.begin + age).is_some();
        assert!(after(Duration::ZERO) && after(Duration::from_millis(599_999)));
        after(minutes(10)) && after(minutes(1000))
    };
    assert!(!follows(&|_| {}));
    assert!(
        follows(&|p| p.rename("d/m/a.json", "a.json")),
        "no manifest"
    );
    assert!(
        follows(&|p| p.link("../../data/x", "d/m/a.json")),
        "no target"
    );
    assert!(!follows(&|p| {
        p.make("data");
        p.write("data/x");
    }));
    assert!(follows(&|p| p.rename("d/m", "m")), "no directory");
    assert!(!follows(&|p| p.rename("m", "d/m")));
    assert!(follows(&|p| p.remove("run/cm.sock")), "no socket");
    drop(listener);
}
