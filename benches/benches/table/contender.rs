//! The contenders.

use graceful_benches::machine;

/// All of them, in the order of the table's columns.
pub(crate) const ALL: [Contender; 7] = [
    Contender {
        name: "tokio by hand",
        package: "tokio",
        color: "#111827",
        marker: "M-1-6h2v12h-2z",
        serve: env!("CARGO_BIN_EXE_serve_by_hand"),
        work: env!("CARGO_BIN_EXE_work_by_hand"),
        source: include_str!("../../src/bin/serve_by_hand.rs"),
        dependency: None,
    },
    Contender {
        name: "graceful",
        package: "gracefully",
        color: "#c2410c",
        marker: "M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0z",
        serve: env!("CARGO_BIN_EXE_serve_graceful"),
        work: env!("CARGO_BIN_EXE_work_graceful"),
        source: include_str!("../../src/bin/serve_graceful.rs"),
        dependency: Some("gracefully = { path = \"ROOT\" }"),
    },
    Contender {
        name: "TaskTracker",
        package: "tokio-util",
        color: "#2563eb",
        marker: "M-3.5-3.5h7v7h-7z",
        serve: env!("CARGO_BIN_EXE_serve_task_tracker"),
        work: env!("CARGO_BIN_EXE_work_task_tracker"),
        source: include_str!("../../src/bin/serve_task_tracker.rs"),
        dependency: Some("tokio-util = { version = \"0.7\", features = [\"rt\"] }"),
    },
    Contender {
        name: "tokio-graceful-shutdown",
        package: "tokio-graceful-shutdown",
        color: "#059669",
        marker: "M0-4.5L4.5 3.5h-9z",
        serve: env!("CARGO_BIN_EXE_serve_tokio_graceful_shutdown"),
        work: env!("CARGO_BIN_EXE_work_tokio_graceful_shutdown"),
        source: include_str!("../../src/bin/serve_tokio_graceful_shutdown.rs"),
        dependency: Some("tokio-graceful-shutdown = \"0.20.0\""),
    },
    Contender {
        name: "tokio-graceful",
        package: "tokio-graceful",
        color: "#7c3aed",
        marker: "M0-5L5 0L0 5L-5 0z",
        serve: env!("CARGO_BIN_EXE_serve_tokio_graceful"),
        work: env!("CARGO_BIN_EXE_work_tokio_graceful"),
        source: include_str!("../../src/bin/serve_tokio_graceful.rs"),
        dependency: Some("tokio-graceful = \"0.2.2\""),
    },
    Contender {
        name: "async-shutdown",
        package: "async-shutdown",
        color: "#0891b2",
        marker: "M0 4.5L4.5-3.5h-9z",
        serve: env!("CARGO_BIN_EXE_serve_async_shutdown"),
        work: env!("CARGO_BIN_EXE_work_async_shutdown"),
        source: include_str!("../../src/bin/serve_async_shutdown.rs"),
        dependency: Some("async-shutdown = \"0.2.2\""),
    },
    Contender {
        name: "drain",
        package: "drain",
        color: "#a16207",
        marker: "M-1.5-4.5h3v3h3v3h-3v3h-3v-3h-3v-3h3z",
        serve: env!("CARGO_BIN_EXE_serve_drain"),
        work: env!("CARGO_BIN_EXE_work_drain"),
        source: include_str!("../../src/bin/serve_drain.rs"),
        dependency: Some("drain = \"0.2.1\""),
    },
];

/// The base of every ratio.
pub(crate) const BY_HAND: usize = 0;
pub(crate) const GRACEFUL: usize = 1;
pub(crate) const SUBSYSTEMS: usize = 3;
/// After all contenders: a program that does the least that graceful's promise takes. Further floors follow it.
pub(crate) const FLOOR: usize = ALL.len();

/// The floor of what runs: plain tokio by hand, with a thread that survives a blocked runtime.
pub(crate) const SUPERVISOR: &str = "supervisor by hand";
/// The floor of a program that is made of graceful's dependencies.
pub(crate) const LIBRARIES: &str = "libraries by hand";

/// The program with tasks, guards or handlers.
pub(crate) fn program(which: usize) -> &'static str {
    if which == FLOOR { env!("CARGO_BIN_EXE_work_supervised") } else { ALL[which].work }
}

pub(crate) struct Contender {
    pub(crate) name: &'static str,
    /// The package whose version is shown.
    pub(crate) package: &'static str,
    /// In the chart.
    pub(crate) color: &'static str,
    /// In the chart: an SVG path around 0, 0.
    pub(crate) marker: &'static str,
    /// The idle service.
    pub(crate) serve: &'static str,
    /// The program with tasks, guards or handlers.
    pub(crate) work: &'static str,
    /// The idle service's source.
    pub(crate) source: &'static str,
    /// Its line in a manifest, besides tokio's.
    pub(crate) dependency: Option<&'static str>,
}

impl Contender {
    /// The name and the version.
    pub(crate) fn label(&self) -> String {
        let Self { name, package, .. } = self;
        let version = machine::version(package);
        if name == package { format!("{name} {version}") } else { format!("{name} ({package} {version})") }
    }
}
