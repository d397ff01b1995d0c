//! The code of the documents, compiled and run. Here rather than in the package itself, which would have to depend on all
//! that they use.

#![cfg(doctest)]

#[doc = include_str!("../../../README.md")]
struct Readme;

#[doc = include_str!("../../../graceful-macros/docs/main.md")]
struct Main;

#[doc = include_str!("../../../graceful-macros/docs/on_shutdown.md")]
struct OnShutdown;

#[doc = include_str!("../../../graceful-macros/docs/health_check.md")]
struct HealthCheck;

#[doc = include_str!("../../../docs/how-it-works.md")]
struct HowItWorks;

#[doc = include_str!("../../../docs/kubernetes.md")]
struct Kubernetes;

#[doc = include_str!("../../../docs/workers.md")]
struct Workers;

#[doc = include_str!("../../../docs/testing.md")]
struct Testing;

#[doc = include_str!("../../../docs/migrating/axum.md")]
struct FromAxum;

#[doc = include_str!("../../../docs/migrating/signals-by-hand.md")]
struct FromSignalsByHand;

#[doc = include_str!("../../../docs/migrating/tokio-graceful-shutdown.md")]
struct FromTokioGracefulShutdown;

#[doc = include_str!("../../../docs/lifecycle.md")]
struct Lifecycle;

#[doc = include_str!("../../../docs/configuration.md")]
struct Configuration;

#[doc = include_str!("../../../docs/handlers.md")]
struct Handlers;

#[doc = include_str!("../../../docs/http.md")]
struct Http;

#[doc = include_str!("../../../docs/health.md")]
struct Health;

#[doc = include_str!("../../../docs/troubleshooting.md")]
struct Troubleshooting;

#[doc = include_str!("../../../docs/observability.md")]
struct Observability;
