//! A test kit for your own shutdown: rehearses it on a paused clock, with faults.
//!
//! A [`Rehearsal`] runs the shutdown of the service in a test: the real sequence, with the handlers that are linked
//! into the test's binary and those that the test registers. It does not touch the process: it sends no signal, ends
//! nothing, and does not affect other tests. The clock is paused, so a grace period of 24 s takes no time, and the
//! times in the report are exact.
//!
//! ```toml
//! [dev-dependencies]
//! gracefully = { version = "0.1", features = ["testing"] }
//! ```
//!
//! ```
//! # mod graceful { pub use graceful_runtime::*; }
//! use std::time::Duration;
//!
//! use graceful::Outcome;
//! use graceful::testing::{Fault, Rehearsal};
//! use tokio::time::sleep;
//!
//! /// What main does in this service, apart from its own set-up.
//! async fn service() {
//!     # let handler = |name, priority| graceful::handler(name).priority(priority).register(async || {});
//!     # (handler("stop_workers", 20).unwrap(), handler("close_database", 10).unwrap());
//!     graceful::spawn(async {
//!         graceful::drain_started().await;
//!         sleep(Duration::from_secs(3)).await;
//!     });
//!     graceful::drain_started().await;
//! }
//!
//! # /*
//! #[test]
//! # */
//! fn work_in_flight_is_waited_for() {
//!     let rehearsed = Rehearsal::new().run_main(service());
//!     rehearsed.assert_clean();
//!     assert_eq!(rehearsed.report().elapsed(), Duration::from_secs(3));
//! }
//!
//! # /*
//! #[test]
//! # */
//! fn the_database_is_closed_though_the_workers_hang() {
//!     let rehearsed = Rehearsal::new().fault("stop_workers", Fault::Hang).run_main(service());
//!     assert_eq!(rehearsed.outcome("close_database"), &Outcome::Completed);
//!     rehearsed.assert_in_budget();
//! }
//! # work_in_flight_is_waited_for();
//! # the_database_is_closed_though_the_workers_hang();
//! ```
//!
//! # What is rehearsed
//!
//! Wherever the runtime of the rehearsal is entered, all functions of this crate refer to the rehearsed service: `track`,
//! `spawn`, `provide`, `handler`, `drain_started` and the rest. A thread that the service starts itself
//! (`std::thread::spawn`) sees the process instead, which does not shut down.
//!
//! The paused clock advances when every task waits. A task that waits for the outside world, a database or a socket,
//! does not stop the clock, so its timeouts end too early. Give the service a substitute, or rehearse in
//! [`real_time`](Rehearsal::real_time). The time that a plain handler spends on its thread is not on the paused clock.
//!
//! # An async test
//!
//! `#[graceful::test]` replaces `#[tokio::test]` and gives the test a [`Service`], a separate lifecycle in the test's
//! runtime. [`service()`] does the same where another attribute builds the runtime.

#![cfg_attr(not(test), expect(clippy::expect_used, clippy::panic, reason = "so a test fails"))]

mod rehearsal;
mod rehearsed;
mod service;
#[cfg(test)]
mod tests;

pub use self::rehearsal::Rehearsal;
pub use self::rehearsed::Rehearsed;
#[doc(hidden)]
pub use self::service::run_test;
pub use self::service::{Service, service};
pub use crate::handler::Fault;
