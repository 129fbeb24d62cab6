//! What /proc tells of Kanto-CM's process: how old it is, and whether its start is over.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use nix::unistd::{sysconf, SysconfVar};

/// Bits of a signal mask in /proc: bit 0 is signal 1.
const SIGUSR1: u64 = 1 << 9;
const SIGTERM: u64 = 1 << 14;

/// Is the process there?
pub(super) fn exists(pid: i64) -> bool {
    PathBuf::from(format!("/proc/{pid}")).exists()
}

/// Did the process start more than `age` ago? By the kernel's clock, which no clock step changes.
pub(super) fn is_older_than(pid: i32, age: Duration) -> bool {
    (|| {
        let uptime = parse_uptime(&fs::read_to_string("/proc/uptime").ok()?)?;
        let ticks = parse_start_ticks(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)?;
        let per_second = u64::try_from(sysconf(SysconfVar::CLK_TCK).ok()??).ok()?;
        let started = Duration::from_millis(ticks.saturating_mul(1000) / per_second.max(1));
        Some(uptime.saturating_sub(started) >= age)
    })()
    .unwrap_or(false)
}

/// Since when the machine is up.
fn parse_uptime(text: &str) -> Option<Duration> {
    let seconds: f64 = text.split_whitespace().next()?.parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

/// Field 22 of /proc/PID/stat: the start, in clock ticks since the machine came up. The command's name before it is in
/// parentheses and may hold anything.
fn parse_start_ticks(stat: &str) -> Option<u64> {
    let (_, behind_name) = stat.rsplit_once(')')?;
    behind_name.split_whitespace().nth(19)?.parse().ok()
}

/// Kanto-CM asks Go's runtime for SIGTERM once its start is over, containers restored and all. From then on one thread of
/// it blocks every signal (SIGUSR1, say) but those it was asked for.
pub(super) fn handles_signals(pid: i32) -> bool {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else {
        return false;
    };
    threads.flatten().any(|thread| {
        let status = fs::read_to_string(thread.path().join("status")).unwrap_or_default();
        parse_blocked(&status)
            .is_some_and(|blocked| blocked & SIGUSR1 != 0 && blocked & SIGTERM == 0)
    })
}

fn parse_blocked(status: &str) -> Option<u64> {
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigBlk:"))?;
    u64::from_str_radix(mask.trim(), 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn start_time_is_found_behind_a_name_with_spaces_and_parentheses() {
        let stat = "42 (a) b) (c)) S 1 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 9 0 12345 1 2 3";
        assert_eq!(parse_start_ticks(stat), Some(12345));
        assert_eq!(parse_start_ticks("42 (x"), None);
    }

    #[test]
    fn this_process_is_young_and_the_first_one_is_not() {
        let me = i32::try_from(std::process::id()).unwrap();
        assert!(!is_older_than(me, Duration::from_secs(3600)));
        assert!(is_older_than(1, Duration::ZERO));
        assert!(
            !is_older_than(i32::MAX, Duration::ZERO),
            "a process that is not there has no age"
        );
    }

    #[test]
    fn the_sign_is_one_signal_blocked_and_the_other_not() {
        let sees = |mask: &str| {
            parse_blocked(&format!("Name:\tx\nSigBlk:\t{mask}\nSigIgn:\t0\n"))
                .is_some_and(|blocked| blocked & SIGUSR1 != 0 && blocked & SIGTERM == 0)
        };
        assert!(sees("fffffffe7fbbba00"));
        assert!(!sees("fffffffe7fbbfa00"), "all blocked");
        assert!(!sees("0000000000000000"), "none blocked");
    }
}
