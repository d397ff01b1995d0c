//! The findings in manifests.

mod cases;
mod compose;
mod config_maps;
mod corpus;
mod declarations;
mod dockerfile;
mod ecs;
mod errors;
mod files;
mod findings;
mod fly;
mod guide;
mod hostile;
mod kubelet;
mod kubernetes;
mod nomad;
mod outcome;
mod pages;
mod platform;
mod snippet;
mod sockets;
mod systemd;
mod updates;
