//! The pod's termination message: what the kubelet reads when the container has ended, and `kubectl describe pod` shows.

mod message;

use std::env;
use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use graceful_core::environment::TERMINATION_LOG;

use crate::output::OutputThread;
use crate::report::Report;

/// Where Kubernetes mounts the file, unless the pod says otherwise by `terminationMessagePath`.
const PATH: &str = "/dev/termination-log";

/// The file that takes the report, if it is there.
pub(crate) struct TerminationLog {
    path: PathBuf,
    /// One thread for all that is written, so that two reports don't mix. Even to open a file may block.
    thread: OutputThread,
}

impl TerminationLog {
    /// Where the environment says, or where Kubernetes has it.
    pub(crate) fn find() -> Self {
        Self::at(env::var_os(TERMINATION_LOG))
    }

    fn at(path: Option<OsString>) -> Self {
        let path = path.filter(|path| !path.is_empty()).map_or_else(|| PathBuf::from(PATH), PathBuf::from);
        Self { path, thread: OutputThread::new("graceful-termination-log") }
    }

    /// Has the report written, in the place of what stands there.
    pub(crate) fn write(&self, report: Arc<Report>) {
        let path = self.path.clone();
        self.thread.send(move || {
            // There is none outside of Kubernetes, and who could be told otherwise is told by the log already.
            let _ = write(&path, message::of(&report).as_bytes());
        });
    }

    /// Waits until all is written that can be, but no longer than `patience`.
    pub(crate) async fn written(&self, patience: Duration) {
        self.thread.finished(patience).await;
    }
}

/// Writes what can be written at once. Creates no file.
fn write(path: &Path, message: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // A FIFO that nobody reads: an error rather than a wait for a reader. A terminal: it does not become ours.
        options.custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY);
    }
    // One write, so that a FIFO takes all of it or nothing.
    options.open(path)?.write(message).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_that_of_the_environment() {
        assert_eq!(TerminationLog::at(None).path, Path::new("/dev/termination-log"));
        assert_eq!(TerminationLog::at(Some(OsString::new())).path, Path::new("/dev/termination-log"));
        assert_eq!(TerminationLog::at(Some("/tmp/message".into())).path, Path::new("/tmp/message"));
    }

    #[cfg(unix)]
    #[test]
    fn a_fifo_that_nobody_reads_is_an_error_at_once() {
        let fifo = env::temp_dir().join(format!("graceful-fifo-{}", std::process::id()));
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        let (sender, written) = std::sync::mpsc::channel();
        let path = fifo.clone();
        std::thread::spawn(move || sender.send(write(&path, b"{}")));
        let written = written.recv_timeout(Duration::from_secs(20));
        std::fs::remove_file(fifo).unwrap();
        assert!(written.expect("it waits for a reader").is_err());
    }
}
