//! Resource limits from nothing upwards: a run does its work, or says which limit keeps it from that. It never crashes, nor hangs.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::{Command, Stdio};
use std::time::Duration;

use nix::sys::signal::Signal;
use simulated_kanto_cm::Process;

use crate::common::daemon::{Daemon, From};
use crate::common::{
    after, binary, command, deploy, deploy_arguments, deploy_command, kanto_cm, Manifests, Run,
    Running,
};

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;

/// With `a`, deployed.
fn deployed() -> (Process, Manifests) {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with("a");
    deploy(&cm, &manifests, &[]).expect_code(0);
    (cm, manifests)
}

/// Sets a limit, as `prlimit` calls it.
fn set(limit: &str, value: u64) -> String {
    format!("prlimit --pid $$ --{limit}={value}:{value}")
}

/// Does any program start after this script?
fn anything_starts(script: &str) -> bool {
    let mut nothing = after(script, Command::new("env").arg("true"));
    let status = nothing.stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// Did it start at all? The loader may have had too little.
fn has_started(run: &Run, script: &str) -> bool {
    match run.code {
        Some(126 | 127) => false,
        None => anything_starts(script),
        Some(_) => true,
    }
}

/// Demands that each run after such a script does its work or names the limit, the more the better. How many did which.
#[track_caller]
fn sweep(scripts: impl Iterator<Item = String>, named: &str) -> (usize, usize) {
    let (cm, manifests) = deployed();
    let (mut too_little, mut enough) = (0, 0);
    for script in scripts {
        let command = deploy_command(&cm, &manifests, &["--jobs", "1"]);
        let run = Running::spawn(after(&script, &command)).wait();
        if !has_started(&run, &script) {
            assert_eq!(too_little + enough, 0, "{script}: {}", run.stderr);
            continue;
        }
        assert!(run.took < Duration::from_secs(60), "{script}");
        if run.code == Some(3) {
            assert_eq!(enough, 0, "{script}: {}", run.stderr);
            run.expect_log(named);
            too_little += 1;
        } else {
            run.expect_code(0);
            enough += 1;
        }
    }
    assert!(cm.state().runs("a"), "{}", cm.journal());
    (too_little, enough)
}

#[test]
fn descriptors() {
    let scripts = (1..40).map(|count| set("nofile", count));
    let (too_little, enough) = sweep(
        scripts,
        "files: Too many open files (os error 24), see ulimit -n",
    );
    assert!(too_little > 10 && enough > 10, "{too_little} {enough}");
}

#[test]
fn address_space() {
    let scripts = (1..40).map(|size| set("as", size * 3 * MIB));
    let (too_little, enough) = sweep(
        scripts,
        "MiB of memory: Cannot allocate memory (os error 12), see ulimit -v",
    );
    assert!(too_little > 5 && enough > 10, "{too_little} {enough}");
}

#[test]
fn data() {
    let scripts = (0..30).map(|size| set("data", size * 3 * MIB));
    let (too_little, enough) = sweep(
        scripts,
        "MiB of memory: Cannot allocate memory (os error 12), see ulimit -v, ulimit -d",
    );
    assert!(too_little > 5 && enough > 5, "{too_little} {enough}");
}

#[test]
fn the_stack() {
    // With less, the C library may end the program before it begins.
    let scripts = (8..40).map(|size| set("stack", size * 8 * KIB));
    let (too_little, enough) = sweep(
        scripts,
        "bytes is too small, 262144 are needed: see ulimit -s",
    );
    assert!(too_little > 10 && enough > 5, "{too_little} {enough}");
}

/// Threads of the core once had a stack as large as this.
#[test]
fn an_endless_stack_in_little_address_space() {
    let script = format!("{}; {}", set("stack", 1 << 40), set("as", 100 * MIB));
    assert_eq!(sweep([script].into_iter(), "never"), (0, 1));
}

/// Another user, who has no other processes; for root there is no such limit.
#[test]
fn threads() {
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        return;
    }
    let as_somebody = "exec setpriv --reuid=54321 --regid=54321 --clear-groups \"$@\"";
    // The program may lie where somebody may not go. setpriv itself still may.
    let probe = after(
        as_somebody,
        Command::new("env").arg(binary()).arg("--version"),
    )
    .status();
    if !probe.is_ok_and(|status| status.success()) {
        return;
    }
    let (cm, manifests) = deployed();
    let open = |path: &std::path::Path, mode| {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    };
    open(cm.directory(), 0o755);
    open(&cm.socket(), 0o666);
    open(manifests.path(), 0o755);
    let (mut too_little, mut enough) = (0, 0);
    for count in 1..40 {
        let script = format!("{}; {as_somebody}", set("nproc", count));
        let arguments = ["--jobs", "1", "--state", "none"];
        let run =
            Running::spawn(after(&script, &deploy_command(&cm, &manifests, &arguments))).wait();
        if run.code == Some(3) {
            run.expect_log("threads: Resource temporarily unavailable (os error 11), see ulimit -u, LimitNPROC= and TasksMax=");
            assert_eq!(enough, 0, "{count}: {}", run.stderr);
            too_little += 1;
        } else {
            run.expect_code(0);
            enough += 1;
        }
    }
    assert!(too_little > 5 && enough > 5, "{too_little} {enough}");
}

