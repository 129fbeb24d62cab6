//! The harness: the release binary as a child, a directory of manifests, and what a run printed.

pub(crate) mod agent;
pub(crate) mod apart;
pub(crate) mod daemon;
pub(crate) mod following;
pub(crate) mod hostile;
mod kanto_cm;
pub(crate) mod process;
pub(crate) mod replacing;
pub(crate) mod schema;
pub(crate) mod worker;

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use nix::sys::signal::{kill, Signal};
use nix::unistd::Pid;
use serde_json::Value;
use simulated_kanto_cm::{Call, Method, Process};
use tempfile::TempDir;

pub(crate) use kanto_cm::{endless_pull, finish_pull, kanto_cm, LONG};

/// Nothing that a test starts may take longer.
const LIMIT: Duration = Duration::from_secs(120);

/// The binary under test: the one that `make test` built with the release profile, or cargo's own.
pub(crate) fn binary() -> PathBuf {
    std::env::var_os("KAD_BINARY").map_or_else(
        || env!("CARGO_BIN_EXE_kanto-auto-deployer").into(),
        PathBuf::from,
    )
}

/// A directory of manifests.
pub(crate) struct Manifests(TempDir);

impl Manifests {
    /// An empty directory.
    pub(crate) fn new() -> Manifests {
        Manifests(TempDir::new().expect("a temporary directory"))
    }

    /// The manifests of Eclipse Leda.
    pub(crate) fn leda() -> Manifests {
        let manifests = Manifests::new();
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/manifests");
        for file in fs::read_dir(from).expect("the examples") {
            let path = file.expect("an example").path();
            fs::copy(
                &path,
                manifests.path().join(path.file_name().expect("a name")),
            )
            .expect("a copy");
        }
        manifests
    }

    /// With one more manifest, `NAME.json`, of a container of that name and id.
    pub(crate) fn with(self, name: &str) -> Manifests {
        self.with_json(name, &manifest(name))
    }

    /// With a manifest for each of these.
    pub(crate) fn with_all(self, names: &[impl AsRef<str>]) -> Manifests {
        let add = |manifests: Manifests, name| manifests.with(AsRef::as_ref(name));
        names.iter().fold(self, add)
    }

    /// With `NAME.json` of this content.
    pub(crate) fn with_json(self, name: &str, content: &Value) -> Manifests {
        self.with_text(&format!("{name}.json"), &content.to_string())
    }

    /// With a file of this name and content.
    pub(crate) fn with_text(self, file: &str, content: &str) -> Manifests {
        fs::write(self.path().join(file), content).expect("a manifest");
        self
    }

    /// From now on `NAME.json` is this.
    pub(crate) fn put(&self, name: &str, content: &Value) {
        fs::write(self.file(name), content.to_string()).expect("a manifest");
    }

    /// `NAME.json` is modified now, and says what it said.
    pub(crate) fn touch(&self, name: &str) {
        let file = fs::File::options().write(true).open(self.file(name));
        let touched = file.and_then(|file| file.set_modified(SystemTime::now()));
        touched.expect("a manifest");
    }

    /// `NAME.json` is gone.
    pub(crate) fn remove(&self, name: &str) {
        fs::remove_file(self.file(name)).expect("a manifest");
    }

    /// `NAME.json`.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path().join(format!("{name}.json"))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }
}

/// A manifest with this name and id.
pub(crate) fn manifest(name: &str) -> Value {
    serde_json::json!({ "container_id": name, "container_name": name, "image": { "name": image(name) } })
}

/// A manifest with this name and id, and these words as its command.
pub(crate) fn manifest_running(name: &str, restart_policy: &str, cmd: &[&str]) -> Value {
    let mut manifest = manifest(name);
    manifest["config"] = serde_json::json!({ "cmd": cmd });
    manifest["host_config"] = serde_json::json!({ "restart_policy": { "type": restart_policy } });
    manifest
}

