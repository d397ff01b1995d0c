//! The platform that runs the process, and what it is notified of: systemd, and the kubelet.
//!
//! Nothing here waits, except [`Platform::reported`], which has a timeout.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;

#[cfg(feature = "kubernetes")]
use crate::kubernetes::TerminationLog;
use crate::program::Program;
use crate::report::Report;
#[cfg(all(feature = "systemd", target_os = "linux"))]
use crate::systemd::Systemd;

/// Who is notified: nobody, without the features `kubernetes` and `systemd`.
#[derive(Clone)]
pub(super) struct Platform {
    #[cfg(all(feature = "systemd", target_os = "linux"))]
    systemd: Option<Arc<Systemd>>,
    #[cfg(feature = "kubernetes")]
    termination_log: Arc<TerminationLog>,
}

#[cfg_attr(
    not(all(feature = "kubernetes", feature = "systemd", target_os = "linux")),
    allow(unused_variables, clippy::unused_self, clippy::unused_async, reason = "there may be nobody to notify")
)]
impl Platform {
    /// Reads from the environment which of them there are.
    pub(super) fn find(program: &Program) -> Self {
        Self {
            #[cfg(all(feature = "systemd", target_os = "linux"))]
            systemd: Systemd::find(&program.output).map(Arc::new),
            #[cfg(feature = "kubernetes")]
            termination_log: Arc::new(TerminationLog::find()),
        }
    }

    /// Spawns the tasks that notify them. Call it inside the supervisor's runtime.
    pub(super) fn attend(&self, program: &'static Program, app: &Handle) {
        #[cfg(all(feature = "systemd", target_os = "linux"))]
        if let Some(systemd) = &self.systemd {
            systemd.attend(program, app);
        }
    }

    /// Whether one of them waits for the program to be ready.
    #[cfg(any(feature = "json", all(feature = "systemd", target_os = "linux")))]
    pub(super) fn waits_for_ready(&self) -> bool {
        #[cfg(all(feature = "systemd", target_os = "linux"))]
        return self.systemd.is_some();
        #[cfg(not(all(feature = "systemd", target_os = "linux")))]
        false
    }

    /// Notifies them of the phase, if that has not been done.
    pub(super) fn notify(&self, program: &Program) {
        #[cfg(all(feature = "systemd", target_os = "linux"))]
        if let Some(systemd) = &self.systemd {
            systemd.tell(&program.lifecycle);
        }
    }

    /// Starts to write the report.
    pub(super) fn report(&self, report: &Arc<Report>) {
        #[cfg(feature = "kubernetes")]
        self.termination_log.write(Arc::clone(report));
    }

    /// Waits until the report is written, but no longer than `patience`.
    pub(super) async fn reported(&self, patience: Duration) {
        #[cfg(feature = "kubernetes")]
        self.termination_log.written(patience).await;
    }
}
