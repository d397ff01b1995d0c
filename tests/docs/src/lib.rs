//! The code of the documents, compiled and run. It is not in the package itself, which would have to depend on everything that
//! the code uses. `tests/text.rs` checks that no chapter is missing here.

#![cfg(doctest)]

macro_rules! page {
    ($name:ident, $file:literal) => {
        #[doc = include_str!(concat!("../../../", $file))]
        struct $name;
    };
}

page!(Readme, "README.md");

page!(Main, "graceful-macros/docs/main.md");
page!(OnShutdown, "graceful-macros/docs/on_shutdown.md");
page!(HealthCheck, "graceful-macros/docs/health_check.md");
page!(Test, "graceful-macros/docs/test.md");

page!(Start, "docs/start.md");
page!(Lifecycle, "docs/lifecycle.md");
page!(Configuration, "docs/configuration.md");
page!(Handlers, "docs/handlers.md");
page!(Http, "docs/http.md");
page!(Workers, "docs/workers.md");
page!(Scopes, "docs/scopes.md");
page!(Health, "docs/health.md");
page!(Kubernetes, "docs/kubernetes.md");
page!(Docker, "docs/docker.md");
page!(Systemd, "docs/systemd.md");
page!(ChildProcesses, "docs/child-processes.md");
page!(Observability, "docs/observability.md");
page!(Testing, "docs/testing.md");
page!(Libraries, "docs/libraries.md");
page!(CommandLine, "docs/command-line.md");
page!(Troubleshooting, "docs/troubleshooting.md");
page!(Cost, "docs/benchmarks.md");
page!(HowItWorks, "docs/how-it-works.md");
page!(FromAxum, "docs/migrating/axum.md");
page!(FromSignalsByHand, "docs/migrating/signals-by-hand.md");
page!(FromTokioGracefulShutdown, "docs/migrating/tokio-graceful-shutdown.md");
page!(FromCtrlc, "docs/migrating/ctrlc.md");
page!(WithOtherServers, "docs/migrating/other-servers.md");
page!(Comparison, "docs/comparison.md");
