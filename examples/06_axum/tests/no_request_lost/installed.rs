//! The programs that the tests need and cargo doesn't bring.

use std::path::PathBuf;

use graceful_process_tests::installed::find;

pub(crate) struct Installed {
    pub(crate) haproxy: PathBuf,
    pub(crate) wrk: PathBuf,
}

impl Installed {
    /// `None` when one is missing, which is a failure where they are required.
    #[track_caller]
    pub(crate) fn find() -> Option<Self> {
        Some(Self { haproxy: find("haproxy")?, wrk: find("wrk")? })
    }
}
