//! Plays one combination: starts the program, and sends it its signals when it is time.

use std::thread;
use std::time::{Duration, Instant};

use graceful_fault_tests::{Combination, Fault, Timing, Trigger};
use graceful_process_tests::{Program, Running, Signal, ends};

use crate::seen::Seen;

const SUBJECT: &str = env!("CARGO_BIN_EXE_subject");

/// How long a process is stopped before the trigger.
const FOR_A_MOMENT: Duration = Duration::from_millis(50);
/// How long it is stopped beyond the deadline.
const BEYOND: Duration = Duration::from_millis(100);

pub(crate) fn grace_period(timing: Timing) -> Duration {
    match timing {
        Timing::Short => Duration::from_secs(3),
        Timing::Long => Duration::from_secs(8),
    }
}

pub(crate) fn play(combination: Combination) -> Seen {
    let (grace_period, drain_timeout) = match combination.timing() {
        Timing::Short => ("3s", "1s"),
        Timing::Long => ("8s", "3s"),
    };
    let program = Program::new(SUBJECT).arg(&combination.to_string());
    let program = program.grace_period(grace_period).lame_duck("50ms").drain_timeout(drain_timeout);
    // The reader of a full pipe must live.
    let (_reader, running) = match combination.fault {
        Fault::StderrBroken => (None, program.stderr(ends::broken()).start()),
        Fault::StdoutBroken => (None, program.stdout(ends::broken()).start()),
        Fault::StderrFull => {
            let (reader, full) = ends::full();
            (Some(reader), program.stderr(full).start())
        }
        Fault::StdoutFull => {
            let (reader, full) = ends::full();
            (Some(reader), program.stdout(full).start())
        }
        _ => (None, program.start()),
    };
    signals(combination, running)
}

fn signals(combination: Combination, mut running: Running) -> Seen {
    let Combination { trigger, place, fault, .. } = combination;
    if fault == Fault::Stopped && place.is_running() && running.is_told("striking") {
        stop_until(&mut running, Instant::now() + FOR_A_MOMENT);
    }
    let stuck = place.is_running() && fault.never_returns();
    let _ = running.is_told(match trigger.is_signal() {
        true if stuck => "striking",
        true => "ready",
        false => "triggers",
    });
    let triggered = Instant::now();
    if trigger.is_signal() {
        running.signal(if trigger.starts_with_sigint() { Signal::SIGINT } else { Signal::SIGTERM });
    }
    let mut deadline = triggered + grace_period(combination.timing());

    let moment = match trigger {
        _ if place.is_running() => "began drain_first",
        Trigger::SigtermTwice => "striking",
        _ if fault.never_returns() => "striking",
        _ => "struck",
    };
    if trigger == Trigger::SigtermTwice && running.is_told(moment) {
        running.signal(Signal::SIGTERM);
    }
    if trigger.later_sigints() > 0 && running.is_told(moment) {
        running.interrupt_again();
    }
    if trigger.later_sigints() > 1 && running.is_told("began first") {
        running.interrupt_again();
    }
    if fault == Fault::Stopped && !place.is_running() && running.is_told("striking") {
        stop_until(&mut running, deadline + BEYOND);
        // It couldn't be gone before.
        deadline = Instant::now();
    }
    let ended = running.end();
    let gone = Instant::now();
    Seen { late: gone.saturating_duration_since(deadline), early: deadline.saturating_duration_since(gone), ended }
}

fn stop_until(running: &mut Running, end: Instant) {
    running.signal(Signal::SIGSTOP);
    thread::sleep(end.saturating_duration_since(Instant::now()));
    running.signal(Signal::SIGCONT);
}
