//! Notices whatever can change what a scan of the manifests finds, and that Kanto-CM's socket comes, goes or is made again.
//! Sleeps through what happens beside them: of a directory that others share (`/run`) the socket itself is watched, not its
//! neighbours. Only while the socket is missing do files that come into the last directory that is there wake the daemon,
//! and what is deleted beside that directory.
//!
//! Limits: what is written through a memory mapping is noticed when the file is closed. A directory on the way that may
//! be searched but not read cannot be watched: if it is moved away, no event comes. A symlink on the way that lies on a
//! remote file system is taken to stay as it is. A file system that is mounted over manifests that are there is noticed
//! in the first minutes only: containers are mounts too, and whatever starts one would wake the daemon.

use std::fs::{self, File};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{env, io};

use inotify::Inotify;
use log::{info, warn};

use super::paths::{Inode, Kind};
use super::remote_fs::read_remote_fs;
use super::survey::{survey, Survey};
use super::watches::WatchSet;
use crate::sys::files::is_missing;
use crate::sys::{errno, Errno};
use crate::text::printable_path;

/// How often the watcher looks where it gets no events.
pub(super) const LOOK_EVERY: Duration = Duration::from_secs(10);

/// How long mounts are followed in any case: a machine that comes up mounts what its manifests lie on.
const FOLLOW_MOUNTS: Duration = Duration::from_secs(600);

/// A socket, and when it was last changed: a new one may have the same inode number.
pub(super) type Socket = (Inode, (i64, i64));

/// Reads the name of the remote file system that something lies on.
type ReadRemoteFs = fn(&Path) -> Option<&'static str>;

pub(super) struct Watch {
    layers: Vec<PathBuf>,
    /// Kanto-CM's socket.
    socket: PathBuf,
    begin: Instant,
    watches: Option<WatchSet>,
    mounts: Option<File>,
    /// The result of the last `follow`.
    survey: Survey,
    /// Why events cannot be relied on.
    trouble: Option<String>,
}

impl Watch {
    /// Watches nothing before the first `follow`. `layers`: directories of manifests, or single ones; `socket`: Kanto-CM's.
    /// Relative paths begin in the current directory of now.
    pub(super) fn new(layers: &[PathBuf], socket: &Path) -> Watch {
        let here = env::current_dir().unwrap_or_default();
        Watch {
            layers: layers.iter().map(|path| here.join(path)).collect(),
            socket: here.join(socket),
            begin: Instant::now(),
            watches: None,
            // Before the first look, for each mount from here on is to be noticed.
            mounts: File::open("/proc/self/mountinfo").ok(),
            survey: Survey::default(),
            trouble: None,
        }
    }

    /// Watches whatever there is at the path now, and forgets what was watched before and is not there any more. To be
    /// called before each scan, so that nothing that happens after the scan goes unnoticed.
    pub(super) fn follow(&mut self) {
        self.follow_with(Inotify::init, read_remote_fs);
    }

    fn follow_with(&mut self, init: fn() -> io::Result<Inotify>, read_remote_fs: ReadRemoteFs) {
        let mut trouble = None;
        if self.watches.is_none() {
            match init() {
                Ok(inotify) => self.watches = Some(WatchSet::new(inotify)),
                Err(error) => trouble = Some(instance_trouble(&error)),
            }
        }
        match &mut self.watches {
            Some(watches) => self.survey = pass(watches, &self.layers, &self.socket, &mut trouble),
            None => self.survey = survey(&self.layers, &self.socket, &mut |_, _| {}),
        }
        self.log_trouble(trouble.or_else(|| survey_trouble(&self.survey, read_remote_fs)));
    }

    fn log_trouble(&mut self, trouble: Option<String>) {
        let path = shown(&self.layers);
        let seconds = LOOK_EVERY.as_secs();
        match log_line(self.trouble.as_deref(), trouble.as_deref()) {
            Some(LogLine::Worse(why)) => warn!("{why}; looking at {path} every {seconds} s"),
            Some(LogLine::Well) => info!("changes of {path} are noticed at once from now on"),
            None => {}
        }
        self.trouble = trouble;
    }

