//! What the tests of the server examples share: the [server](crate::server) as a process, a [client](crate::client) that
//! decides when a request ends, and the [comment](crate::comment) that says what the server prints.
#![cfg(unix)]

pub mod client;
pub mod comment;
pub mod server;
