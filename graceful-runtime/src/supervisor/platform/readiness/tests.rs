use std::time::Instant;

use super::*;
use crate::in_flight::Work;
use crate::trigger::Reason;

type Step = fn(&Program);

const READY: Step = |program| program.lifecycle.set_ready();
const END: Step = |program| assert!(program.lifecycle.begin(Reason::Requested));

fn program() -> &'static Program {
    let work = Work::leaked();
    Box::leak(Box::new(Program::new(work, Instant::now, Vec::new)))
}

/// Who waits in vain when these steps are taken just before the minute is over.
async fn consequence(systemd: bool, steps: &[Step]) -> Option<&'static str> {
    let program = program();
    if systemd {
        program.lifecycle.readiness.systemd_waits();
    }
    let asked = tokio::spawn(never_ready(program));
    sleep(READINESS_TIMEOUT - Duration::from_secs(1)).await;
    steps.iter().for_each(|step| step(program));
    asked.await.unwrap().map(Waiting::consequence)
}

#[tokio::test(start_paused = true)]
async fn whoever_nobody_waits_for_is_not_warned() {
    for steps in [&[][..], &[READY], &[END]] {
        assert_eq!(consequence(false, steps).await, None);
    }
}

#[cfg(feature = "json")]
#[tokio::test(start_paused = true)]
async fn only_who_serves_probes_and_is_not_ready_in_a_minute_is_warned() {
    const SERVE: Step = |program| program.lifecycle.readiness.probes_wait();

    assert_eq!(consequence(false, &[SERVE]).await, Some("`/ready` answers 503"));
    assert_eq!(consequence(false, &[SERVE, READY]).await, None);
    assert_eq!(consequence(false, &[SERVE, END]).await, None);
    let both = consequence(true, &[SERVE]).await.unwrap();
    assert_eq!(both, "`/ready` answers 503, and systemd ends a unit of `Type=notify` after `TimeoutStartSec`");
}

#[tokio::test(start_paused = true)]
async fn only_who_notifies_systemd_and_is_not_ready_in_a_minute_is_warned() {
    let ends = Some("systemd ends a unit of `Type=notify` after `TimeoutStartSec`");
    assert_eq!(consequence(true, &[]).await, ends);
    assert_eq!(consequence(true, &[READY]).await, None);
    assert_eq!(consequence(true, &[END]).await, None);
}
