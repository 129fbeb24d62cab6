//! The process at the other end of the socket. gRPC connects again by itself, and does not show that another Kanto-CM
//! answers, one that is still restoring: so before each call the client checks that the first process is still there.

use std::io;
use std::path::Path;
use std::time::Duration;

use crate::sys::socket::listener;
use crate::sys::trust::is_trusted;
use crate::sys::{proc, Errno};

/// A process, distinguished from a later one of the same id by its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// Its process id.
    pub pid: i32,
    /// Its start, in clock ticks since the machine came up.
    start_ticks: u64,
}

impl Peer {
    /// The process that listens on the socket; `None` where that is not known (it lives in another pid namespace). An
    /// error: the socket takes no connection now, or (EPERM) its listener is neither root nor this user. Never blocks: a full
    /// backlog is an error too.
    pub fn at(path: &Path) -> io::Result<Option<Peer>> {
        let (pid, user) = listener(path)?;
        // Manifests may hold secrets, and whoever could make a socket there is given them.
        if !is_trusted(user) {
            return Err(Errno::EPERM.into());
        }
        Ok(Peer::of(pid))
    }

    fn of(pid: i32) -> Option<Peer> {
        // 0: in another pid namespace.
        let start_ticks = if pid > 0 {
            proc::start_ticks(pid)?
        } else {
            return None;
        };
        Some(Peer { pid, start_ticks })
    }

    /// Is it still there?
    pub fn lives(&self) -> bool {
        !proc::is_gone(self.pid, self.start_ticks)
    }

    /// Does it know processes by the same ids as this one? In a container of its own it does not.
    pub fn shares_pid_namespace(&self) -> bool {
        proc::shares_pid_namespace(self.pid)
    }

    /// The path of its root directory; `None` where that cannot be looked into, or is that of a container.
    pub fn root(&self) -> Option<String> {
        let root = format!("/proc/{}/root", self.pid);
        (self.shares_pid_namespace() && Path::new(&root).exists()).then_some(root)
    }

    /// How long ago it started.
    pub fn age(&self) -> Option<Duration> {
        proc::age(self.start_ticks)
    }
}

/// How long the process `pid` of the container `id` has been running. `None`: there is such a process, but its cgroup does not name
/// the container, so that it may be another one's. An error: there is none.
pub fn process_age(pid: i64, id: &str) -> Result<Option<Duration>, Gone> {
    let pid = i32::try_from(pid).map_err(|_| Gone)?;
    let ticks = proc::start_ticks(pid).ok_or(Gone)?;
    if proc::is_in_cgroup(pid, id) {
        Ok(proc::age(ticks))
    } else {
        Ok(None)
    }
}

/// There is no such process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gone;

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::net::UnixListener;

    #[test]
    fn a_process_outside_of_the_containers_cgroup_is_not_believed() {
        assert_eq!(process_age(i64::MAX, "app"), Err(Gone));
        let own = i64::from(std::process::id());
        assert_eq!(process_age(own, "no-such-container"), Ok(None));
    }

    #[test]
    fn a_listener_is_known_by_its_process() {
        let path = std::env::temp_dir().join(format!("kad-peer-{}.sock", std::process::id()));
        let listener = UnixListener::bind(&path).unwrap();
        let peer = Peer::at(&path).unwrap().unwrap();
        assert_eq!(peer.pid, i32::try_from(std::process::id()).unwrap());
        assert!(peer.lives() && peer.shares_pid_namespace());
        assert!(peer.age().unwrap() < Duration::from_secs(3600));
        let other = Peer {
            start_ticks: peer.start_ticks + 1,
            ..peer
        };
        assert!(!other.lives(), "another process of that id");
        drop(listener);
        assert!(Peer::at(&path).is_err());
        fs::remove_file(&path).unwrap();
    }
}
