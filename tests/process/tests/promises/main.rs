//! Real programs under real signals: one promise of graceful in each test.
//!
//! One executable, since each takes a second to link.
#![cfg(unix)]

mod after;
mod blocked;
mod causes;
mod configure;
mod drain;
mod environment;
mod errors;
mod exit;
mod flush;
mod foreign_main;
mod ladder;
mod lame_duck;
mod main_end;
mod output;
mod scopes;
mod spans;
mod start;
mod supervised;
mod teardown;
mod triggers;
mod values;
mod writer;
