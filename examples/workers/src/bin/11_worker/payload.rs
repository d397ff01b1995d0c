//! What comes out of a queue.

use std::convert::Infallible;

use apalis::prelude::Codec;
use graceful_workers::Job;

/// What somebody has sent, as it is.
///
/// So that it is read where there is an answer to what can't be read. A worker of apalis ends when it meets such a thing,
/// which is then given back, comes first again, and ends the next.
pub(crate) struct Payload(Vec<u8>);

/// Neither writes nor reads.
pub(crate) struct AsItIs;

impl Payload {
    pub(crate) fn job(&self) -> serde_json::Result<Job> {
        serde_json::from_slice(&self.0)
    }
}

impl Codec<Payload> for AsItIs {
    type Error = Infallible;
    type Compact = Vec<u8>;

    fn encode(&self, payload: &Payload) -> Result<Vec<u8>, Infallible> {
        Ok(payload.0.clone())
    }

    fn decode(&self, bytes: &Vec<u8>) -> Result<Payload, Infallible> {
        Ok(Payload(bytes.clone()))
    }
}
