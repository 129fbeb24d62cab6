//! The process at the other end of the socket. gRPC connects again by itself, and does not show that another Kanto-CM
//! answers, one that is still restoring: so the process that answered first is asked for before each call.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::trust::is_trusted;
use nix::errno::Errno;
use nix::sys::socket::{
    connect, getsockopt, socket, sockopt::PeerCredentials, AddressFamily, SockFlag, SockType,
    UnixAddr,
};
use nix::unistd::{sysconf, SysconfVar};
use std::os::fd::AsRawFd;

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
    pub fn at(path: &Path) -> nix::Result<Option<Peer>> {
        let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
        let socket = socket(AddressFamily::Unix, SockType::Stream, flags, None)?;
        connect(socket.as_raw_fd(), &UnixAddr::new(path)?)?;
        let credentials = getsockopt(&socket, PeerCredentials)?;
        // Manifests may hold secrets, and whoever could make a socket there is given them.
        if !is_trusted(credentials.uid()) {
            return Err(Errno::EPERM);
        }
        Ok(Peer::of(credentials.pid()))
    }

    fn of(pid: i32) -> Option<Peer> {
        // 0: in another pid namespace.
        let start_ticks = if pid > 0 {
            start_ticks(pid)?
        } else {
            return None;
        };
        Some(Peer { pid, start_ticks })
    }

    /// Is it still there?
    pub fn lives(&self) -> bool {
        start_ticks(self.pid) == Some(self.start_ticks)
    }

    /// Does it know processes by the same ids as this one? In a container of its own it does not.
    pub fn shares_pid_namespace(&self) -> bool {
        fs::read_to_string(format!("/proc/{}/status", self.pid))
            .is_ok_and(|status| has_one_pid(&status))
    }

    /// The path of its root directory; `None` where that cannot be looked into, or is that of a container.
    pub fn root(&self) -> Option<String> {
        let root = format!("/proc/{}/root", self.pid);
        (self.shares_pid_namespace() && fs::metadata(&root).is_ok()).then_some(root)
    }

    /// How long ago it started. By the kernel's clock, which no clock step changes.
    pub fn age(&self) -> Option<Duration> {
        age(self.start_ticks)
    }
}

/// How long the process `pid` of the container `id` has been running. `None`: there is such a process, but its cgroup does not name
/// the container, so that it may be another one's. An error: there is none.
pub fn process_age(pid: i64, id: &str) -> Result<Option<Duration>, Gone> {
    let pid = i32::try_from(pid).map_err(|_| Gone)?;
    let ticks = start_ticks(pid).ok_or(Gone)?;
    let cgroups = fs::read_to_string(format!("/proc/{pid}/cgroup")).unwrap_or_default();
    Ok(names_container(&cgroups, id).then(|| age(ticks)).flatten())
}

/// There is no such process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gone;

/// A line is `number:controllers:path`; a container's cgroup, or one above it, is called as its id is.
fn names_container(cgroups: &str, id: &str) -> bool {
    let mut paths = cgroups
        .lines()
        .filter_map(|line| line.splitn(3, ':').nth(2));
    paths.any(|path| path.split('/').any(|part| part == id))
}

/// By the uptime of the machine.
fn age(start_ticks: u64) -> Option<Duration> {
    let uptime = parse_uptime(&fs::read_to_string("/proc/uptime").ok()?)?;
    let per_second = u64::try_from(sysconf(SysconfVar::CLK_TCK).ok()??).ok()?;
    let started = Duration::from_millis(start_ticks.saturating_mul(1000) / per_second.max(1));
    Some(uptime.saturating_sub(started))
}

/// The line `NSpid` names a process's id in each pid namespace from ours down to its own.
fn has_one_pid(status: &str) -> bool {
    let ids = status.lines().find_map(|line| line.strip_prefix("NSpid:"));
    ids.is_some_and(|ids| ids.split_whitespace().count() == 1)
}

fn start_ticks(pid: i32) -> Option<u64> {
    parse_start_ticks(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// Since when the machine is up.
fn parse_uptime(text: &str) -> Option<Duration> {
    let (seconds, hundredths) = text.split_whitespace().next()?.split_once('.')?;
    let hundredths: u64 = hundredths.parse().ok()?;
    Some(Duration::from_secs(seconds.parse().ok()?) + Duration::from_millis(10 * hundredths))
}

/// Field 22 of /proc/PID/stat. The command's name before it is in parentheses and may hold anything. A zombie (field 3)
/// is no longer there.
fn parse_start_ticks(stat: &str) -> Option<u64> {
    let (_, behind_name) = stat.rsplit_once(')')?;
    let mut fields = behind_name.split_whitespace();
    if matches!(fields.next()?, "Z" | "X") {
        return None;
    }
    fields.nth(18)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;

    #[test]
    fn start_time_is_found_behind_a_name_with_spaces_and_parentheses() {
        let stat = "42 (a) b) (c)) S 1 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 9 0 12345 1 2 3";
        assert_eq!(parse_start_ticks(stat), Some(12345));
        assert_eq!(parse_start_ticks(&stat.replace(" S ", " Z ")), None);
        assert_eq!(parse_start_ticks("42 (x"), None);
    }

    #[test]
    fn a_containers_process_is_in_its_cgroup() {
        let cgroups = "12:pids:/kanto-cm/app\n0::/kanto-cm/app\n";
        assert!(names_container(cgroups, "app"));
        assert!(!names_container(cgroups, "ap") && !names_container("", "app"));
        assert_eq!(process_age(i64::MAX, "app"), Err(Gone));
        let own = i64::from(std::process::id());
        assert_eq!(process_age(own, "no-such-container"), Ok(None));
    }

    #[test]
    fn a_process_in_a_container_has_several_ids() {
        assert!(has_one_pid("Name:\tx\nNSpid:\t42\n"));
        assert!(!has_one_pid("Name:\tx\nNSpid:\t42\t1\n"));
        assert!(!has_one_pid("Name:\tx\n"));
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
