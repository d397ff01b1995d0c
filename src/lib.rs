#![doc = include_str!("../README.md")]

pub use graceful_macros::{main, on_shutdown};
pub use graceful_runtime::{
    Abandoned, CancellationToken, Config, CriticalReturn, Deadline, DoesNotFit, Draining, Error, ErrorKind, FailedTask,
    Group, HandlerBuilder, HandlerPhase, HandlerReport, InFlight, Outcome, Phase, PhaseReport, Plan, PlannedHandler,
    Reason, Registration, Report, Resource, Signal, deadline, drain_started, drain_token, exit, handler, in_flight,
    is_ready, is_shutting_down, on_report, phase, plan, provide, ready, request_shutdown, shutdown_requested, spawn,
    spawn_blocking, spawn_critical, track, try_track, wait_for_shutdown, wait_for_shutdown_timeout,
};

#[doc(hidden)]
pub use graceful_runtime::__private;
