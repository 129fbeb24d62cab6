//! What /proc tells of Kanto-CM's process and those of its containers.

use std::fs;
use std::path::PathBuf;

/// Bits of a signal mask in /proc: bit 0 is signal 1.
const SIGUSR1: u64 = 1 << 9;
const SIGTERM: u64 = 1 << 14;

/// Is the process there?
pub(super) fn exists(pid: i64) -> bool {
    PathBuf::from(format!("/proc/{pid}")).exists()
}

/// Kanto-CM asks Go's runtime for SIGTERM once its start is over, containers restored and all. From then on one thread of
/// it blocks every signal (SIGUSR1, say) but those it was asked for. `None`: that cannot be seen from here.
pub(super) fn handles_signals(pid: i32) -> Option<bool> {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).ok()?;
    Some(threads.flatten().any(|thread| {
        let status = fs::read_to_string(thread.path().join("status")).unwrap_or_default();
        parse_blocked(&status).is_some_and(is_the_sign)
    }))
}

fn parse_blocked(status: &str) -> Option<u64> {
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigBlk:"))?;
    u64::from_str_radix(mask.trim(), 16).ok()
}

fn is_the_sign(blocked: u64) -> bool {
    blocked & SIGUSR1 != 0 && blocked & SIGTERM == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sign_is_one_signal_blocked_and_the_other_not() {
        let sees = |mask: &str| {
            parse_blocked(&format!("Name:\tx\nSigBlk:\t{mask}\nSigIgn:\t0\n"))
                .is_some_and(is_the_sign)
        };
        assert!(
            sees("fffffffc3bba3a00"),
            "as seen on a Kanto-CM that is ready"
        );
        assert!(!sees("fffffffffffbfeff"), "as seen while it forks");
        assert!(!sees("0000000000000000"), "as seen while it restores");
    }

    #[test]
    fn a_process_that_is_not_there_tells_nothing() {
        assert_eq!(handles_signals(i32::MAX), None);
        assert!(!exists(i64::from(i32::MAX)));
        assert!(exists(1));
    }
}
