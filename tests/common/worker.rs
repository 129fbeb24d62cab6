//! The process that deploys, with a test in the place of the watcher.

use std::fmt::Display;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::mpsc::{channel, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use serde_json::{json, Value};
use simulated_kanto_cm::Process;

use super::following::Place;
use super::process::wait_for_end;
use super::{command, deploy_arguments, finish_pull, kanto_cm};

/// Nothing that is waited for may take longer.
const LIMIT: Duration = Duration::from_secs(60);

/// The process that deploys. It follows manifests of `a`, `b` and `slow`, the image of which takes as long to pull as the test wants.
pub(crate) struct Work {
    pub(crate) cm: Process,
    pub(crate) place: Place,
    child: Child,
    orders: Option<ChildStdin>,
    results: Receiver<String>,
    log: Receiver<String>,
}

/// An order to deploy these files.
pub(crate) fn deploy(number: u32, files: &[&str]) -> Value {
    json!({ "deploy": {
        "number": number,
        "trigger": "change",
        "files": files,
        "new": files,
        "reported": [],
        "tidy": false,
        "lacks-layer": false,
        "prune": null,
    } })
}

impl Work {
    pub(crate) fn begin() -> Work {
        Work::begin_with(&[])
    }

    /// With these options.
    pub(crate) fn begin_with(options: &[&str]) -> Work {
        Work::begin_heard_by(listen, options)
    }

    /// Nobody reads its results.
    pub(crate) fn begin_unheard() -> Work {
        Work::begin_heard_by(|_| channel().1, &[])
    }

    fn begin_heard_by(listener: fn(ChildStdout) -> Receiver<String>, options: &[&str]) -> Work {
        let cm = kanto_cm().endless_pull("slow").start();
        let place = Place::with(&["a", "b", "slow"]);
        let options = [&["--settle", "0"], options].concat();
        let all = deploy_arguments(&cm, &place.at("m"), &options);
        let mut all: Vec<&str> = all.iter().map(String::as_str).collect();
        all.splice(0..0, ["--worker", "--daemon"]);
        let mut command = command(&all);
        let mut child = command.stdin(Stdio::piped()).spawn().expect("the binary");
        Work {
            cm,
            place,
            orders: child.stdin.take(),
            results: listener(child.stdout.take().expect("captured")),
            log: listen(child.stderr.take().expect("captured")),
            child,
        }
    }

    pub(crate) fn order(&mut self, order: &impl Display) {
        let line = format!("{order}\n");
        let orders = self.orders.as_mut().expect("open");
        orders.write_all(line.as_bytes()).expect("a reader");
    }

    /// There are no more orders.
    pub(crate) fn close_orders(&mut self) {
        self.orders = None;
    }

    /// The next result.
    #[track_caller]
    pub(crate) fn result(&self) -> Value {
        let line = self.results.recv_timeout(LIMIT);
        let line = line.unwrap_or_else(|error| panic!("{error}\n{}", self.cm.journal()));
        serde_json::from_str(&line).expect("JSON")
    }

    /// Waits until a line of its log contains `text`.
    #[track_caller]
    pub(crate) fn wait_until_logged(&self, text: &str) {
        while !self.log.recv_timeout(LIMIT).expect(text).contains(text) {}
    }

    pub(crate) fn finish_pulls(&self) {
        finish_pull(&self.cm, "slow");
    }

    /// Closes its orders, and waits for its end. What it logged.
    #[track_caller]
    pub(crate) fn end(mut self) -> String {
        self.close_orders();
        self.wait_for_end()
    }

    /// Demands a clean end without another result. What it logged.
    #[track_caller]
    pub(crate) fn wait_for_end(mut self) -> String {
        let more = self.results.recv_timeout(LIMIT);
        assert_eq!(more, Err(RecvTimeoutError::Disconnected));
        let status = wait_for_end(&mut self.child, &String::new);
        let lines: Vec<String> = self.log.iter().collect();
        let log = lines.join("\n");
        assert_eq!(status.code(), Some(0), "{log}");
        log
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn listen(results: impl Read + Send + 'static) -> Receiver<String> {
    let (said, heard) = channel();
    thread::spawn(move || {
        for line in BufReader::new(results).lines().map_while(Result::ok) {
            let _ = said.send(line);
        }
    });
    heard
}