/// A manifest whose container names others in `extra_hosts`.
pub(crate) fn manifest_after(name: &str, providers: &[&str]) -> Value {
    let mut manifest = manifest(name);
    let hosts: Vec<String> = providers
        .iter()
        .map(|p| format!("{p}:container_{p}-host"))
        .collect();
    manifest["host_config"] = serde_json::json!({ "extra_hosts": hosts });
    manifest
}

/// The image of the manifest with this name.
pub(crate) fn image(name: &str) -> String {
    format!("registry.example/{name}:1")
}

/// What a run of the binary came to.
pub(crate) struct Run {
    command: String,
    /// Exit code; `None`: ended by a signal.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) took: Duration,
}

impl Run {
    /// Demands an exit code; shows everything where it is another one.
    #[track_caller]
    pub(crate) fn expect_code(&self, code: i32) -> &Run {
        assert_eq!(self.code, Some(code), "{}", self.shown());
        self
    }

    /// Demands that a line of the log contains this.
    #[track_caller]
    pub(crate) fn expect_log(&self, text: &str) -> &Run {
        assert!(
            self.stderr.contains(text),
            "not logged: {text:?}\n{}",
            self.shown()
        );
        self
    }

    /// Demands these lines on standard output, times left out.
    #[track_caller]
    pub(crate) fn expect_lines(&self, expected: &[&str]) -> &Run {
        let lines: Vec<&str> = self.stdout.lines().map(without_time).collect();
        assert_eq!(lines, expected, "{}", self.shown());
        self
    }

    /// The JSON document on standard output, which follows its schema.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        let document = serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}\n{}", self.shown()));
        schema::expect_result(&document);
        document
    }

    fn shown(&self) -> String {
        let Run {
            command,
            code,
            stdout,
            stderr,
            took,
        } = self;
        format!("$ {command}\nexit code {code:?} after {took:?}\n--- stdout\n{stdout}--- stderr\n{stderr}")
    }
}

/// `created, started  1.24 s` without the time.
fn without_time(line: &str) -> &str {
    let without = line
        .strip_suffix(" s")
        .and_then(|line| line.rsplit_once("  "));
    without
        .filter(|(_, time)| time.parse::<f64>().is_ok())
        .map_or(line, |(text, _)| text)
}

/// The binary, running.
pub(crate) struct Running {
    command: String,
    child: Child,
    begin: Instant,
}

/// A command line for the binary, with its output captured.
pub(crate) fn command(arguments: &[&str]) -> Command {
    // Whoever runs the tests may have had some ignored, which is inherited.
    command_with("--default-signal=HUP,INT,QUIT,TERM", arguments)
}

/// A command line for the binary, with this option for `env`.
pub(crate) fn command_with(env_option: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new("env");
    command
        .arg(env_option)
        .arg(binary())
        // Not the machine's own record.
        .args(
            ["--state", "none"]
                .iter()
                .filter(|_| !arguments.contains(&"--state")),
        )
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .env_remove("RUST_LOG")
        .env_remove("JOURNAL_STREAM");
    command
}

/// A command line that deploys `manifests` to `cm`. It settles for one second; later arguments may say otherwise.
pub(crate) fn deploy_command(cm: &Process, manifests: &Manifests, arguments: &[&str]) -> Command {
    let all = deploy_arguments(cm, manifests.path(), arguments);
    command(&all.iter().map(String::as_str).collect::<Vec<_>>())
}

pub(crate) fn deploy_arguments(cm: &Process, manifests: &Path, arguments: &[&str]) -> Vec<String> {
    let (socket, state) = (cm.socket(), state_file(cm));
    let plain = |path: &Path| path.to_str().expect("a plain path").to_owned();
    let mut all = vec!["-v".to_owned(), "--socket-cm".to_owned(), plain(&socket)];
    if !arguments.contains(&"--state") {
        all.extend(["--state".to_owned(), plain(&state)]);
    }
    if !arguments.contains(&"--settle") {
        all.extend(["--settle".to_owned(), "1".to_owned()]);
    }
    all.extend(arguments.iter().map(ToString::to_string));
    all.push(plain(manifests));
    all
}

