//! Compares what a platform grants with a program that uses `graceful`, before either is deployed.
//!
//! A [`Program`] has a grace period, a lame duck, signals, probes and handlers. A platform grants it a time, sends it a
//! signal, and probes it. A [`Check`] returns an [`Outcome`] with a [`Finding`] for each contradiction, and says what it
//! has checked and what not. This crate reads no files, talks to no cluster, and depends on no runtime.
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
//! let findings = Check::new(&program).run(&[Source { name: "pod.yaml", text }])?.findings;
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
//! # Files
//!
//! A file is recognised by its name and its content: manifests of Kubernetes, files of Docker Compose, Dockerfiles, units
//! of systemd, task definitions of Amazon ECS, fly.toml, and jobs of Nomad. Where no file says what is granted,
//! [`Granted`] has the documented defaults of platforms, or a time and a signal that are known from elsewhere.
//!
//! ## Kubernetes
//!
//! The check reads every document of every source: Pods; the pod templates of Kubernetes' own kinds, of Argo's Rollout,
//! Knative's Service, OpenShift's DeploymentConfig and KEDA's ScaledJob, and of any other object with
//! `spec.template.spec.containers`; Lists of these; and the PodDisruptionBudgets, Services, HorizontalPodAutoscalers,
//! KEDA's ScaledObjects, ConfigMaps and PersistentVolumeClaims that belong to them. It skips other kinds, the tests of a
//! Helm chart, and objects that another of the objects has created, such as the ReplicaSets of a Deployment and their
//! Pods. Pods of one owner that is not among the sources are reported together.
//!
//! The container's variables `GRACEFUL_GRACE_PERIOD`, `GRACEFUL_LAME_DUCK`, `GRACEFUL_DRAIN_TIMEOUT` and
//! `GRACEFUL_PROBES`, from `env` or `envFrom`, override the program's own values, as they do at run time. A ConfigMap
//! is read if it is among the sources. A Secret is never read.
//!
//! ## Other platforms
//!
//! Files of Docker Compose are merged in the order of the sources, as Compose merges them. A service may extend one of another
//! source. A variable has its default: the check reads no environment. Of Amazon ECS it reads task definitions, lists of
//! container definitions, and templates of CloudFormation.
//!
//! Of a Dockerfile it reads the last stage, with the stages that it is built on, or the one whose name is asked for. A
//! Dockerfile says nothing about the time. Drop-ins of systemd are read after the unit that their folder names, whatever the
//! order of the sources. Its socket units are compared with the sockets that the program takes by name. It also reads fly.toml, and the jobs of Nomad in HCL and in JSON.
//!
//! # What is allowed
//!
//! A finding can be right and still be wanted. A comment `# graceful: allow RULE: reason` allows a rule in its document, or
//! in its file. An annotation `graceful/allow: "RULE: reason"` of an object of Kubernetes, or of its pod template, allows it
//! for the object; each line of the annotation is for one rule. [`Check::allow`] allows it everywhere. What is allowed is in
//! [`Outcome::allowed`]. Without a reason nothing is allowed, and a declaration that allows nothing is a note.
//!
//! If the time of preStop cannot be read, a comment `# graceful: pre-stop 20s` or an annotation `graceful/pre-stop: "20s"`
//! declares the longest time, which is then part of the sum.
//!
//! # The promise
//!
//! If there is no error, and no warning about something unknown ([`Rule::is_doubt`]), the program has enough time: the
//! platform never kills a program that ends within its grace period. An allowed finding is no promise. Exceptions:
//!
//! - A node that shuts down, an eviction and `kubectl delete --grace-period` may grant less than the manifest says.
//! - A Secret, and a ConfigMap that is not among the sources, may set the variables above. The check assumes that they do not.
//! - So may the files of `environmentFiles`, and those of `env_file` that are not among the sources.
//! - Without `command`, the image may start a shell. The check assumes that it starts the program.
//! - A sidecar is stopped after the other containers. The check assumes that these take 30 s, the default of a pod, or
//!   their preStop if it is longer.
//! - Knative's proxy holds back the signal until no request has come for 30 s. The check assumes that no request comes.
//!
//! # Limits
//!
//! The text may be hostile. A source with more than two million values, expanded aliases included, or with more than
//! 255 levels, is an error. Nothing here is recursive, except for TOML and HCL, which may have 80 and 64 levels. The check needs at most about
//! 100 bytes per value besides the text. A source that is neither YAML nor JSON may have 1 MiB; otherwise the caller limits
//! the length of the text.

mod check;
mod choice;
mod copies;
mod declaration;
mod environment;
mod error;
mod finding;
mod finish;
mod format;
mod grant;
mod granted;
mod model;
mod outcome;
mod program;
mod reader;
mod rule;
mod rules;
mod shell;
mod snippet;
mod syntax;
mod template;
mod text;
mod tree;
mod yaml;

pub use graceful_core::HandlerPhase;
pub use graceful_core::record::SocketKind;

pub use self::check::{Check, Source};
pub use self::error::{Error, ErrorKind};
pub use self::finding::Finding;
pub use self::granted::Granted;
pub use self::outcome::{Allowed, Checked, Outcome, Skipped};
pub use self::program::{Handler, Program, Socket};
pub use self::rule::{Rule, Severity};
pub use self::snippet::snippet;
