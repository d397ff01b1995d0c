//! `12_nats` without graceful, as it is often written: for comparison.
//!
//! SIGTERM kills it in the middle of its jobs. NATS delivers them again after `ack_wait`, and also those that were fetched and not
//! begun.
//!
//! ```text
//! $ cargo run -p graceful-workers --bin 12_nats_plain
//! working
//! ```

#[path = "12_nats/options.rs"]
mod options;
#[path = "12_nats/queue.rs"]
mod queue;
#[path = "12_nats/work.rs"]
mod work;

use async_nats::Error;
use async_nats::jetstream::Message;
use futures_util::StreamExt;
use graceful_workers::Ledger;

use crate::options::Options;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let options = Options::from_arguments();
    let client = async_nats::connect(&options.server).await?;
    let consumer = queue::open(client, &options).await?;
    let ledger = options.ledger()?;
    let messages = consumer.messages().await?;
    println!("working");
    let each = messages.for_each_concurrent(options.at_once.get(), async |message| {
        let done = match message {
            Ok(message) => perform(&message, &ledger).await,
            Err(error) => Err(error.into()),
        };
        if let Err(error) = done {
            eprintln!("{error}");
        }
    });
    each.await;
    Ok(())
}

async fn perform(message: &Message, ledger: &Option<Ledger>) -> Result<(), Error> {
    let attempt = message.info()?.delivered.try_into()?;
    work::perform(&serde_json::from_slice(&message.payload)?, attempt, ledger).await?;
    message.ack().await
}
