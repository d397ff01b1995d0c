//! The work itself.

use std::io::{self, Write};

use graceful_workers::{Entry, Job, Ledger};
use tokio::time::sleep;

/// Notes that the job was begun, takes its time, and notes that it was done. Without a ledger, on standard output.
pub(crate) async fn perform(job: &Job, attempt: u32, ledger: &Option<Ledger>) -> io::Result<()> {
    let note = |entry| match ledger {
        Some(ledger) => ledger.note(entry),
        None => writeln!(io::stdout(), "{entry}"),
    };
    if attempt as usize <= job.failures {
        assert!(!job.panics, "job {} is made so", job.number);
        return Err(io::Error::other("the other side is not there"));
    }
    note(Entry::Begun(job.number))?;
    sleep(job.step() * job.steps).await;
    note(Entry::Executed(job.number))
}
