//! The runtime of the crate [`graceful`](https://docs.rs/gracefully). Use that one: it has the attributes, and the guide.

#![cfg_attr(docsrs, feature(doc_cfg))]
// Nothing on the way to the exit may panic, nor block on an output. What stays is argued for at its place.
#![cfg_attr(
    not(test),
    warn(
        clippy::exit,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::missing_panics_doc,
        clippy::panic,
        clippy::print_stderr,
        clippy::print_stdout,
        clippy::string_slice,
        clippy::unreachable,
        clippy::unwrap_used,
    )
)]

/// Strategies for property tests, as graceful-core has them.
#[cfg(test)]
#[path = "../../graceful-core/src/timeline/arbitrary.rs"]
mod arbitrary;
mod arguments;
#[cfg(feature = "axum")]
pub mod axum;
mod block_on;
mod config;
mod ending;
mod error;
mod events;
mod exit;
mod failure;
mod handler;
mod health;
#[cfg(feature = "probes")]
mod heartbeat;
#[cfg(feature = "http")]
pub mod http;
mod in_flight;
mod kept;
#[cfg(feature = "kubernetes")]
mod kubernetes;
mod lifecycle;
#[cfg(feature = "metrics")]
mod metrics;
mod missing_run;
mod observe;
mod outcome;
mod participation;
mod phases;
#[cfg(any(feature = "axum", feature = "probes"))]
mod probe;
#[cfg(feature = "probes")]
mod probes;
mod program;
mod readiness;
mod registration;
mod registry;
mod report;
mod resources;
mod returns;
mod run;
mod scope;
mod sequence;
mod signal;
#[cfg(feature = "sockets")]
pub mod sockets;
mod spans;
mod spawn;
mod supervisor;
// Nowhere else is there a systemd: there the feature brings nothing.
mod output;
#[cfg(all(feature = "systemd", target_os = "linux"))]
mod systemd;
mod task;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(feature = "tower")]
pub mod tower;
mod trigger;
#[cfg(all(unix, any(feature = "axum", feature = "sockets")))]
mod unix_socket;
mod until_drain;
mod work;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use graceful_core::plan::{DoesNotFit as PlanError, Group as PlanGroup, Plan, PlannedHandler, PlannedScopes};
pub use graceful_core::{HandlerPhase, Phase, ReportFormat, Signal, UnknownLabel};
pub use tokio_util::sync::CancellationToken;

pub use crate::arguments::{All, Deadline, HandlerArgument, HealthCheckArgument, Resource};
pub use crate::config::Config;
pub use crate::error::{Error, ErrorKind};
pub use crate::failure::{Failure, IntoFailure};
pub use crate::handler::turn::{Turn, UntilTurn};
pub use crate::health::{ComponentHealth, Health, HealthCheckReturn, HealthReport, HealthStatus};
pub use crate::in_flight::{DrainingError, InFlight};
pub use crate::observe::{
    before_drain_ends, deadline, drain_deadline, drain_started, drain_token, health, is_ready, is_shutting_down, phase,
    request_exit, request_shutdown, set_ready, shutdown_requested, wait_for_trigger, wait_for_trigger_timeout,
};
pub use crate::outcome::Outcome;
pub use crate::phases::{Phases, subscribe};
#[cfg(feature = "probes")]
pub use crate::probes::probes_address;
pub use crate::readiness::{Readiness, readiness};
pub use crate::registration::{HandlerBuilder, HandlerRegistration, HealthCheckBuilder, HealthCheckRegistration};
pub use crate::report::{Abandoned, CutConnections, FailedTask, HandlerReport, PhaseReport, Report, SupervisedTask};
pub use crate::returns::{HandlerReturn, MainReturn, ReportableError};
pub use crate::run::run_handlers;
pub use crate::scope::{Scope, ScopeDrainingError, ScopeError, ScopeInFlight, ScopeReport, scope};
pub use crate::task::critical::CriticalReturn;
pub use crate::task::{Backoff, OnError, TaskBuilder};
pub use crate::trigger::Reason;
pub use crate::until_drain::{UntilDrain, until_drain};
pub use crate::work::{
    handler, health_check, in_flight, keep, on_report, plan, provide, spawn, spawn_blocking, spawn_critical, task,
    track, try_track,
};

/// Other names of the same items, which programs use.
#[doc(no_inline)]
pub use crate::{
    DrainingError as Draining, HandlerRegistration as Registration, PlanError as DoesNotFit, PlanGroup as Group,
    before_drain_ends as drain_ends_in, request_exit as exit, set_ready as ready,
    wait_for_trigger as wait_for_shutdown, wait_for_trigger_timeout as wait_for_shutdown_timeout,
};
