//! What each signal does. SIGTERM starts the shutdown; repeated SIGTERMs change nothing. Each SIGINT moves one stage on.

use graceful_core::{Phase, Signal};

use crate::program::Program;
use crate::trigger::Reason;

/// What the supervisor does about a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Nothing,
    /// Begin the shutdown.
    Begin,
    /// Cut lame duck and drain short.
    CutShort,
    /// End the process at once.
    ExitNow,
}

/// The policy. `is_cut_short`: the drain was cut short before, and waits a moment for what it has abandoned.
fn step(signal: Signal, phase: Phase, is_cut_short: bool) -> Step {
    match (signal, phase) {
        (_, Phase::Running) => Step::Begin,
        (Signal::Interrupt, Phase::LameDuck | Phase::Draining) if !is_cut_short => Step::CutShort,
        (Signal::Interrupt, _) => Step::ExitNow,
        _ => Step::Nothing,
    }
}

/// Takes the step. [`Step::ExitNow`] is left to the caller.
pub(crate) fn take(program: &Program, signal: Signal) -> Step {
    let shutdown = program.lifecycle.shutdown();
    let is_cut_short = shutdown.is_some_and(|shutdown| shutdown.cut_short.is_cancelled());
    let step = step(signal, program.lifecycle.phase(), is_cut_short);
    match (step, shutdown) {
        (Step::Begin, _) => {
            program.lifecycle.begin(Reason::Signal(signal));
        }
        (Step::CutShort, Some(shutdown)) => shutdown.cut_short.cancel(),
        _ => {}
    }
    step
}

/// Takes the step, and prints to the person at the terminal what the next Ctrl-C will do.
pub(super) fn take_and_explain(program: &'static Program, signal: Signal) -> Step {
    let step = take(program, signal);
    if signal == Signal::Interrupt && step != Step::ExitNow {
        program.output.stderr(format!("graceful: {}\n", next(step)));
    }
    step
}

/// What the next Ctrl-C will do, for the person who has just pressed it.
fn next(step: Step) -> &'static str {
    match step {
        Step::CutShort => "cleaning up; press Ctrl-C again to exit at once",
        _ => "shutting down; press Ctrl-C again to stop waiting",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sigterm_starts_once_and_never_escalates() {
        for signal in [Signal::Terminate, Signal::Hangup, Signal::Quit, Signal::User1, Signal::User2] {
            assert_eq!(step(signal, Phase::Running, false), Step::Begin);
            for phase in [Phase::LameDuck, Phase::Draining, Phase::Teardown, Phase::Stopped] {
                assert_eq!(step(signal, phase, false), Step::Nothing);
                assert_eq!(step(signal, phase, true), Step::Nothing);
            }
        }
    }

    #[test]
    fn each_sigint_moves_one_stage_on() {
        let steps = [
            (Phase::Running, false, Step::Begin),
            (Phase::LameDuck, false, Step::CutShort),
            (Phase::LameDuck, true, Step::ExitNow),
            (Phase::Draining, false, Step::CutShort),
            (Phase::Draining, true, Step::ExitNow),
            (Phase::Teardown, false, Step::ExitNow),
            (Phase::Teardown, true, Step::ExitNow),
            (Phase::Stopped, false, Step::ExitNow),
        ];
        for (phase, is_cut_short, expected) in steps {
            assert_eq!(step(Signal::Interrupt, phase, is_cut_short), expected, "{phase}");
        }
    }
}
