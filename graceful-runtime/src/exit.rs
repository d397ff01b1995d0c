//! The end of the process, where nothing may hold it up.
//!
//! `std::process::exit` can: it flushes standard output, which blocks when a half-written line meets a full pipe; it
//! runs C's `atexit` functions; and a second caller waits for ever behind a first one that is stuck (std lets only one
//! thread in). `tests/process` shows each of them. So the forced end is `_exit`, which does none of that.

/// Ends the process at once: no flush, no `atexit`, no destructors.
#[cfg(unix)]
pub(crate) fn now(code: u8) -> ! {
    #[expect(unsafe_code, reason = "declares libc's _exit, which std links anyway and does not offer")]
    mod c {
        // SAFETY: the declaration is POSIX's. `_exit` takes any status, returns to nobody, touches no memory of ours,
        // and is safe to call from any thread at any time: it is async-signal-safe.
        unsafe extern "C" {
            pub(super) safe fn _exit(status: core::ffi::c_int) -> !;
        }
    }
    c::_exit(core::ffi::c_int::from(code))
}

/// Ends the process. Elsewhere than on Unix std offers nothing that asks less of the process.
#[cfg(not(unix))]
pub(crate) fn now(code: u8) -> ! {
    std::process::exit(i32::from(code))
}

/// The exit codes that the crate itself gives; README.md has the table.
pub(crate) mod code {
    /// A handler failed, panicked or timed out, or work was abandoned.
    pub(crate) const UNCLEAN: u8 = 1;
    /// sysexits' `EX_CONFIG`: a bad value in the environment.
    pub(crate) const CONFIG: u8 = 78;
    /// What a panic in `main` gives.
    pub(crate) const PANIC: u8 = 101;
    /// What `timeout(1)` gives: the deadline forced the exit.
    pub(crate) const DEADLINE: u8 = 124;
    /// What a shell reports for SIGINT.
    pub(crate) const INTERRUPTED: u8 = 130;
}
