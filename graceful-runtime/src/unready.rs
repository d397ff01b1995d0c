//! The warning for a service that stays unready because it never says that it is ready.

use std::time::Duration;

use tokio::time::sleep;

use crate::events;
use crate::lifecycle::Phase;
use crate::program::Program;

/// How long a program that serves probes may take to be ready without a word about it.
const TO_BE_READY: Duration = Duration::from_secs(60);

/// Warns once when the probes of a program that has been running for a minute say that it isn't ready yet, because
/// it never said so.
pub(crate) async fn warn_if_never_ready(program: &'static Program) {
    if never_ready(program).await {
        program.voice.log(move || events::never_ready(TO_BE_READY));
    }
}

pub(super) async fn never_ready(program: &Program) -> bool {
    sleep(TO_BE_READY).await;
    let running = program.lifecycle.phase() == Phase::Running;
    running && program.serves_probes() && !program.lifecycle.is_ready()
}
