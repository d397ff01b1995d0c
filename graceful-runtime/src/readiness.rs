//! Readiness: whether the service was ever reported ready, and who waits for that.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::SetOnce;

#[derive(Default)]
pub(crate) struct Readiness {
    ready: SetOnce<()>,
    probes_wait: AtomicBool,
    systemd_waits: AtomicBool,
}

/// Which platforms wait until the program is ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Waiting {
    /// The clients of its probes.
    pub(crate) probes: bool,
    /// systemd, which waits for `READY=1`.
    pub(crate) systemd: bool,
}

impl Readiness {
    pub(crate) fn set(&self) {
        // It may have been set before.
        let _ = self.ready.set(());
    }

    /// Whether it was ever ready.
    pub(crate) fn is_set(&self) -> bool {
        self.ready.initialized()
    }

    /// Resolves when it is ready, or at once if it ever was.
    #[cfg(all(feature = "systemd", target_os = "linux"))]
    pub(crate) async fn becomes_set(&self) {
        self.ready.wait().await;
    }

    /// Records that the program answers probes.
    #[cfg(any(test, feature = "axum", feature = "probes"))]
    pub(crate) fn probes_wait(&self) {
        self.probes_wait.store(true, Ordering::Relaxed);
    }

    /// Records that systemd is notified.
    #[cfg(any(test, all(feature = "systemd", target_os = "linux")))]
    pub(crate) fn systemd_waits(&self) {
        self.systemd_waits.store(true, Ordering::Relaxed);
    }

    /// Who waits, if it was never ready.
    pub(crate) fn waiting(&self) -> Option<Waiting> {
        let probes = self.probes_wait.load(Ordering::Relaxed);
        let systemd = self.systemd_waits.load(Ordering::Relaxed);
        (!self.is_set() && (probes || systemd)).then_some(Waiting { probes, systemd })
    }
}
