//! Each server as a process, with real clients and real signals: it does what its comment says.
#![cfg(unix)]

mod client;
mod comment;
mod server;

mod actix;
mod axum;
mod hyper;
mod threads;
mod tonic;
