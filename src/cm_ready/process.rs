//! What Kanto-CM's process shows of its start.

use crate::sys::proc::blocked_signals;

/// Bits of a signal mask: bit 0 is signal 1.
const SIGUSR1: u64 = 1 << 9;
const SIGTERM: u64 = 1 << 14;

/// Kanto-CM asks Go's runtime for SIGTERM once its start is over, containers restored and all. From then on one thread of
/// it blocks every signal (SIGUSR1, say) but those it was asked for. `None`: that cannot be seen from here.
pub(super) fn handles_signals(pid: i32) -> Option<bool> {
    blocked_signals(pid).map(|threads| threads.into_iter().any(is_the_sign))
}

fn is_the_sign(blocked: u64) -> bool {
    blocked & SIGUSR1 != 0 && blocked & SIGTERM == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sign_is_one_signal_blocked_and_the_other_not() {
        assert!(
            is_the_sign(0xffff_fffc_3bba_3a00),
            "as seen on a Kanto-CM that is ready"
        );
        assert!(
            !is_the_sign(0xffff_ffff_fffb_feff),
            "as seen while it forks"
        );
        assert!(!is_the_sign(0), "as seen while it restores");
    }

    #[test]
    fn a_process_that_is_not_there_shows_no_sign() {
        assert_eq!(handles_signals(i32::MAX), None);
    }
}
