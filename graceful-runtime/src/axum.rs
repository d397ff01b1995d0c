//! Serving an axum router, to the end of the drain.

mod activity;
mod connection;
mod drain;
mod incoming;
mod make_service;
mod probes;
mod requests;
mod serve;
mod server;
mod socket;
mod streams;

pub use self::incoming::Incoming;
pub use self::make_service::MakeService;
pub use self::probes::probes;
pub use self::serve::{Serve, ServeFuture, serve};
