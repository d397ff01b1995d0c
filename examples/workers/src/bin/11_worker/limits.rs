//! The time limits of a job.

use std::pin::pin;
use std::time::Duration;

use graceful::CancellationToken;
use tokio::time::timeout;

/// Two limits, both from the start of the job. With both shorter than the drain, none has to be interrupted in a drain that
/// has its time.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    /// Then it is told to come to an end.
    pub(crate) soft: Duration,
    /// Then it is dropped.
    pub(crate) hard: Duration,
}

impl Limits {
    /// Runs a job, which gets the token that is cancelled at the soft limit. `None`: it was dropped.
    pub(crate) async fn run<F: Future>(self, job: impl FnOnce(CancellationToken) -> F) -> Option<F::Output> {
        let told = CancellationToken::new();
        let mut job = pin!(job(told.clone()));
        if let Ok(output) = timeout(self.soft, &mut job).await {
            return Some(output);
        }
        told.cancel();
        timeout(self.hard.saturating_sub(self.soft), job).await.ok()
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use tokio::time::{Instant, sleep};

    use super::*;

    const LIMITS: Limits = Limits { soft: Duration::from_secs(10), hard: Duration::from_secs(15) };

    #[tokio::test(start_paused = true)]
    async fn a_job_is_told_at_the_soft_limit() {
        let begin = Instant::now();
        let told = LIMITS.run(async |told: CancellationToken| told.cancelled().await).await;
        assert_eq!((told, begin.elapsed()), (Some(()), LIMITS.soft));
    }

    #[tokio::test(start_paused = true)]
    async fn a_job_is_dropped_at_the_hard_limit() {
        let begin = Instant::now();
        assert_eq!(LIMITS.run(async |_| pending::<()>().await).await, None);
        assert_eq!(begin.elapsed(), LIMITS.hard);
    }

    #[tokio::test(start_paused = true)]
    async fn a_job_that_is_short_enough_is_left_alone() {
        let told = LIMITS.run(async |told: CancellationToken| {
            sleep(LIMITS.soft - Duration::from_millis(1)).await;
            told.is_cancelled()
        });
        assert_eq!(told.await, Some(false));
    }
}
