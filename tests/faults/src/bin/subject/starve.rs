//! Takes from the process what it may run out of.

pub(crate) use self::platform::{close_stdout, descriptors, no_core_file, threads};

#[cfg(target_os = "linux")]
mod platform {
    use std::process;

    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    use nix::unistd::{Uid, close, setresuid};

    /// Not what is tested, and large.
    pub(crate) fn no_core_file() {
        limit(Resource::RLIMIT_CORE);
    }

    /// No further file can be opened.
    pub(crate) fn descriptors() {
        limit(Resource::RLIMIT_NOFILE);
    }

    /// Limits the user's threads: with 0 no further one can be started. Root is not bound by the limit, so root becomes a user
    /// that nobody else is.
    pub(crate) fn threads(number: u64) {
        set(Resource::RLIMIT_NPROC, number);
        if Uid::effective().is_root() {
            let nobody = Uid::from_raw(100_000 + process::id());
            // Where there is no such user, there are still threads, and the test hears of that.
            let _ = setresuid(nobody, nobody, nobody);
        }
    }

    pub(crate) fn close_stdout() {
        close(1).expect("standard output was open");
    }

    fn limit(resource: Resource) {
        set(resource, 0);
    }

    fn set(resource: Resource, limit: u64) {
        let (_, hard) = getrlimit(resource).expect("a limit");
        setrlimit(resource, limit, hard).expect("less is always allowed");
    }
}

/// The tests that need it are skipped here: they are told that it has taken nothing.
#[cfg(not(target_os = "linux"))]
mod platform {
    pub(crate) fn no_core_file() {}

    pub(crate) fn descriptors() {}

    pub(crate) fn threads(_: u64) {}

    pub(crate) fn close_stdout() {}
}
