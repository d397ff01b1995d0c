//! The platform that runs the process: what systemd and the kubelet are notified of, and the warning for a service that they
//! wait for in vain.
//!
//! Nothing here waits, except [`Platform::reported`], which has a timeout.

#[cfg(all(test, any(feature = "json", all(feature = "systemd", target_os = "linux"))))]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
#[cfg(any(feature = "json", all(feature = "systemd", target_os = "linux")))]
use tokio::time::sleep;

#[cfg(any(feature = "json", all(feature = "systemd", target_os = "linux")))]
use crate::events;
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

/// How long a program may take to be ready without a word about it, while somebody waits for it.
///
/// systemd gives up after 90 s when its unit says nothing else.
#[cfg(any(feature = "json", all(feature = "systemd", target_os = "linux")))]
const READINESS_TIMEOUT: Duration = Duration::from_secs(60);

/// Who waits for a program to be ready.
#[cfg(any(feature = "json", all(feature = "systemd", target_os = "linux")))]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Waiting {
    /// Whoever asks the probes that it serves.
    pub(crate) probes: bool,
    /// systemd, which is told by `READY=1`.
    pub(crate) systemd: bool,
}

/// Warns once when a program that somebody waits for has been running for a minute and isn't ready yet, because it never
/// said so. Whether systemd waits is known at the start.
#[cfg(any(feature = "json", all(feature = "systemd", target_os = "linux")))]
pub(crate) async fn warn_if_never_ready(program: &'static Program, systemd: bool) {
    if let Some(waiting) = never_ready(program, systemd).await {
        program.output.log(move || events::never_ready(READINESS_TIMEOUT, waiting.consequence()));
    }
}

/// Who waits in vain, a minute from now.
#[cfg(any(feature = "json", all(feature = "systemd", target_os = "linux")))]
async fn never_ready(program: &Program, systemd: bool) -> Option<Waiting> {
    sleep(READINESS_TIMEOUT).await;
    let unready = !program.lifecycle.is_shutting_down() && !program.lifecycle.is_ready();
    let waiting = Waiting { probes: program.serves_probes(), systemd };
    (unready && (waiting.probes || waiting.systemd)).then_some(waiting)
}

#[cfg(any(feature = "json", all(feature = "systemd", target_os = "linux")))]
impl Waiting {
    /// What comes of it when the program never is.
    pub(crate) fn consequence(self) -> &'static str {
        match (self.probes, self.systemd) {
            (_, false) => "`/ready` answers 503",
            (false, true) => "systemd ends a unit of `Type=notify` after `TimeoutStartSec`",
            (true, true) => "`/ready` answers 503, and systemd ends a unit of `Type=notify` after `TimeoutStartSec`",
        }
    }
}
