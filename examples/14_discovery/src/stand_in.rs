//! What the recipe uses of `rdkafka`, with its names and signatures. The real one compiles librdkafka.

use std::convert::Infallible;
use std::future::pending;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether a commit waits for the broker.
pub(crate) enum CommitMode {
    Sync,
}

pub(crate) trait Message {
    fn payload(&self) -> Option<&[u8]>;
}

/// A message, which borrows its consumer.
pub(crate) struct BorrowedMessage<'a>(&'a str);

impl Message for BorrowedMessage<'_> {
    fn payload(&self) -> Option<&[u8]> {
        Some(self.0.as_bytes())
    }
}

pub(crate) trait Consumer {
    fn commit_message(&self, message: &BorrowedMessage<'_>, mode: CommitMode) -> Result<(), Infallible>;

    fn unsubscribe(&self);
}

/// A member of the group. It leaves when it is dropped.
pub(crate) struct StreamConsumer {
    message: String,
    is_taken: AtomicBool,
}

pub(crate) fn subscribed() -> StreamConsumer {
    StreamConsumer { message: "message 1".to_owned(), is_taken: AtomicBool::new(false) }
}

impl StreamConsumer {
    pub(crate) async fn recv(&self) -> Result<BorrowedMessage<'_>, Infallible> {
        if self.is_taken.swap(true, Ordering::Relaxed) {
            return pending().await;
        }
        Ok(BorrowedMessage(&self.message))
    }
}

impl Consumer for StreamConsumer {
    fn commit_message(&self, message: &BorrowedMessage<'_>, mode: CommitMode) -> Result<(), Infallible> {
        let CommitMode::Sync = mode;
        println!("committed {}", message.0);
        Ok(())
    }

    fn unsubscribe(&self) {}
}

impl Drop for StreamConsumer {
    fn drop(&mut self) {
        println!("left the group");
    }
}
