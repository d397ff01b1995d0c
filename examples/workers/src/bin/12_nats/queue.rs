//! The queue: a stream of JetStream, and one consumer that all workers share.

use async_nats::jetstream::consumer::{AckPolicy, Consumer, pull};
use async_nats::jetstream::stream::{self, RetentionPolicy};
use async_nats::{Client, Error, jetstream};
use graceful_workers::Job;

use crate::options::Options;

const NAME: &str = "jobs";

/// Opens the queue, makes it if it isn't there, and sends the jobs that are to be sent.
pub(crate) async fn open(client: Client, options: &Options) -> Result<Consumer<pull::Config>, Error> {
    let jetstream = jetstream::new(client);
    let config = stream::Config {
        name: NAME.to_owned(),
        // A message is kept until it is acknowledged.
        retention: RetentionPolicy::WorkQueue,
        ..Default::default()
    };
    let stream = jetstream.get_or_create_stream(config).await?;

    let mut stored = Vec::new();
    for number in 0..options.send {
        let job = serde_json::to_vec(&Job::numbered(number))?;
        stored.push(jetstream.publish(NAME, job.into()).await?);
    }
    for stored in stored {
        stored.await?;
    }

    let config = pull::Config {
        durable_name: Some("workers".to_owned()),
        // Each message by itself, after the work.
        ack_policy: AckPolicy::Explicit,
        // Who was killed, or is cut off, says nothing: the jobs come again after this time. `backoff` is not set: it would
        // take the place of this, and it is not for jobs that were given back.
        ack_wait: options.dead_after,
        // Here ends a job that kills its worker each time, and what can't be read: it stays in the stream, and nobody gets
        // it any more. To be interrupted counts too, so it must be more than the rollouts that a long job may meet.
        max_deliver: 50,
        // Of all workers together: more than they can have at once.
        max_ack_pending: 1000,
        ..Default::default()
    };
    Ok(stream.create_consumer(config).await?)
}
