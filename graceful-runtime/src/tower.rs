//! A tower layer for services that are not HTTP: job queues, message consumers, RPC of your own.
//!
//! For HTTP take `graceful::http::layer()`: it counts until the response body has ended, and it can say no.

#[cfg(test)]
mod tests;
mod track;

pub use self::track::{Track, TrackFuture, TrackLayer, track};
