//! What /proc shows of a process and of the machine.

use std::path::Path;
use std::time::Duration;
use std::{fs, io};

use nix::unistd::{sysconf, SysconfVar};

use super::{errno, Errno};

/// Is there a process of this id?
pub(crate) fn exists(pid: i64) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}

/// When the process started, in clock ticks since the machine came up. `None`: there is no such process (any more).
pub(crate) fn start_ticks(pid: i32) -> Option<u64> {
    parse_start_ticks(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// Is the process that started then gone? Where that cannot be seen, as without a free file descriptor, it counts as there.
pub(crate) fn is_gone(pid: i32, started_at: u64) -> bool {
    match fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(stat) => parse_start_ticks(&stat) != Some(started_at),
        Err(error) => means_gone(&error),
    }
}

/// ESRCH: the process ended between opening and reading the file.
fn means_gone(error: &io::Error) -> bool {
    matches!(errno(error), Some(Errno::ENOENT | Errno::ESRCH))
}

/// How long ago a process started. By the uptime of the machine, which no clock step changes.
pub(crate) fn age(start_ticks: u64) -> Option<Duration> {
    let uptime = parse_uptime(&fs::read_to_string("/proc/uptime").ok()?)?;
    let per_second = u64::try_from(sysconf(SysconfVar::CLK_TCK).ok()??).ok()?;
    let started = Duration::from_millis(start_ticks.saturating_mul(1000) / per_second.max(1));
    Some(uptime.saturating_sub(started))
}

/// Is the process in a cgroup of this name, or below one?
pub(crate) fn is_in_cgroup(pid: i32, name: &str) -> bool {
    let cgroups = fs::read_to_string(format!("/proc/{pid}/cgroup")).unwrap_or_default();
    has_cgroup(&cgroups, name)
}

/// Does the process know processes by the same ids as this one? In a pid namespace of its own it does not.
pub(crate) fn shares_pid_namespace(pid: i32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/status")).is_ok_and(|status| has_one_pid(&status))
}

/// The signals that each thread of the process blocks; bit 0 is signal 1. `None`: they cannot be seen from here.
pub(crate) fn blocked_signals(pid: i32) -> Option<Vec<u64>> {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).ok()?;
    let blocked = threads.flatten().filter_map(|thread| {
        let status = fs::read_to_string(thread.path().join("status")).ok()?;
        parse_signals(&status, "SigBlk:")
    });
    Some(blocked.collect())
}

/// The signals that this process ignores; bit 0 is signal 1.
pub(crate) fn ignored_signals() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    parse_signals(&status, "SigIgn:").unwrap_or(0)
}

/// Identifies this start of the machine. Empty where the kernel does not show it.
pub(crate) fn boot_id() -> String {
    let id = fs::read_to_string("/proc/sys/kernel/random/boot_id");
    id.unwrap_or_default().trim().to_owned()
}

fn parse_signals(status: &str, key: &str) -> Option<u64> {
    let mut lines = status.lines();
    let mask = lines.find_map(|line| line.strip_prefix(key))?;
    u64::from_str_radix(mask.trim(), 16).ok()
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

fn parse_uptime(text: &str) -> Option<Duration> {
    let (seconds, hundredths) = text.split_whitespace().next()?.split_once('.')?;
    let hundredths: u64 = hundredths.parse().ok()?;
    Some(Duration::from_secs(seconds.parse().ok()?) + Duration::from_millis(10 * hundredths))
}

/// A line is `number:controllers:path`.
fn has_cgroup(cgroups: &str, name: &str) -> bool {
    let mut paths = cgroups
        .lines()
        .filter_map(|line| line.splitn(3, ':').nth(2));
    paths.any(|path| path.split('/').any(|part| part == name))
}

/// The line `NSpid` names a process's id in each pid namespace from ours down to its own.
fn has_one_pid(status: &str) -> bool {
    let ids = status.lines().find_map(|line| line.strip_prefix("NSpid:"));
    ids.is_some_and(|ids| ids.split_whitespace().count() == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn start_time_is_found_behind_a_name_with_spaces_and_parentheses() {
        let stat = "42 (a) b) (c)) S 1 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 9 0 12345 1 2 3";
        assert_eq!(parse_start_ticks(stat), Some(12345));
        assert_eq!(parse_start_ticks(&stat.replace(" S ", " Z ")), None);
        assert_eq!(parse_start_ticks("42 (x"), None);
    }

    #[test]
    fn a_process_is_in_the_cgroups_on_its_path() {
        let cgroups = "12:pids:/kanto-cm/app\n0::/kanto-cm/app\n";
        assert!(has_cgroup(cgroups, "app") && has_cgroup(cgroups, "kanto-cm"));
        assert!(!has_cgroup(cgroups, "ap") && !has_cgroup("", "app"));
    }

    #[test]
    fn a_process_in_a_container_has_several_ids() {
        assert!(has_one_pid("Name:\tx\nNSpid:\t42\n"));
        assert!(!has_one_pid("Name:\tx\nNSpid:\t42\t1\n"));
        assert!(!has_one_pid("Name:\tx\n"));
    }

    #[test]
    fn signals_are_read_as_a_mask() {
        let status = "Name:\tx\nSigBlk:\t0000000000000200\nSigIgn:\t0\n";
        assert_eq!(parse_signals(status, "SigBlk:"), Some(0x200));
        assert_eq!(parse_signals(status, "SigIgn:"), Some(0));
        assert_eq!(parse_signals(status, "SigCgt:"), None);
    }

    #[test]
    fn a_process_that_cannot_be_looked_at_counts_as_there() {
        assert!(means_gone(&Errno::ESRCH.into()));
        assert!(!means_gone(&Errno::EMFILE.into()));
        let own = i32::try_from(std::process::id()).unwrap();
        let started_at = start_ticks(own).unwrap();
        assert!(!is_gone(own, started_at) && is_gone(own, started_at + 1));
    }

    #[test]
    fn a_process_that_is_not_there_shows_nothing() {
        assert_eq!(blocked_signals(i32::MAX), None);
        assert_eq!(start_ticks(i32::MAX), None);
        assert!(is_gone(i32::MAX, 1));
        assert!(!exists(i64::from(i32::MAX)));
        assert!(exists(1));
    }
}
