//! Serving an axum router, to the end of the drain.

mod activity;
mod connection;
mod drain;
mod make_service;
mod probes;
mod requests;
mod serve;
mod socket;

pub use self::make_service::{Incoming, MakeService};
pub use self::probes::probes;
pub use self::serve::{Serve, ServeFuture, serve};
