//! The guide, in reading order.
//!
//! The first three chapters are for everybody. [Start](start) is a program that ends cleanly, [Lifecycle](lifecycle) explains
//! the words that all others use, and [Configuration](configuration) lists every key and variable. The chapters after them can
//! be read in any order: a part of the program each, then the platforms, then what helps to run and test it. The code in all
//! chapters is compiled by the tests.
//!
//! 1. [Start](start): from an empty folder to the first clean SIGTERM
//! 2. [Lifecycle](lifecycle): phases, glossary, signals, exit codes, plan and report, all functions
//! 3. [Configuration](configuration): every key, variable and feature
//!
//! The parts of a program:
//!
//! 4. [Handlers](handlers): arguments, the drain, registering at run time
//! 5. [HTTP](http): axum, hyper, tonic, actix-web, TLS, several servers, load balancers
//! 6. [Workers](workers): job queues and brokers
//! 7. [Scopes](scopes): parts that end while the rest continues
//! 8. [Health](health): health checks, probes, parts of the readiness
//!
//! Platforms:
//!
//! 9. [Kubernetes](kubernetes): what happens to a pod, and what to write
//! 10. [Docker and other platforms](docker): Compose, ECS, Nomad, Fly.io, Cloud Run
//! 11. [Under systemd](systemd): units of `Type=notify`
//! 12. [Child processes and process 1](child_processes): who gets which signal, orphans and zombies
//!
//! Operating and testing:
//!
//! 13. [Observability](observability): events and fields, spans, the report, metrics, flushing logs and traces, alerts
//! 14. [Testing](testing): rehearsing the shutdown, and what plain tests share
//! 15. [Libraries and workspaces](libraries): handlers in other crates, guards, a main that graceful does not
//!     run, a renamed dependency
//! 16. [Command-line programs](command_line): subcommands, batch jobs, programs that end by themselves
//! 17. [Troubleshooting](troubleshooting): every message, pitfalls, questions
//!
//! Background:
//!
//! 18. [Cost](cost): benchmarks against other crates
//! 19. [How it works](how_it_works): from the attribute to the exit
//! 20. Migrating from [axum](migrating_from_axum), [signals by hand](migrating_from_signals_by_hand),
//!     [tokio-graceful-shutdown](migrating_from_tokio_graceful_shutdown), [ctrlc](migrating_from_ctrlc); with
//!     [other servers](migrating_with_other_servers): axum 0.6 and 0.7, hyper 0.14, actix-web
//! 21. [Comparison](comparison): when another crate is the better choice

/// In the repository the chapters link to files. In front of a chapter, these definitions win, and lead to the modules.
macro_rules! links {
    () => {
        "\
[benchmarks]: crate::guide::cost
[child processes]: crate::guide::child_processes
[command line]: crate::guide::command_line
[configuration]: crate::guide::configuration
[ctrlc]: crate::guide::migrating_from_ctrlc
[docker]: crate::guide::docker
[handlers]: crate::guide::handlers
[health]: crate::guide::health
[http]: crate::guide::http
[kubernetes]: crate::guide::kubernetes
[libraries]: crate::guide::libraries
[lifecycle]: crate::guide::lifecycle
[observability]: crate::guide::observability
[other servers]: crate::guide::migrating_with_other_servers
[scopes]: crate::guide::scopes
[systemd]: crate::guide::systemd
[testing]: crate::guide::testing
[tokio-graceful-shutdown]: crate::guide::migrating_from_tokio_graceful_shutdown
[workers]: crate::guide::workers

"
    };
}

/// A chapter: its number, its module, its file in `docs`, and the link to the next chapter.
macro_rules! chapter {
    ($number:literal, $module:ident, $file:literal, $next:literal) => {
        #[doc = links!()]
        #[doc = include_str!(concat!("../docs/", $file))]
        #[doc = concat!("\n\nChapter ", $number, " of the [guide](crate::guide). ", $next)]
        pub mod $module {}
    };
}

chapter!(1, start, "start.md", "Next: [Lifecycle](lifecycle)");
chapter!(2, lifecycle, "lifecycle.md", "Next: [Configuration](configuration)");
chapter!(3, configuration, "configuration.md", "Next: [Handlers](handlers)");
chapter!(4, handlers, "handlers.md", "Next: [HTTP](http)");
chapter!(5, http, "http.md", "Next: [Workers](workers)");
chapter!(6, workers, "workers.md", "Next: [Scopes](scopes)");
chapter!(7, scopes, "scopes.md", "Next: [Health](health)");
chapter!(8, health, "health.md", "Next: [Kubernetes](kubernetes)");
chapter!(9, kubernetes, "kubernetes.md", "Next: [Docker and other platforms](docker)");
chapter!(10, docker, "docker.md", "Next: [Under systemd](systemd)");
chapter!(11, systemd, "systemd.md", "Next: [Child processes and process 1](child_processes)");
chapter!(12, child_processes, "child-processes.md", "Next: [Observability](observability)");
chapter!(13, observability, "observability.md", "Next: [Testing](testing)");
chapter!(14, testing, "testing.md", "Next: [Libraries and workspaces](libraries)");
chapter!(15, libraries, "libraries.md", "Next: [Command-line programs](command_line)");
chapter!(16, command_line, "command-line.md", "Next: [Troubleshooting](troubleshooting)");
chapter!(17, troubleshooting, "troubleshooting.md", "Next: [Cost](cost)");
chapter!(18, cost, "benchmarks.md", "Next: [How it works](how_it_works)");
chapter!(19, how_it_works, "how-it-works.md", "Next: [Migrating from axum](migrating_from_axum)");
chapter!(
    20,
    migrating_from_axum,
    "migrating/axum.md",
    "Next: [Migrating from signals by hand](migrating_from_signals_by_hand)"
);
chapter!(
    20,
    migrating_from_signals_by_hand,
    "migrating/signals-by-hand.md",
    "Next: [Migrating from tokio-graceful-shutdown](migrating_from_tokio_graceful_shutdown)"
);
chapter!(
    20,
    migrating_from_tokio_graceful_shutdown,
    "migrating/tokio-graceful-shutdown.md",
    "Next: [Migrating from ctrlc](migrating_from_ctrlc)"
);
chapter!(20, migrating_from_ctrlc, "migrating/ctrlc.md", "Next: [Other servers](migrating_with_other_servers)");
chapter!(20, migrating_with_other_servers, "migrating/other-servers.md", "Next: [Comparison](comparison)");
chapter!(21, comparison, "comparison.md", "It is the last one.");
