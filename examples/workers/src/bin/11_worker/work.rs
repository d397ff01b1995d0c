//! What is done for a job, and what comes of it.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use graceful::CancellationToken;
use graceful_workers::{Entry, Job, Ledger};
use tokio::time::sleep;

use crate::limits::Limits;
use crate::retry;

/// So long before the drain's end a job is interrupted: its worker has that time to give it back.
const BEFORE_THE_END: Duration = Duration::from_secs(1);

/// What is to be said to the broker.
#[derive(Debug)]
pub(crate) enum Verdict {
    Done,
    /// It has failed, and comes again after this time: to whichever worker is free then.
    Retry(Duration, String),
    /// It has failed for good.
    Dead(String),
    /// It was interrupted, which is nobody's fault: another worker may have it at once.
    GiveBack,
}

impl Verdict {
    /// Of an attempt that has failed.
    pub(crate) fn failed(attempt: usize, reason: String) -> Self {
        match retry::after(attempt) {
            Some(pause) => Self::Retry(pause, reason),
            None => Self::Dead(reason),
        }
    }
}

/// Why a job has ended early.
enum Stop {
    /// Nothing is left of the drain for it.
    Draining,
    Failed(String),
}

/// Does a job, within its limits and those of the drain. The first attempt is 1.
pub(crate) async fn perform(job: &Job, attempt: usize, limits: Limits, ledger: Option<&Ledger>) -> Verdict {
    let limited = limits.run(|soft_limit| run(job, attempt, ledger, soft_limit));
    let caught = AssertUnwindSafe(limited).catch_unwind();
    let reason = tokio::select! {
        biased;
        end = caught => match end {
            Ok(Some(Ok(()))) => return Verdict::Done,
            Ok(Some(Err(Stop::Draining))) => return Verdict::GiveBack,
            Ok(Some(Err(Stop::Failed(reason)))) => reason,
            Ok(None) => "dropped at its hard time limit".to_owned(),
            Err(_) => "panicked".to_owned(),
        },
        () = graceful::drain_ends_in(BEFORE_THE_END) => return Verdict::GiveBack,
    };
    Verdict::failed(attempt, reason)
}

async fn run(job: &Job, attempt: usize, ledger: Option<&Ledger>, soft_limit: CancellationToken) -> Result<(), Stop> {
    let note =
        |entry| ledger.map_or(Ok(()), |ledger| ledger.note(entry)).map_err(|error| Stop::Failed(error.to_string()));
    if attempt <= job.failures {
        assert!(!job.panics, "job {} is made so", job.number);
        return Err(Stop::Failed("the other side is not there".to_owned()));
    }
    note(Entry::Begun(job.number))?;
    for left in (1..=job.steps).rev() {
        // Between its steps it asks whether to go on.
        if soft_limit.is_cancelled() {
            return Err(Stop::Failed("stopped at its soft time limit".to_owned()));
        }
        if graceful::drain_deadline().is_some_and(|end| Instant::now() + job.step() * left + BEFORE_THE_END > end) {
            return Err(Stop::Draining);
        }
        sleep(job.step()).await;
    }
    note(Entry::Executed(job.number))
}
