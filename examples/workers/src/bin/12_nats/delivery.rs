//! A job that NATS has handed out to this worker.

use std::pin::pin;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use async_nats::jetstream::message::Acker;
use async_nats::jetstream::{AckKind, Message};
use graceful_workers::{Job, Ledger};
use tokio::time::timeout;
use tracing::warn;

use crate::answers::Answers;
use crate::work::perform;

/// What all deliveries need.
#[derive(Clone)]
pub(crate) struct Tools {
    pub(crate) answers: Answers,
    pub(crate) dead_after: Duration,
    pub(crate) ledger: Arc<Option<Ledger>>,
}

/// A job in hand. Dropped before it was answered it goes back, and NATS hands it out again at once; or after a pause, if
/// it has panicked.
pub(crate) struct Delivery {
    job: serde_json::Result<Job>,
    /// Its place in the stream, by which a job that can't be read is found.
    sequence: u64,
    /// The first is 1. Also those are counted that were interrupted.
    attempt: u32,
    /// `None` once it was answered.
    acker: Option<Acker>,
    tools: Tools,
}

impl Delivery {
    pub(crate) fn new(message: Message, tools: &Tools) -> Self {
        let (attempt, sequence) =
            message.info().map_or((1, 0), |info| (info.delivered.try_into().unwrap_or(u32::MAX), info.stream_sequence));
        let (message, acker) = message.split();
        let job = serde_json::from_slice(&message.payload);
        Self { job, sequence, attempt, acker: Some(acker), tools: tools.clone() }
    }

    /// Does the job. Resolves when NATS has heard what came of it.
    pub(crate) async fn work(mut self) {
        let pause = backoff(self.attempt);
        let answer = match &self.job {
            Ok(job) => match self.keep(perform(job, self.attempt, &self.tools.ledger)).await {
                Ok(()) => AckKind::Ack,
                Err(error) => {
                    warn!("job {} has failed, again in {pause:.1?}: {error}", job.number);
                    AckKind::Nak(Some(pause))
                }
            },
            // Not `Term`, which deletes it: in a rollout a newer worker may be able to read it.
            Err(error) => {
                warn!("message {} of the stream cannot be read, again in {pause:.1?}: {error}", self.sequence);
                AckKind::Nak(Some(pause))
            }
        };
        if let Some(acker) = self.acker.take() {
            // It is answered now, even if this task is aborted while it waits.
            let _ = self.tools.answers.give(acker, answer).await;
        }
    }

    /// Says that the work goes on, or NATS would take this worker for dead.
    async fn keep<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        loop {
            if let Ok(done) = timeout(self.tools.dead_after / 3, &mut work).await {
                return done;
            }
            if let Some(acker) = &self.acker {
                // If one is lost, there is time for another.
                let _ = acker.ack_with(AckKind::Progress).await;
            }
        }
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        if let Some(acker) = self.acker.take() {
            let pause = thread::panicking().then(|| backoff(self.attempt));
            self.tools.answers.give(acker, AckKind::Nak(pause));
            if let Ok(job) = &self.job {
                warn!("job {} is given back", job.number);
            }
        }
    }
}

/// 1, 2, 4, then always 8 s, and up to a quarter more: so that what has failed together doesn't come back together.
fn backoff(attempt: u32) -> Duration {
    let pause = Duration::from_secs(1 << attempt.saturating_sub(1).min(3));
    pause.mul_f64(1.0 + rand::random_range(0.0..0.25))
}