    /// inotify, for poll (`POLLIN`). None: no instance to be had.
    pub(super) fn events(&self) -> Option<BorrowedFd<'_>> {
        self.watches.as_ref().map(WatchSet::events)
    }

    /// /proc/self/mountinfo, for poll (`POLLPRI` or `POLLERR`, which poll itself takes back). None where it cannot be
    /// opened, and when nothing is missing that a mount could bring.
    pub(super) fn mounts(&self, now: Instant) -> Option<BorrowedFd<'_>> {
        if self.survey.is_complete() && now >= self.begin + FOLLOW_MOUNTS {
            return None;
        }
        self.mounts.as_ref().map(AsFd::as_fd)
    }

    /// Kanto-CM's socket, if it is there.
    pub(super) fn socket(&self) -> Option<Socket> {
        let metadata = fs::metadata(&self.socket).ok()?;
        let inode = (metadata.dev(), metadata.ino());
        let is_socket = metadata.file_type().is_socket();
        is_socket.then(|| (inode, (metadata.ctime(), metadata.ctime_nsec())))
    }

    /// Takes all events off the queue: has something changed?
    pub(super) fn take_events(&mut self) -> bool {
        match self.watches.as_mut().map(WatchSet::take_events) {
            Some(Ok(changed)) => changed,
            // An instance that cannot be read is of no use: the next `follow` gets another.
            Some(Err(_)) => {
                self.watches = None;
                true
            }
            None => false,
        }
    }

    /// After a change of mounts: does the path, a manifest's or the socket's, lead over anything else than at the last `follow`?
    pub(super) fn leads_elsewhere(&self) -> bool {
        survey(&self.layers, &self.socket, &mut |_, _| {}).inodes != self.survey.inodes
    }

    /// How often to look while events cannot be relied on.
    pub(super) fn look_every(&self) -> Option<Duration> {
        self.trouble.as_ref().map(|_| LOOK_EVERY)
    }
}

/// Lists all layers, for people.
pub(super) fn shown(layers: &[PathBuf]) -> String {
    let shown = layers.iter().map(|path| printable_path(path));
    shown.collect::<Vec<_>>().join(", ")
}

/// Watches everything on the paths. Only the first trouble is logged, as others often follow.
fn pass(
    watches: &mut WatchSet,
    layers: &[PathBuf],
    socket: &Path,
    trouble: &mut Option<String>,
) -> Survey {
    watches.begin();
    let survey = survey(layers, socket, &mut |path, kind| {
        if let Err(error) = watches.request(path, kind) {
            if trouble.is_none() {
                *trouble = watch_trouble(path, kind, &error);
            }
        }
    });
    watches.finish();
    survey
}

/// The kernel has a limit of instances for each user beside that of file descriptors.
fn instance_trouble(error: &io::Error) -> String {
    let advice = match errno(error) {
        Some(Errno::EMFILE) => ", raise fs.inotify.max_user_instances",
        _ => "",
    };
    format!("cannot make an inotify instance: {error}{advice}")
}

/// Does it matter that something cannot be watched?
fn watch_trouble(path: &Path, kind: Kind, error: &io::Error) -> Option<String> {
    let path = printable_path(path);
    match errno(error) {
        _ if is_missing(error) => None,
        Some(Errno::EACCES) if matches!(kind, Kind::Passed | Kind::Above) => None,
        Some(Errno::ENOSPC) => Some(format!(
            "cannot watch {path}: raise fs.inotify.max_user_watches"
        )),
        _ => Some(format!("cannot watch {path}: {error}")),
    }
}

fn survey_trouble(survey: &Survey, read_remote_fs: ReadRemoteFs) -> Option<String> {
    if let Some((path, error)) = &survey.unreachable {
        let path = printable_path(path);
        return Some(format!("cannot look at {path}: {error}"));
    }
    survey.ends.iter().find_map(|end| {
        let name = read_remote_fs(end)?;
        let path = printable_path(end);
        Some(format!(
            "{path} lies on {name}, which does not report changes made by other machines"
        ))
    })
}

#[derive(Debug, PartialEq)]
enum LogLine<'a> {
    Worse(&'a str),
    Well,
}

/// Returns the log line of a change: each trouble is logged once, and so is its end.
fn log_line<'a>(before: Option<&str>, now: Option<&'a str>) -> Option<LogLine<'a>> {
    match now {
        _ if before == now => None,
        Some(why) => Some(LogLine::Worse(why)),
        None => Some(LogLine::Well),
    }
}

#[cfg(test)]
mod tests;
