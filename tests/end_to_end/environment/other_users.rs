//! Other users of the machine: what they could change is not trusted, and what they hold up is named. Most of it takes root, who
//! alone can give files away; without that these tests pass.

use std::fs::{self, File, Permissions};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{chown, lchown, symlink, MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::{Command, Stdio};

use nix::fcntl::{Flock, FlockArg};
use simulated_kanto_cm::Process;

use crate::common::{deploy, kanto_cm, manifest, run, state_file, Manifests, Run};

const SOMEBODY: u32 = 54322;

fn is_root() -> bool {
    fs::metadata("/proc/self").unwrap().uid() == 0
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn give_away(path: &Path) {
    lchown(path, Some(SOMEBODY), Some(SOMEBODY)).unwrap();
}

/// A directory in which everybody can make files, as /tmp.
fn sticky(cm: &Process) -> std::path::PathBuf {
    let directory = cm.directory().join("sticky");
    fs::create_dir(&directory).unwrap();
    chmod(&directory, 0o1777);
    directory
}

#[test]
fn no_state_file_is_written_where_somebody_elses_symlink_leads() {
    if !is_root() {
        return;
    }
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with("a");
    let sticky = sticky(&cm);
    let (target, link) = (cm.directory().join("target"), sticky.join("applied.json"));
    let (elsewhere, way) = (cm.directory().join("elsewhere"), sticky.join("way"));
    fs::create_dir(&elsewhere).unwrap();
    symlink(&target, &link).unwrap();
    symlink(&elsewhere, &way).unwrap();
    for (path, planted) in [(&link, &link), (&way.join("applied.json"), &way)] {
        give_away(planted);
        let run = deploy(&cm, &manifests, &["--state", path.to_str().unwrap()]);
        let problem = format!(
            "error: --state: {} belongs to user {SOMEBODY}, who",
            planted.display()
        );
        run.expect_code(2).expect_log(&problem);
        assert!(cm.calls().is_empty(), "{}", cm.journal());
        // One's own symlink may lead anywhere.
        lchown(planted, Some(0), Some(0)).unwrap();
        deploy(&cm, &manifests, &["--state", path.to_str().unwrap()]).expect_code(0);
        cm.clear_calls();
    }
    assert!(target.exists() && elsewhere.join("applied.json").exists());
}

/// `a` is deployed; its state file says something else now, or belongs to somebody else.
fn spoilt(spoil: impl Fn(&Path)) -> (Process, Manifests, Run) {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with("a");
    let manifests = manifests.with("gone");
    deploy(&cm, &manifests, &[]).expect_code(0);
    manifests.remove("gone");
    spoil(&state_file(&cm));
    let run = deploy(&cm, &manifests, &["--prune"]);
    (cm, manifests, run)
}

#[test]
fn a_state_file_that_others_can_change_is_not_believed() {
    type Way = (&'static str, fn(&Path));
    let mut ways: Vec<Way> = vec![(
        "can be written by every user, who thereby decide what it says",
        |file| chmod(file, 0o602),
    )];
    if is_root() {
        ways.push((
            "belongs to user 54322, who thereby decides what it says",
            |file| {
                give_away(file);
            },
        ));
        ways.push((
            "can be written by the users of its group, who thereby decide what it says",
            |file| {
                chown(file, None, Some(SOMEBODY)).unwrap();
                chmod(file, 0o660);
            },
        ));
    }
    for (reason, spoil) in ways {
        let (cm, _manifests, run) = spoilt(spoil);
        run.expect_code(0)
            .expect_log("warning: cannot read the state file")
            .expect_log(reason);
        assert!(cm.state().runs("gone"), "{reason}: {}", cm.journal());
        assert!(state_file(&cm).with_extension("json.damaged").exists());
        let now = fs::metadata(state_file(&cm)).unwrap();
        assert_eq!(
            (now.mode() & 0o777, now.uid()),
            (0o600, fs::metadata("/proc/self").unwrap().uid())
        );
    }
}

#[test]
fn in_a_directory_that_others_can_change_there_is_no_state_file() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with("a");
    let open = cm.directory().join("open");
    fs::create_dir(&open).unwrap();
    chmod(&open, 0o777);
    let state = open.join("applied.json");
    let run = deploy(&cm, &manifests, &["--state", state.to_str().unwrap()]);
    let reason = format!(
        "{} can be written by every user, who thereby decide where",
        open.display()
    );
    run.expect_code(0)
        .expect_log(&reason)
        .expect_log("what is applied now will not be known at the next run");
    assert!(!state.exists());
}

/// Makes something about the manifests, or the way to them, somebody else's. What is said of it.
type Open = fn(&Path) -> String;

const OPEN: [(&str, Open); 5] = [
    ("the directory", |path| {
        give_away(path);
        format!(
            "{} belongs to user {SOMEBODY}, who thereby decides",
            path.display()
        )
    }),
    ("a manifest", |path| {
        give_away(&path.join("a.json"));
        format!("a.json: the file belongs to user {SOMEBODY}, who thereby decides")
    }),
    ("above the directory, an owner", |path| {
        let above = path.parent().unwrap();
        give_away(above);
        format!(
            "{} belongs to user {SOMEBODY}, who thereby decides",
            above.display()
        )
    }),
    ("above the directory, its mode", |path| {
        let above = path.parent().unwrap();
        chmod(above, 0o777);
        format!(
            "{} can be written by every user, who thereby decide",
            above.display()
        )
    }),
    ("where a symlink leads", |path| {
        let open = path.parent().unwrap().join("open");
        fs::create_dir(&open).unwrap();
        chmod(&open, 0o777);
        fs::rename(path.join("a.json"), open.join("a.json")).unwrap();
        symlink(open.join("a.json"), path.join("a.json")).unwrap();
        format!(
            "a.json: {} can be written by every user, who thereby decide",
            open.display()
        )
    }),
];

#[test]
fn what_others_decide_is_a_warning_where_it_is_deployed() {
    if !is_root() {
        return;
    }
    for (what, open) in OPEN {
        let cm = kanto_cm().start();
        let above = tempfile::TempDir::new().unwrap();
        let path = above.path().join("manifests");
        fs::create_dir(&path).unwrap();
        fs::write(path.join("a.json"), manifest("a").to_string()).unwrap();
        let socket = cm.socket();
        let deploy = |arguments: &[&str]| {
            let fixed = [
                "--settle=0",
                "-s",
                socket.to_str().unwrap(),
                path.to_str().unwrap(),
            ];
            run(&[&fixed, arguments].concat())
        };
        let run = deploy(&["--strict"]);
        assert!(!run.stderr.contains("thereby"), "{what}: {}", run.stderr);
        let warning = open(&path) + " what runs as root";
        deploy(&[])
            .expect_code(0)
            .expect_log(&format!("warning: {warning}"));
        deploy(&["--strict"]).expect_code(1).expect_log(&warning);
        let validated = crate::common::run(&["--validate", path.to_str().unwrap()]);
        validated.expect_code(0);
    }
}

/// Listens as somebody else until its standard input ends.
const LISTEN: &str = "use Socket; socket(my $s, PF_UNIX, SOCK_STREAM, 0) or exit 1; \
    bind($s, pack_sockaddr_un($ARGV[0])) or exit 1; listen($s, 9) or exit 1; \
    $| = 1; print \"listens\\n\"; <STDIN>";

#[test]
fn whoever_listens_has_to_be_root_or_oneself() {
    if !is_root() {
        return;
    }
    let manifests = Manifests::new().with("a");
    let open = tempfile::TempDir::new().unwrap();
    chmod(open.path(), 0o777);
    let socket = open.path().join("cm.sock");
    let somebody = format!("--reuid={SOMEBODY}");
    let mut impostor = Command::new("setpriv");
    impostor
        .args([&somebody, "--clear-groups", "perl", "-e", LISTEN])
        .arg(&socket);
    impostor
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let Ok(mut impostor) = impostor.spawn() else {
        return;
    };
    let mut line = String::new();
    BufReader::new(impostor.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    if line == "listens\n" {
        let socket = socket.to_str().unwrap();
        let path = manifests.path().to_str().unwrap();
        let reason = format!(
            "the process that listens at {socket} runs as neither root nor this user, and gets no manifests"
        );
        run(&["--connect-timeout=1", "-s", socket, path])
            .expect_code(3)
            .expect_log(&reason);
    }
    drop(impostor.stdin.take());
    impostor.wait().unwrap();
}

#[test]
fn who_holds_the_lock_is_named() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with("a");
    let directory = File::open(cm.directory()).unwrap();
    let lock = Flock::lock(directory, FlockArg::LockSharedNonblock).unwrap();
    let user = fs::metadata("/proc/self").unwrap().uid();
    let holder = format!("(process {} of user {user})", std::process::id());
    let run = deploy(&cm, &manifests, &["--connect-timeout=1"]);
    run.expect_code(3)
        .expect_log(&format!(
            "waiting until it has finished, 1 s at most {holder}"
        ))
        .expect_log(&format!(
            "it holds the lock on {} {holder}",
            cm.directory().display()
        ));
    drop(lock);
    deploy(&cm, &manifests, &[]).expect_code(0);
}
