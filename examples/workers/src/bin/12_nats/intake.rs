//! Where jobs come in.

use std::time::Duration;

use async_nats::jetstream::consumer::{Consumer, pull};
use async_nats::jetstream::{self, Message};
use async_nats::{Client, Error};
use futures_util::StreamExt;
use tokio::time::sleep;

/// How long NATS keeps a request for a job. Then it says that there was none, and is asked again.
const WAIT: Duration = Duration::from_millis(500);

/// A NATS that says nothing for so much longer is taken for gone. In the drain it has until shortly before the drain's end.
const PATIENCE: Duration = Duration::from_secs(5);
const BEFORE_THE_END: Duration = Duration::from_millis(100);

/// Takes jobs one by one.
///
/// The streams of async-nats can't be left without a loss: what is on its way to them then, or waits in them, is nobody's
/// until its `ack_wait` is over.
pub(crate) struct Intake {
    pub(crate) client: Client,
    pub(crate) consumer: Consumer<pull::Config>,
}

impl Intake {
    /// Waits for a job. Not cancel safe, so await it to its end.
    ///
    /// The drain does not end it: a request cannot be taken back, so NATS may be sending a job at this moment. It takes at
    /// most [`WAIT`] until NATS has answered with a job or without one.
    pub(crate) async fn take(&self) -> Result<Option<Message>, Error> {
        let inbox = self.client.new_inbox();
        let mut answers = self.client.subscribe(inbox.clone()).await?;
        answers.unsubscribe_after(1).await?;
        let one = pull::BatchConfig { batch: 1, expires: Some(WAIT), ..Default::default() };
        self.consumer.request_batch(one, inbox.into()).await?;

        let gone = async {
            if graceful::until_drain(sleep(WAIT + PATIENCE)).await.is_none() {
                graceful::drain_ends_in(BEFORE_THE_END).await;
            }
        };
        let answer = tokio::select! {
            answer = answers.next() => answer,
            () = gone => return Err("NATS does not answer".into()),
        };
        // Only a job can be answered.
        let job = answer.filter(|answer| answer.reply.is_some() && answer.status.is_none());
        Ok(job.map(|message| Message { message, context: jetstream::new(self.client.clone()) }))
    }
}
