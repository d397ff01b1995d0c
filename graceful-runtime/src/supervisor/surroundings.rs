//! What the process runs in, if it wants to know how it goes: systemd, and the kubelet.
//!
//! Nothing here waits, but for [`Surroundings::reported`], which says how long.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;

#[cfg(feature = "kubernetes")]
use crate::kubernetes::TerminationLog;
use crate::program::Program;
use crate::report::Report;
#[cfg(all(feature = "systemd", target_os = "linux"))]
use crate::systemd::Systemd;

/// Who is told. Nobody, without the features `kubernetes` and `systemd`.
#[derive(Clone)]
pub(super) struct Surroundings {
    #[cfg(all(feature = "systemd", target_os = "linux"))]
    systemd: Option<Arc<Systemd>>,
    #[cfg(feature = "kubernetes")]
    termination_log: Arc<TerminationLog>,
}

#[cfg_attr(
    not(all(feature = "kubernetes", feature = "systemd", target_os = "linux")),
    allow(unused_variables, clippy::unused_self, clippy::unused_async, reason = "there may be nobody to tell")
)]
impl Surroundings {
    /// Reads what the environment says of them.
    pub(super) fn find(program: &Program) -> Self {
        Self {
            #[cfg(all(feature = "systemd", target_os = "linux"))]
            systemd: Systemd::find(&program.voice).map(Arc::new),
            #[cfg(feature = "kubernetes")]
            termination_log: Arc::new(TerminationLog::find()),
        }
    }

    /// Keeps them informed, from tasks of the supervisor's runtime: call it inside that.
    pub(super) fn attend(&self, program: &'static Program, app: &Handle) {
        #[cfg(all(feature = "systemd", target_os = "linux"))]
        if let Some(systemd) = &self.systemd {
            systemd.attend(program, app);
        }
    }

    /// Whether one of them waits for the program to say that it is ready.
    #[cfg(any(feature = "json", all(feature = "systemd", target_os = "linux")))]
    pub(super) fn wait_for_ready(&self) -> bool {
        #[cfg(all(feature = "systemd", target_os = "linux"))]
        return self.systemd.is_some();
        #[cfg(not(all(feature = "systemd", target_os = "linux")))]
        false
    }

    /// Tells them at once where the program stands.
    pub(super) fn tell(&self, program: &Program) {
        #[cfg(all(feature = "systemd", target_os = "linux"))]
        if let Some(systemd) = &self.systemd {
            systemd.tell(&program.lifecycle);
        }
    }

    /// Has the report written.
    pub(super) fn report(&self, report: &Arc<Report>) {
        #[cfg(feature = "kubernetes")]
        self.termination_log.write(Arc::clone(report));
    }

    /// The same for an end by force.
    pub(super) fn report_as_it_stands(&self, program: &Program, code: u8) {
        #[cfg(feature = "kubernetes")]
        if let Some(record) = program.record() {
            self.report(&Arc::new(program.report(record, code)));
        }
    }

    /// Waits until the report is written, but no longer than `patience`.
    pub(super) async fn reported(&self, patience: Duration) {
        #[cfg(feature = "kubernetes")]
        self.termination_log.written(patience).await;
    }
}
