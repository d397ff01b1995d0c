//! Kubernetes manifests in, findings out: does the deployment agree with the program?
//!
//! A program of the crate `graceful` says how it shuts down: its grace period, its lame duck, its signals, its probes,
//! its handlers. A manifest says what the pod is granted. This crate holds the one against the other, before either is
//! deployed. It reads no files, talks to no cluster, and depends on no runtime.
//!
//! ```
//! use std::time::Duration;
//!
//! use graceful_manifest::{Check, Program, Severity, Source};
//!
//! let program = Program { grace_period: Duration::from_secs(28), ..Program::default() };
//! let text = "
//! apiVersion: v1
//! kind: Pod
//! metadata: { name: api }
//! spec:
//!   containers:
//!     - name: api
//!       lifecycle: { preStop: { sleep: { seconds: 5 } } }
//! ";
//!
//! let findings = Check::new(&program).run(&[Source { name: "pod.yaml", text }])?;
//! assert_eq!(findings[0].severity, Severity::Error);
//! assert_eq!(
//!     findings[0].to_string(),
//!     "pod.yaml:5:1: error: Pod/api: the pod is granted 30 s, the default, but needs 34 s: preStop 5 s + grace period \
//!      28 s + 1 s to spare; write `terminationGracePeriodSeconds: 34`, or lower the program's grace period to 24s \
//!      [grace-period-too-short]"
//! );
//! # Ok::<(), graceful_manifest::Error>(())
//! ```
//!
//! # What is looked at
//!
//! Every document of every source: pod templates in Deployment, StatefulSet, DaemonSet, ReplicaSet, Job and CronJob, Pods,
//! and Lists of them; PodDisruptionBudgets, Services and HorizontalPodAutoscalers that belong to them. Other kinds are
//! skipped. So are the tests of a Helm chart, and what another of these objects has made, as a Deployment its ReplicaSets,
//! and they their Pods: it is taken for a copy.
//!
//! In the container, the variables `GRACEFUL_GRACE_PERIOD`, `GRACEFUL_LAME_DUCK`, `GRACEFUL_DRAIN_TIMEOUT` and
//! `GRACEFUL_PROBES` of `env` and `envFrom` override what the program says, as they do when it runs. ConfigMaps are read
//! where they are among the sources, Secrets are not.
//!
//! # What no error means
//!
//! When there is no error, and no warning that something cannot be known ([`Rule::is_doubt`]), a pod that is deleted
//! has enough time: a program that ends within its grace period is never killed. Nodes that shut down, evictions and
//! `kubectl delete --grace-period` may grant less than the manifest says. And `envFrom` may set more than is seen here: a
//! Secret, and a ConfigMap that is not among the sources, are taken to set none of the variables above. Where there is no
//! `command`, the image is taken to start the program itself, and not a shell.
//!
//! # Limits
//!
//! The text may be hostile. A source that expands to more than two million values, by its length or by aliases, or that
//! nests deeper than 255, is an error; nothing here is recursive. Memory is at most some 100 bytes a value besides the
//! text. How long a text may be is for the caller to say.

mod check;
mod environment;
mod error;
mod finding;
mod model;
mod program;
mod rule;
mod rules;
mod shell;
mod snippet;
mod text;
mod yaml;

pub use graceful_core::HandlerPhase;

pub use self::check::{Check, Source};
pub use self::error::{Error, ErrorKind};
pub use self::finding::Finding;
pub use self::program::{Handler, Program};
pub use self::rule::{Rule, Severity};
pub use self::snippet::snippet;
