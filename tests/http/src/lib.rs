//! What the HTTP tests are made with: a raw [`Client`], so that a test sees each byte and how the connection ends, and
//! a [`Server`] in a process of its own.
//!
//! The tests are for Unix. The programs are compiled everywhere.

mod client;
#[cfg(unix)]
mod server;
pub mod tls;

pub use crate::client::{Answer, Client};
#[cfg(unix)]
pub use crate::server::Server;

/// A request without a body, for a connection that may be used again.
#[must_use]
pub fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: test\r\n\r\n")
}

/// The head of a request with a body of this length.
#[must_use]
pub fn post(path: &str, length: usize) -> String {
    format!("POST {path} HTTP/1.1\r\nHost: test\r\nContent-Length: {length}\r\n\r\n")
}
