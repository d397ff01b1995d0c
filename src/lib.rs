// The package of the documents compiles and runs its code: it has all that this needs.
#![cfg_attr(not(doctest), doc = include_str!("../README.md"))]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(all(doc, not(doctest)))]
pub mod guide;

pub use graceful_macros::{health_check, main, on_shutdown};
pub use graceful_runtime::{
    Abandoned, CancellationToken, ComponentHealth, Config, CriticalReturn, Deadline, DoesNotFit, Draining, Error,
    ErrorKind, FailedTask, Group, HandlerArgument, HandlerBuilder, HandlerPhase, HandlerReport, HandlerReturn, Health,
    HealthCheckArgument, HealthCheckBuilder, HealthCheckRegistration, HealthCheckReturn, HealthReport, HealthStatus,
    InFlight, MainReturn, Outcome, Phase, PhaseReport, Plan, PlannedHandler, Reason, Registration, Report,
    ReportableError, Resource, Signal, UntilDrain, deadline, drain_deadline, drain_ends_in, drain_started, drain_token,
    exit, handler, health, health_check, in_flight, is_ready, is_shutting_down, on_report, phase, plan, provide, ready,
    request_shutdown, shutdown_requested, spawn, spawn_blocking, spawn_critical, track, try_track, until_drain,
    wait_for_shutdown, wait_for_shutdown_timeout,
};

#[cfg(feature = "axum")]
pub use graceful_runtime::axum;
#[cfg(feature = "http")]
pub use graceful_runtime::http;
#[cfg(feature = "probes")]
pub use graceful_runtime::probes_address;
#[cfg(feature = "testing")]
pub use graceful_runtime::testing;
#[cfg(feature = "tower")]
pub use graceful_runtime::tower;

#[doc(hidden)]
pub use graceful_runtime::__private;
