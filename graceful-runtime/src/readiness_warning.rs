//! The warning for a service that stays unready because it never says that it is ready.

#[cfg(test)]
mod tests;

use std::time::Duration;

use tokio::time::sleep;

use crate::events;
use crate::program::Program;

/// How long a program may take to be ready without a word about it, while somebody waits for it.
///
/// systemd gives up after 90 s when its unit says nothing else.
const READINESS_TIMEOUT: Duration = Duration::from_secs(60);

/// Who waits for a program to be ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Waiting {
    /// Whoever asks the probes that it serves.
    pub(crate) probes: bool,
    /// systemd, which is told by `READY=1`.
    pub(crate) systemd: bool,
}

/// Warns once when a program that somebody waits for has been running for a minute and isn't ready yet, because it never
/// said so. Whether systemd waits is known at the start.
pub(crate) async fn warn_if_never_ready(program: &'static Program, systemd: bool) {
    if let Some(waiting) = never_ready(program, systemd).await {
        program.output.log(move || events::never_ready(READINESS_TIMEOUT, waiting.consequence()));
    }
}

/// Who waits in vain, a minute from now.
async fn never_ready(program: &Program, systemd: bool) -> Option<Waiting> {
    sleep(READINESS_TIMEOUT).await;
    let unready = !program.lifecycle.is_shutting_down() && !program.lifecycle.is_ready();
    let waiting = Waiting { probes: program.serves_probes(), systemd };
    (unready && (waiting.probes || waiting.systemd)).then_some(waiting)
}

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
