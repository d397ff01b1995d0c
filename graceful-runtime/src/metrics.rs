//! The metrics of the shutdown, through the facade `metrics`: every one in one place. docs/observability.md lists them.
//!
//! A recorder is foreign code that may block or panic, so it is called on the thread `graceful-metrics`. A rehearsal measures
//! nothing.

use std::sync::Arc;
use std::time::Duration;

use graceful_core::Phase;
use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

use crate::exit::Exit;
use crate::program::Program;
use crate::report::Report;
use crate::trigger::Reason;

const PHASE: &str = "graceful_phase";
const READY: &str = "graceful_ready";
const IN_FLIGHT: &str = "graceful_in_flight";
const BEGUN: &str = "graceful_shutdowns_begun_total";
const COMPLETED: &str = "graceful_shutdowns_completed_total";
const FORCED: &str = "graceful_forced_exits_total";
const PHASE_DURATION: &str = "graceful_phase_duration_seconds";
const HANDLERS: &str = "graceful_handlers_total";
const ABANDONED: &str = "graceful_abandoned_total";
const CUT: &str = "graceful_cut_connections_total";
const RESTARTS: &str = "graceful_task_restarts_total";

/// Describes the metrics and sets the gauges. Call it when the program may have installed its recorder.
pub(crate) fn running(program: &'static Program) {
    send(program, || {
        describe();
        gauges(program);
    });
}

/// Counts a shutdown that begins.
pub(crate) fn begun(program: &'static Program, reason: Reason) {
    send(program, move || {
        describe();
        counter!(BEGUN, "reason" => reason.label()).increment(1);
    });
}

/// Sets the gauges. Each piece of work in flight must not pay for one, so this is called when the readiness changes, when a
/// phase begins, and when the drain's progress is logged.
pub(crate) fn changed(program: &'static Program) {
    send(program, || gauges(program));
}

/// Counts a restart of a supervised task.
pub(crate) fn restarted(program: &'static Program, task: &Arc<str>) {
    let task = Arc::clone(task);
    send(program, move || counter!(RESTARTS, "task" => task).increment(1));
}

/// Counts what the report says of a shutdown that ends in this way.
pub(crate) fn ended(program: &'static Program, report: &Arc<Report>, exit: Exit) {
    let report = Arc::clone(report);
    send(program, move || count(&report, exit));
}

/// Waits until the recorder has everything, at most for `limit`.
pub(crate) async fn recorded(program: &Program, limit: Duration) {
    program.output.metrics.finished(limit).await;
}

fn send(program: &'static Program, update: impl FnOnce() + Send + 'static) {
    if program.has_supervisor() {
        program.output.metrics.send(update);
    }
}

fn describe() {
    describe_gauge!(PHASE, Unit::Count, "1 for the phase of the lifecycle that the process is in, otherwise 0");
    describe_gauge!(READY, Unit::Count, "1 while the process is ready, otherwise 0");
    describe_gauge!(IN_FLIGHT, Unit::Count, "Work in flight when the phase began or at the last progress line");
    describe_counter!(BEGUN, Unit::Count, "Shutdowns that have begun");
    describe_counter!(COMPLETED, Unit::Count, "Shutdowns that have run to their end");
    describe_counter!(FORCED, Unit::Count, "Shutdowns that the deadline or SIGINT has ended by force");
    describe_histogram!(PHASE_DURATION, Unit::Seconds, "How long each phase of the shutdown took");
    describe_counter!(HANDLERS, Unit::Count, "Shutdown handlers, by how they ended");
    describe_counter!(ABANDONED, Unit::Count, "Work that was abandoned at the end of the drain");
    describe_counter!(RESTARTS, Unit::Count, "Restarts of supervised tasks after an error or a panic");
    describe_counter!(CUT, Unit::Count, "Connections that were cut because their clients held them open");
}

/// Reads phase and readiness here, on the thread: the last call sees the last ones.
fn gauges(program: &Program) {
    let current = program.lifecycle.phase();
    for phase in [Phase::Running, Phase::LameDuck, Phase::Draining, Phase::Teardown, Phase::Stopped] {
        gauge!(PHASE, "phase" => phase.label()).set(if phase == current { 1.0 } else { 0.0 });
    }
    gauge!(READY).set(if program.lifecycle.is_ready() { 1.0 } else { 0.0 });
    gauge!(IN_FLIGHT).set(program.work.sum() as f64);
}

fn count(report: &Report, exit: Exit) {
    match exit {
        Exit::Deadline => counter!(FORCED, "cause" => "deadline").increment(1),
        Exit::Interrupt => counter!(FORCED, "cause" => "interrupt").increment(1),
        _ => {
            let clean = if report.is_clean() { "true" } else { "false" };
            counter!(COMPLETED, "reason" => report.reason().label(), "clean" => clean).increment(1);
        }
    }
    for phase in report.phases() {
        histogram!(PHASE_DURATION, "phase" => phase.phase().label()).record(phase.elapsed().as_secs_f64());
    }
    // Without the name: a program may register a handler for each connection.
    for handler in report.handlers() {
        counter!(HANDLERS, "phase" => handler.phase().label(), "outcome" => handler.outcome().label()).increment(1);
    }
    for what in report.abandoned() {
        counter!(ABANDONED, "kind" => what.label()).increment(what.number() as u64);
    }
    if let cut @ 1.. = report.cut().connections() {
        counter!(CUT).increment(cut as u64);
    }
}
