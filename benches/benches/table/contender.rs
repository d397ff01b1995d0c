//! Who is measured.

/// In the order of the table's columns.
pub(crate) const ALL: [Contender; 7] = [
    Contender {
        name: "graceful",
        key: "graceful",
        color: "#c2410c",
        serve: env!("CARGO_BIN_EXE_serve_graceful"),
        source: include_str!("../../src/bin/serve_graceful.rs"),
        dependency: Some("gracefully = { path = \"ROOT\" }"),
    },
    Contender {
        name: "tokio by hand",
        key: "by-hand",
        color: "#111827",
        serve: env!("CARGO_BIN_EXE_serve_by_hand"),
        source: include_str!("../../src/bin/serve_by_hand.rs"),
        dependency: None,
    },
    Contender {
        name: "TaskTracker",
        key: "task-tracker",
        color: "#2563eb",
        serve: env!("CARGO_BIN_EXE_serve_task_tracker"),
        source: include_str!("../../src/bin/serve_task_tracker.rs"),
        dependency: Some("tokio-util = { version = \"0.7\", features = [\"rt\"] }"),
    },
    Contender {
        name: "tokio-graceful-shutdown",
        key: "tokio-graceful-shutdown",
        color: "#059669",
        serve: env!("CARGO_BIN_EXE_serve_tokio_graceful_shutdown"),
        source: include_str!("../../src/bin/serve_tokio_graceful_shutdown.rs"),
        dependency: Some("tokio-graceful-shutdown = \"0.20.0\""),
    },
    Contender {
        name: "tokio-graceful",
        key: "tokio-graceful",
        color: "#7c3aed",
        serve: env!("CARGO_BIN_EXE_serve_tokio_graceful"),
        source: include_str!("../../src/bin/serve_tokio_graceful.rs"),
        dependency: Some("tokio-graceful = \"0.2.2\""),
    },
    Contender {
        name: "async-shutdown",
        key: "async-shutdown",
        color: "#0891b2",
        serve: env!("CARGO_BIN_EXE_serve_async_shutdown"),
        source: include_str!("../../src/bin/serve_async_shutdown.rs"),
        dependency: Some("async-shutdown = \"0.2.2\""),
    },
    Contender {
        name: "drain",
        key: "drain",
        color: "#ca8a04",
        serve: env!("CARGO_BIN_EXE_serve_drain"),
        source: include_str!("../../src/bin/serve_drain.rs"),
        dependency: Some("drain = \"0.2.1\""),
    },
];

pub(crate) const GRACEFUL: usize = 0;
pub(crate) const BY_HAND: usize = 1;
pub(crate) const SUBSYSTEMS: usize = 3;

pub(crate) struct Contender {
    pub(crate) name: &'static str,
    /// What the program `peers` calls it.
    pub(crate) key: &'static str,
    /// In the chart.
    pub(crate) color: &'static str,
    /// Its service that has nothing to do.
    pub(crate) serve: &'static str,
    pub(crate) source: &'static str,
    /// What a manifest asks for, beside tokio.
    pub(crate) dependency: Option<&'static str>,
}
