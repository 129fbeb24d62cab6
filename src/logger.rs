//! The log on standard error: one line a record, fit for a terminal and for the journal.
//!
//! `simple_logger` decides what is logged. The writing is done here, because it prints with `eprintln!`, which panics when
//! standard error cannot be written (full disk, closed pipe), and a deployment must not end that way: a line that
//! cannot be written is dropped.

use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::str::FromStr;
use std::{env, fs};

use log::{warn, Level, LevelFilter, Log, Metadata, Record};
use simple_logger::SimpleLogger;

use crate::kanto_cm;

/// Read by `simple_logger`.
const VARIABLE: &str = "RUST_LOG";

struct Logger {
    filter: SimpleLogger,
    for_journal: bool,
}

/// Sets the log up. Without a `level` that was asked for, `RUST_LOG` decides, or else info.
pub fn init(level: Option<LevelFilter>) {
    let filter = match level {
        Some(level) => SimpleLogger::new().with_level(level),
        None => SimpleLogger::new().with_level(LevelFilter::Info).env(),
    };
    let filter = match filter.max_level() {
        LevelFilter::Trace => filter,
        // What gRPC's core calls an error is a socket that is not there yet.
        _ => filter.with_module_level("grpcio", LevelFilter::Off),
    };
    log::set_max_level(filter.max_level());
    let logger = Logger {
        filter,
        for_journal: is_journal(),
    };
    if log::set_boxed_logger(Box::new(logger)).is_ok() {
        kanto_cm::redirect_log();
    }
    if level.is_none() {
        check_variable();
    }
}

/// Warns about a `RUST_LOG` that is no level. Processes that this one starts need not warn again.
fn check_variable() {
    let Some(text) = env::var_os(VARIABLE).filter(|text| !text.is_empty()) else {
        return;
    };
    let level = text.to_str().map(LevelFilter::from_str);
    if !matches!(level, Some(Ok(_))) {
        env::remove_var(VARIABLE);
        warn!(
            "{VARIABLE}: expected off, error, warn, info, debug or trace, found {text:?}: logging as with info"
        );
    }
}

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata) -> bool {
        self.filter.enabled(metadata)
    }

    fn log(&self, record: &Record) {
        if self.enabled(record.metadata()) {
            let line = format!(
                "{}{}\n",
                prefix(record.level(), self.for_journal),
                record.args()
            );
            // One write a line, so that lines of several processes do not mix.
            let _ = std::io::stderr().write_all(line.as_bytes());
        }
    }

    fn flush(&self) {}
}

/// systemd names the device and inode of the stream that goes to the journal (`man systemd.exec`).
fn is_journal() -> bool {
    env::var("JOURNAL_STREAM").is_ok_and(|named| {
        let stderr = fs::metadata("/proc/self/fd/2");
        stderr.is_ok_and(|stderr| named == format!("{}:{}", stderr.dev(), stderr.ino()))
    })
}

/// The journal takes the severity as a number (`man sd-daemon`).
fn prefix(level: Level, for_journal: bool) -> &'static str {
    match (level, for_journal) {
        (Level::Error, false) => "error: ",
        (Level::Warn, false) => "warning: ",
        (Level::Info, false) => "",
        (Level::Debug, false) => "debug: ",
        (Level::Trace, false) => "trace: ",
        (Level::Error, true) => "<3>",
        (Level::Warn, true) => "<4>",
        (Level::Info, true) => "<6>",
        (Level::Debug | Level::Trace, true) => "<7>",
    }
}
