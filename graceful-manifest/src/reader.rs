//! The readers: each makes grants from the files of one platform.

pub(crate) mod compose;
pub(crate) mod dockerfile;
pub(crate) mod ecs;
pub(crate) mod fly;
pub(crate) mod kubernetes;
pub(crate) mod nomad;
pub(crate) mod systemd;

mod health_check;
mod kustomization;
mod remarks;
mod time_span;
mod variables;

/// The init process that Docker starts on demand. It passes signals on to its child only.
const INIT: [&str; 2] = ["docker-init", "--"];
