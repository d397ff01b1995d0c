//! Graceful shutdown for tokio services.
//!
//! Replace `#[tokio::main]` with [`#[graceful::main]`](macro@main), and annotate your clean-up functions with
//! [`#[on_shutdown]`](macro@on_shutdown). On SIGTERM or Ctrl-C the service stops being ready, finishes the work in flight,
//! runs the clean-up functions in order, and exits inside the grace period, whatever hangs.
//!
//! ```no_run
//! use graceful::{Resource, on_shutdown};
//!
//! #[derive(Clone)]
//! struct Database;
//!
//! impl Database {
//!     async fn close(&self) {}
//! }
//!
//! #[graceful::main(grace_period = "28s", drain_timeout = "12s")]
//! async fn main() {
//!     graceful::provide(Database);
//!     graceful::ready();
//!     graceful::shutdown_requested().await;
//! }
//!
//! #[on_shutdown(priority = 10, timeout = "4s")]
//! async fn close_database(Resource(database): Resource<Database>) {
//!     database.close().await;
//! }
//! ```
//!
//! The package is called `gracefully`, and its library `graceful`: `cargo add gracefully`.
//!
//! # Where to find what
//!
//! | to | use |
//! |---|---|
//! | learn about the trigger, the drain, each phase | [`shutdown_requested`], [`drain_started`], [`until_drain`], [`subscribe`] |
//! | count work that the drain waits for | [`try_track`], [`track`], [`spawn`], [`spawn_blocking`], [`spawn_critical`] |
//! | end a part of the program while the rest continues | [`scope`] |
//! | restart a task after a failure, or end the service with it | [`task()`] |
//! | give values to handlers and health checks | [`provide`], [`Resource`], [`All`] |
//! | register at run time | [`handler`], [`health_check()`] |
//! | end a task when nothing is in flight any more | [`HandlerBuilder::spawn`] |
//! | start the shutdown | [`request_shutdown`], [`exit`] |
//! | see what will happen, and what happened | [`plan`], [`on_report`], the feature `metrics` |
//! | flush logs and traces after the last handler | [`keep`], [`HandlerPhase::Flush`] |
//! | run without the attribute | [`Config`] |
//! | run only the shutdown, under another main | [`run_handlers`] |
//! | take listeners from systemd, restart without a refused connection | feature `sockets` |
//! | serve HTTP | features `axum`, `tls`, `http` and `tower` |
//! | answer probes | [`#[health_check]`](macro@health_check), [`ready`], [`readiness()`], the key `probes` (feature `probes`) |
//! | test the shutdown | feature `testing` |
//!
//! The [guide] has a chapter for each topic: [lifecycle](guide::lifecycle), [configuration](guide::configuration),
//! [Kubernetes](guide::kubernetes), [troubleshooting](guide::troubleshooting) and more.

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(all(doc, not(doctest)))]
pub mod guide;

pub use graceful_macros::{health_check, main, on_shutdown};
pub use graceful_runtime::{
    Abandoned, All, Backoff, CancellationToken, ComponentHealth, Config, CriticalReturn, CutConnections, Deadline,
    DrainingError, Error, ErrorKind, FailedTask, Failure, HandlerArgument, HandlerBuilder, HandlerPhase,
    HandlerRegistration, HandlerReport, HandlerReturn, Health, HealthCheckArgument, HealthCheckBuilder,
    HealthCheckRegistration, HealthCheckReturn, HealthReport, HealthStatus, InFlight, IntoFailure, MainReturn, OnError,
    Outcome, Phase, PhaseReport, Plan, PlanError, PlanGroup, PlannedHandler, PlannedScopes, Readiness, Reason, Report,
    ReportFormat, ReportableError, Resource, Scope, ScopeDrainingError, ScopeError, ScopeInFlight, ScopeReport, Signal,
    SupervisedTask, TaskBuilder, Turn, UnknownLabel, UntilDrain, UntilTurn, before_drain_ends, deadline,
    drain_deadline, drain_started, drain_token, handler, health, health_check, in_flight, is_ready, is_shutting_down,
    keep, on_report, phase, plan, provide, readiness, request_exit, request_shutdown, run_handlers, scope, set_ready,
    shutdown_requested, spawn, spawn_blocking, spawn_critical, subscribe, task, track, try_track, until_drain,
    wait_for_trigger, wait_for_trigger_timeout,
};

/// Other names of the same items.
#[doc(no_inline)]
pub use graceful_runtime::{
    DoesNotFit, Draining, Group, Registration, drain_ends_in, exit, ready, wait_for_shutdown, wait_for_shutdown_timeout,
};

#[cfg(feature = "testing")]
pub use graceful_macros::test;
#[cfg(feature = "axum")]
pub use graceful_runtime::axum;
#[cfg(feature = "http")]
pub use graceful_runtime::http;
#[cfg(feature = "probes")]
pub use graceful_runtime::probes_address;
#[cfg(feature = "sockets")]
pub use graceful_runtime::sockets;
#[cfg(feature = "testing")]
pub use graceful_runtime::testing;
#[cfg(feature = "tower")]
pub use graceful_runtime::tower;

#[doc(hidden)]
pub use graceful_runtime::__private;
