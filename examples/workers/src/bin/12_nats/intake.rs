//! Where jobs come in.

use std::time::Duration;

use async_nats::jetstream::consumer::{Consumer, pull};
use async_nats::jetstream::{self, Message};
use async_nats::{Client, Error};
use futures_util::StreamExt;
use tokio::time::timeout;

/// For how long NATS knows that a worker waits for a job. Then it is asked again: also after a lost connection.
const WAIT: Duration = Duration::from_secs(2);

/// After that a NATS that says nothing is taken for gone.
const PATIENCE: Duration = Duration::from_secs(5);

/// Takes jobs one by one.
///
/// The streams of async-nats can't be left without a loss: what is on its way to them then, or waits in them, is nobody's
/// until its `ack_wait` is over.
pub(crate) struct Intake {
    pub(crate) client: Client,
    pub(crate) consumer: Consumer<pull::Config>,
}

impl Intake {
    /// Waits some seconds for a job, or until the drain begins. Not cancel safe, so await it to its end.
    pub(crate) async fn take(&self) -> Result<Option<Message>, Error> {
        let inbox = self.client.new_inbox();
        let mut letters = self.client.subscribe(inbox.clone()).await?;
        // For one letter: a job, or that there is none.
        letters.unsubscribe_after(1).await?;
        let one = pull::BatchConfig { batch: 1, expires: Some(WAIT), ..Default::default() };
        self.consumer.request_batch(one, inbox.clone().into()).await?;

        let letter = match graceful::until_drain(timeout(WAIT * 2, letters.next())).await {
            Some(Ok(letter)) => letter,
            _ => {
                // A letter to ourselves: if it is the first, no job is handed out to this inbox any more; if a job was
                // faster, then that is what comes.
                self.client.publish(inbox, "".into()).await?;
                timeout(PATIENCE, letters.next()).await.map_err(|_| "NATS does not answer")?
            }
        };
        // Only a job can be answered.
        let job = letter.filter(|letter| letter.reply.is_some() && letter.status.is_none());
        Ok(job.map(|message| Message { message, context: jetstream::new(self.client.clone()) }))
    }
}
