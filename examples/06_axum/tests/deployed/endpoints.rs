//! Where traffic for the service goes: to the pod, until it is said and heard that it is about to end.

use std::net::SocketAddr;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// From the deletion until every node's proxy has heard of it. Kubernetes promises nothing. This leaves two seconds of the
/// lame duck, or of preStop, to a machine that is too busy to run the clients.
const SPREADING: Duration = Duration::from_secs(3);

pub(crate) struct Endpoints {
    pod: SocketAddr,
    gone: OnceLock<Instant>,
}

impl Endpoints {
    pub(crate) fn of(pod: SocketAddr) -> Self {
        Self { pod, gone: OnceLock::new() }
    }

    /// The deletion: it needs no probe.
    pub(crate) fn remove(&self) {
        self.gone.get_or_init(|| Instant::now() + SPREADING);
    }

    /// Who is to be connected to. `None` when the pod is gone: the others of its deployment are not simulated.
    pub(crate) fn pod(&self) -> Option<SocketAddr> {
        self.gone.get().is_none_or(|gone| Instant::now() < *gone).then_some(self.pod)
    }
}
