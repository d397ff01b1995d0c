//! The guide, in reading order.
//!
//! 1. [Lifecycle](lifecycle): phases, glossary, signals, exit codes, plan and report, all functions
//! 2. [Configuration](configuration): every key, variable and feature
//! 3. [Handlers](handlers): arguments, the drain, registering at run time
//! 4. [HTTP](http): axum, hyper, tonic, load balancers
//! 5. [Workers](workers): job queues and brokers
//! 6. [Health](health): health checks and probes
//! 7. [Kubernetes](kubernetes): what happens to a pod, and what to write
//! 8. [Under systemd](systemd): units of `Type=notify`
//! 9. [Testing](testing): rehearsing the shutdown
//! 10. [Observability](observability): every event with its fields, the report, alerts
//! 11. [Troubleshooting](troubleshooting): every message, and pitfalls
//! 12. [How it works](how_it_works): from the attribute to the exit
//! 13. [Cost](cost): benchmarks against other crates
//! 14. [Comparison](comparison): when another crate is the better choice
//!
//! Migrating from [axum](migrating_from_axum), [signals by hand](migrating_from_signals_by_hand), and
//! [tokio-graceful-shutdown](migrating_from_tokio_graceful_shutdown).

#[doc = include_str!("../docs/lifecycle.md")]
pub mod lifecycle {}

#[doc = include_str!("../docs/configuration.md")]
pub mod configuration {}

// In the repository the chapters link to files. Here a definition comes first, which leads to the module.
#[doc = "[configuration]: crate::guide::configuration\n\n"]
#[doc = include_str!("../docs/handlers.md")]
pub mod handlers {}

#[doc = include_str!("../docs/http.md")]
pub mod http {}

#[doc = include_str!("../docs/workers.md")]
pub mod workers {}

#[doc = include_str!("../docs/health.md")]
pub mod health {}

#[doc = include_str!("../docs/kubernetes.md")]
pub mod kubernetes {}

#[doc = include_str!("../docs/systemd.md")]
pub mod systemd {}

#[doc = include_str!("../docs/testing.md")]
pub mod testing {}

#[doc = include_str!("../docs/observability.md")]
pub mod observability {}

#[doc = include_str!("../docs/troubleshooting.md")]
pub mod troubleshooting {}

#[doc = "[Benchmarks]: crate::guide::cost\n\n"]
#[doc = include_str!("../docs/how-it-works.md")]
pub mod how_it_works {}

#[doc = include_str!("../docs/benchmarks.md")]
pub mod cost {}

#[doc = include_str!("../docs/comparison.md")]
pub mod comparison {}

#[doc = include_str!("../docs/migrating/axum.md")]
pub mod migrating_from_axum {}

#[doc = include_str!("../docs/migrating/signals-by-hand.md")]
pub mod migrating_from_signals_by_hand {}

#[doc = include_str!("../docs/migrating/tokio-graceful-shutdown.md")]
pub mod migrating_from_tokio_graceful_shutdown {}
