//! The paths of the probes.

/// All that the health checks find.
pub const HEALTH: &str = "/health";

/// Whether traffic should come here.
pub const READY: &str = "/ready";

/// The same as [`READY`].
pub const READYZ: &str = "/readyz";

/// Whether the process is alive.
pub const LIVEZ: &str = "/livez";

/// The same as [`LIVEZ`].
pub const HEALTHZ: &str = "/healthz";

/// The paths that the supervisor and `graceful::axum::probes` serve, and that the layer of `graceful::http` lets through.
pub const PATHS: [&str; 5] = [HEALTH, READY, READYZ, LIVEZ, HEALTHZ];
