//! The platform that runs the process: notifies systemd, the kubelet and the metrics' recorder, and warns when they wait for a service that is never
//! ready.
//!
//! Nothing here waits, except [`Platform::reported`], which has a timeout.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;

#[cfg(any(feature = "json", all(feature = "systemd", target_os = "linux")))]
pub(super) use self::readiness::warn_if_never_ready;

use crate::exit::Exit;
#[cfg(feature = "kubernetes")]
use crate::kubernetes::TerminationLog;
#[cfg(feature = "metrics")]
use crate::metrics;
use crate::program::Program;
use crate::report::Report;
#[cfg(all(feature = "systemd", target_os = "linux"))]
use crate::spawn;
#[cfg(all(feature = "systemd", target_os = "linux"))]
use crate::systemd::Systemd;

/// The platforms that are notified. None without the features `kubernetes`, `metrics` and `systemd`.
#[derive(Clone)]
pub(super) struct Platform {
    #[cfg(feature = "metrics")]
    program: &'static Program,
    #[cfg(all(feature = "systemd", target_os = "linux"))]
    systemd: Option<Arc<Systemd>>,
    #[cfg(feature = "kubernetes")]
    termination_log: Arc<TerminationLog>,
}

#[cfg_attr(
    not(all(feature = "kubernetes", feature = "metrics", feature = "systemd", target_os = "linux")),
    allow(unused_variables, clippy::unused_self, clippy::unused_async, reason = "there may be nobody to notify")
)]
impl Platform {
    /// Finds the platforms, from the environment.
    pub(super) fn find(program: &'static Program) -> Self {
        Self {
            #[cfg(feature = "metrics")]
            program,
            #[cfg(all(feature = "systemd", target_os = "linux"))]
            systemd: Systemd::find(&program.output)
                .inspect(|_| program.lifecycle.readiness.systemd_waits())
                .map(Arc::new),
            #[cfg(feature = "kubernetes")]
            termination_log: Arc::new(TerminationLog::find()),
        }
    }

    /// Spawns the tasks that notify the platforms, on the supervisor's runtime.
    pub(super) fn attend(&self, program: &'static Program, app: &Handle, supervisor: &Handle) {
        #[cfg(all(feature = "systemd", target_os = "linux"))]
        if let Some(systemd) = &self.systemd {
            let (systemd, app) = (Arc::clone(systemd), app.clone());
            spawn::task(supervisor, async move { systemd.attend(program, &app) });
        }
    }

    /// Notifies the platforms of the phase, unless they have been.
    pub(super) fn notify(&self, program: &Program) {
        #[cfg(all(feature = "systemd", target_os = "linux"))]
        if let Some(systemd) = &self.systemd {
            systemd.tell(&program.lifecycle);
        }
    }

    /// Starts to write the report of a shutdown that ends in this way.
    pub(super) fn report(&self, report: &Arc<Report>, exit: Exit) {
        #[cfg(feature = "metrics")]
        metrics::ended(self.program, report, exit);
        #[cfg(feature = "kubernetes")]
        self.termination_log.write(Arc::clone(report));
    }

    /// Waits until the metrics are recorded, at most for `limit`.
    pub(super) async fn measured(&self, limit: Duration) {
        #[cfg(feature = "metrics")]
        metrics::recorded(self.program, limit).await;
    }

    /// Waits until the report is written, at most for `limit`.
    pub(super) async fn reported(&self, limit: Duration) {
        #[cfg(feature = "kubernetes")]
        self.termination_log.written(limit).await;
    }
}

/// The warning for a service that is never ready.
#[cfg(any(feature = "json", all(feature = "systemd", target_os = "linux")))]
mod readiness {
    #[cfg(test)]
    mod tests;

    use std::time::Duration;

    use tokio::time::sleep;

    use crate::events;
    use crate::program::Program;
    use crate::readiness::{Waiting, reasons};

    /// How long a program may take to be ready, while a platform waits for it, before it is warned about.
    ///
    /// systemd gives up after 90 s unless the unit sets `TimeoutStartSec`.
    const READINESS_TIMEOUT: Duration = Duration::from_secs(60);

    /// Logs one warning if a platform waits for the program and the program is not ready after a minute.
    pub(crate) async fn warn_if_never_ready(program: &'static Program) {
        if let Some(waiting) = never_ready(program).await {
            let missing = program.lifecycle.readiness.not_ready().unwrap_or_default();
            let never_said = || "`graceful::ready()` was never called".to_owned();
            let why = if missing.is_empty() { never_said() } else { reasons(&missing) };
            program.output.log(move || events::never_ready(READINESS_TIMEOUT, &why, waiting.consequence()));
        }
    }

    /// Waits for a minute, and returns which platforms still wait.
    async fn never_ready(program: &Program) -> Option<Waiting> {
        sleep(READINESS_TIMEOUT).await;
        program.lifecycle.readiness.waiting().filter(|_| !program.lifecycle.is_shutting_down())
    }

    impl Waiting {
        /// What happens if the program is never ready.
        pub(crate) fn consequence(self) -> &'static str {
            match (self.probes, self.systemd) {
                (_, false) => "`/ready` answers 503",
                (false, true) => "systemd ends a unit of `Type=notify` after `TimeoutStartSec`",
                (true, true) => {
                    "`/ready` answers 503, and systemd ends a unit of `Type=notify` after `TimeoutStartSec`"
                }
            }
        }
    }
}
