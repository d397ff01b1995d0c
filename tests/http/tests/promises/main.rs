//! Real servers, clients and signals: one promise about HTTP in each test.
//!
//! One executable, since each takes a second to link.
#![cfg(unix)]

mod clients;
mod cut;
mod glob;
mod half_close;
mod handshakes;
mod http2;
mod http2_frames;
mod idle;
mod in_progress;
mod lame_duck;
mod listeners;
mod scopes;
mod sent_before;
mod tls;
mod two_servers;
mod unix_sockets;
mod unmanaged;
mod web_socket;
mod with_the_layer;
