//! What NATS is told of the jobs.

use std::time::Duration;

use async_nats::jetstream::AckKind;
use async_nats::jetstream::message::Acker;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio::time::sleep;
use tokio_util::task::TaskTracker;
use tracing::warn;

/// Tells NATS what became of jobs, and knows what it has not heard yet.
///
/// An answer is a task apart from the job's: so the drop of a job can give one, which cannot wait, and the end of the
/// drain, which aborts jobs, aborts no answers.
#[derive(Debug, Clone)]
pub(crate) struct Answers {
    tasks: TaskTracker,
    runtime: Handle,
}

impl Answers {
    /// # Panics
    ///
    /// Outside of a runtime.
    pub(crate) fn new() -> Self {
        Self { tasks: TaskTracker::new(), runtime: Handle::current() }
    }

    /// Begins to tell it. The handle resolves when NATS has heard it; dropping that changes nothing.
    pub(crate) fn give(&self, acker: Acker, answer: AckKind) -> JoinHandle<()> {
        let tell = async move {
            // Only a confirmation says that NATS has it: without a connection async-nats keeps what it is to send, and
            // loses what it wrote just before. Then it is told again.
            while let Err(error) = acker.double_ack_with(answer).await {
                warn!("NATS has not confirmed an answer: {error}");
                sleep(Duration::from_secs(1)).await;
            }
        };
        self.tasks.spawn_on(tell, &self.runtime)
    }

    /// How many NATS has not confirmed.
    pub(crate) fn unheard(&self) -> usize {
        self.tasks.len()
    }

    /// Resolves when NATS has heard all. Cancel safe.
    pub(crate) async fn heard(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }
}