#[test]
fn the_size_of_files() {
    let (cm, manifests) = deployed();
    let manifests = manifests.with("b");
    for size in [0, 1, 100, 64 * KIB - 1] {
        let command = after(&set("fsize", size), &deploy_command(&cm, &manifests, &[]));
        let run = Running::spawn(command).wait();
        run.expect_code(3).expect_log(&format!(
            "files of {size} bytes are too small, 65536 are needed: see ulimit -f and LimitFSIZE="
        ));
    }
    assert!(!cm.state().runs("b"), "{}", cm.journal());
}

/// The result goes to the end of a file that has the largest size already. The containers run all the same.
#[test]
fn a_result_that_does_not_fit_into_its_file() {
    let (cm, manifests) = deployed();
    let manifests = manifests.with("b");
    let path = cm.directory().join("result");
    fs::write(&path, vec![b' '; 64 * 1024]).unwrap();
    let mut command = after(
        &set("fsize", 64 * KIB),
        &deploy_command(&cm, &manifests, &[]),
    );
    command.stdout(fs::File::options().append(true).open(path).unwrap());
    let run = Running::spawn(command).wait();
    run.expect_code(0)
        .expect_log(": File too large (os error 27), see ulimit -f and LimitFSIZE=");
    assert!(cm.state().runs("b"), "{}", cm.journal());
}

#[test]
fn the_daemon_tries_again_and_ends_when_it_is_to() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with("a");
    let mut all = vec!["--daemon".to_owned()];
    all.extend(deploy_arguments(&cm, manifests.path(), &["--settle", "0"]));
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let start = || Daemon::spawn(after("prlimit --pid $$ --nofile=30:1024", &command(&all)));
    let reason = "Kanto-CM cannot be reached: cannot open 34 files: Too many open files";
    let daemon = start();
    daemon.wait_for(From::Log, reason, 1);
    daemon.wait_for(From::Log, "trying again in", 1);
    let pid = daemon.pid().to_string();
    let mut raise = Command::new("prlimit");
    raise.args(["--pid", &pid, "--nofile=1024:1024"]);
    assert!(raise.status().unwrap().success());
    daemon.signal(Signal::SIGHUP);
    let daemon = daemon.ready();
    assert!(cm.state().runs("a"), "{}", cm.journal());
    daemon.end();
    let daemon = start();
    daemon.wait_for(From::Log, reason, 1);
    daemon.end();
}

/// An unknown one ended the program without a word.
#[test]
fn variables_that_steer_the_core_do_no_harm() {
    let (cm, manifests) = deployed();
    for strategy in ["foo", "none", "", "poll"] {
        let mut command = deploy_command(&cm, &manifests, &[]);
        command.env("GRPC_POLL_STRATEGY", strategy);
        Running::spawn(command).wait().expect_code(0);
    }
}
