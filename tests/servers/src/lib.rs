//! What the tests of the server examples share: the [server](crate::server) as a process, a [client](crate::client) that
//! decides when a request ends, the [comment](crate::comment) that says what the server prints, and a [fake](crate::fake) of
//! the servers that it calls.
#![cfg(unix)]

pub mod client;
pub mod comment;
pub mod fake;
pub mod server;
