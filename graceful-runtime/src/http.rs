//! A tower layer for HTTP services: counts requests as work in flight, and refuses them once the service is draining.
//!
//! | | [`Running`] | [`LameDuck`] | [`Draining`] and after |
//! |---|---|---|---|
//! | a request that comes | is served and in flight | is served and in flight | is refused: 503, or gRPC's `UNAVAILABLE` |
//! | a request in flight | goes on | goes on | goes on, the drain waits for it |
//! | an answer on HTTP/1 | as it is | with `Connection: close` | with `Connection: close` |
//!
//! See [`layer`] for the details and for examples.
//!
//! [`Running`]: crate::Phase::Running
//! [`LameDuck`]: crate::Phase::LameDuck
//! [`Draining`]: crate::Phase::Draining

mod body;
mod layer;
mod rules;
#[cfg(test)]
mod tests;

pub use self::body::DrainBody;
pub use self::layer::{DrainFuture, DrainLayer, DrainService, layer};
#[cfg(feature = "axum")]
pub(crate) use self::rules::{RequestProtocol, Rules};
