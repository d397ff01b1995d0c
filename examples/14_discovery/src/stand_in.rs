//! What the recipe uses of `rdkafka`, with its names and signatures. The real one needs librdkafka.

use std::convert::Infallible;
use std::future::pending;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether a commit waits for the broker.
pub(crate) enum CommitMode {
    Sync,
}

/// A message, which borrows its consumer.
pub(crate) struct BorrowedMessage<'a>(&'a str);

impl BorrowedMessage<'_> {
    pub(crate) fn payload(&self) -> &str {
        self.0
    }
}

/// A member of the group. It leaves when it is dropped.
pub(crate) struct StreamConsumer {
    message: String,
    is_taken: AtomicBool,
}

impl StreamConsumer {
    pub(crate) fn subscribed() -> Self {
        Self { message: "message 1".to_owned(), is_taken: AtomicBool::new(false) }
    }

    pub(crate) async fn recv(&self) -> Result<BorrowedMessage<'_>, Infallible> {
        if self.is_taken.swap(true, Ordering::Relaxed) {
            return pending().await;
        }
        Ok(BorrowedMessage(&self.message))
    }

    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "it has the signature of rdkafka's")]
    pub(crate) fn commit_message(&self, message: &BorrowedMessage<'_>, mode: CommitMode) -> Result<(), Infallible> {
        let CommitMode::Sync = mode;
        println!("committed {}", message.payload());
        Ok(())
    }

    #[expect(clippy::unused_self, reason = "it has the signature of rdkafka's")]
    pub(crate) fn unsubscribe(&self) {}
}

impl Drop for StreamConsumer {
    fn drop(&mut self) {
        println!("left the group");
    }
}
