//! The state of the process's signals, of which it inherits some from its parent. std can neither see nor change it, so this calls
//! libc, which std links anyway.
//!
//! A launcher that blocks signals in the thread that starts programs hands its mask on to them: a SIGTERM that is blocked
//! is never heard. And `nohup` starts a program with SIGHUP ignored, which is how it asks that the program stay.

#![expect(unsafe_code, reason = "the mask and the actions of signals have no safe interface in std or in libc")]

use std::ffi::c_int;
use std::mem::MaybeUninit;
use std::{io, ptr};

/// Unblocks signals for this thread, and for the threads that it starts from now on.
pub(super) fn unblock(signals: &[c_int]) -> io::Result<()> {
    let mut set = MaybeUninit::uninit();
    // SAFETY: `sigemptyset` initializes the set before the others read it; `sigaddset` refuses a number that is no signal, and
    // writes nothing then. `pthread_sigmask` reads the set, takes null for "do not return the old mask", and keeps neither.
    let error = unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        for &signal in signals {
            libc::sigaddset(set.as_mut_ptr(), signal);
        }
        libc::pthread_sigmask(libc::SIG_UNBLOCK, set.as_ptr(), ptr::null_mut())
    };
    if error == 0 { Ok(()) } else { Err(io::Error::from_raw_os_error(error)) }
}

/// Whether the process ignores a signal. `false` for a number that is no signal.
pub(super) fn is_ignored(signal: c_int) -> bool {
    action(signal) == Some(libc::SIG_IGN)
}

/// Whether the process has a handler for a signal. `false` for a number that is no signal.
pub(super) fn is_handled(signal: c_int) -> bool {
    action(signal).is_some_and(|action| action != libc::SIG_DFL && action != libc::SIG_IGN)
}

/// What the process does about a signal: the address of its handler, or a number that stands for the default or for nothing.
/// `None` for a number that is no signal.
pub(super) fn action(signal: c_int) -> Option<usize> {
    let mut action = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: null for the new action changes nothing. The old one is written to `action`, which is valid before too: all of
    // its fields are integers, or function pointers that may be null.
    let action = unsafe {
        if libc::sigaction(signal, ptr::null(), action.as_mut_ptr()) != 0 {
            return None;
        }
        action.assume_init()
    };
    Some(action.sa_sigaction)
}

#[cfg(test)]
mod tests {
    use std::thread;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// This thread's mask, as the kernel has it.
    #[cfg(target_os = "linux")]
    fn blocked() -> u64 {
        let status = std::fs::read_to_string("/proc/thread-self/status").unwrap();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigBlk:")).unwrap();
        u64::from_str_radix(mask.trim(), 16).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        #[cfg(target_os = "linux")]
        fn any_numbers_are_taken_and_nothing_is_blocked_by_it(signals in vec(any::<c_int>(), 0..8)) {
            thread::spawn(move || {
                let before = blocked();
                unblock(&signals).unwrap();
                assert_eq!(blocked() & !before, 0);
            })
            .join()
            .unwrap();
        }

        #[test]
        fn what_is_no_signal_is_not_ignored(number in prop_oneof![Just(0), -1000..0, 1000..c_int::MAX]) {
            prop_assert!(!is_ignored(number));
        }
    }

    /// Rust's start sees to it, in each program.
    #[test]
    fn sigpipe_is_ignored_and_sigusr1_is_not() {
        assert!(is_ignored(libc::SIGPIPE));
        assert!(!is_ignored(libc::SIGUSR1));
    }
}