/// The same, run by a shell after this script.
pub(crate) fn after(script: &str, command: &Command) -> Command {
    let mut shell = Command::new("sh");
    shell
        .args(["-c", &format!("{script}; exec \"$@\""), "sh"])
        .arg(command.get_program())
        .args(command.get_args())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell
}

/// The record of what was deployed to `cm`.
pub(crate) fn state_file(cm: &Process) -> std::path::PathBuf {
    cm.directory().join("applied.json")
}

/// Deploys and waits for the end.
pub(crate) fn deploy(cm: &Process, manifests: &Manifests, arguments: &[&str]) -> Run {
    Running::spawn(deploy_command(cm, manifests, arguments)).wait()
}

/// Runs the binary with these arguments.
pub(crate) fn run(arguments: &[&str]) -> Run {
    Running::spawn(command(arguments)).wait()
}

impl Running {
    pub(crate) fn spawn(mut command: Command) -> Running {
        let shown = format!("{command:?}");
        let child = command
            .spawn()
            .unwrap_or_else(|error| panic!("{shown}: {error}"));
        Running {
            command: shown,
            child,
            begin: Instant::now(),
        }
    }

    /// The binary's process: `env` has become it by the time of its first call.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).expect("a pid");
        kill(Pid::from_raw(pid), signal).expect("a child to signal");
    }

    /// Sends a signal as soon as a line of the log contains `text`, and waits for the end.
    pub(crate) fn signal_when_logged(self, text: &str, signal: Signal) -> Run {
        self.wait_doing(text, |running| running.signal(signal))
    }

    /// Does something as soon as a line of the log contains `text`, and waits for the end.
    pub(crate) fn wait_doing(mut self, text: &str, then: impl FnOnce(&Running)) -> Run {
        let mut log = BufReader::new(self.child.stderr.take().expect("a captured log"));
        let (mut before, mut line) = (String::new(), String::new());
        while !line.contains(text) {
            line.clear();
            assert_ne!(
                log.read_line(&mut line).expect("UTF-8"),
                0,
                "never logged: {text}\n{before}"
            );
            before += &line;
        }
        then(&self);
        let rest = drain(Some(log));
        let run = self.wait();
        let stderr = before + &rest.join().expect("its standard error");
        Run { stderr, ..run }
    }

    /// Waits for the end; kills it and panics after two minutes.
    pub(crate) fn wait(mut self) -> Run {
        let stdout = drain(self.child.stdout.take());
        let stderr = drain(self.child.stderr.take());
        let pid = i32::try_from(self.child.id()).expect("a pid");
        let (done, finished) = std::sync::mpsc::channel::<()>();
        let watchdog = thread::spawn(move || {
            let late =
                finished.recv_timeout(LIMIT) == Err(std::sync::mpsc::RecvTimeoutError::Timeout);
            if late {
                let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
            }
            late
        });
        let status = self.child.wait().expect("an exit status");
        drop(done);
        let run = Run {
            command: self.command,
            code: status.code(),
            stdout: stdout.join().expect("its standard output"),
            stderr: stderr.join().expect("its standard error"),
            took: self.begin.elapsed(),
        };
        assert!(
            !watchdog.join().expect("a watchdog"),
            "took too long\n{}",
            run.shown()
        );
        run
    }
}

fn drain(stream: Option<impl Read + Send + 'static>) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut text = String::new();
        if let Some(mut stream) = stream {
            stream.read_to_string(&mut text).expect("UTF-8");
        }
        text
    })
}

/// The calls as `Method id`, without Lists and Gets.
pub(crate) fn changes(calls: &[Call]) -> Vec<String> {
    calls
        .iter()
        .filter(|call| call.method.changes())
        .map(|call| format!("{} {}", call.method, call.id))
        .collect()
}

/// How many calls of that method there were.
pub(crate) fn count(calls: &[Call], method: Method) -> usize {
    calls.iter().filter(|call| call.method == method).count()
}
