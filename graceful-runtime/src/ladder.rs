//! What each signal does: SIGTERM starts the shutdown, however often it comes; SIGINT moves one stage on each time.

use crate::lifecycle::{Phase, Reason};
use crate::program::Program;
use crate::signal::Signal;

/// What the supervisor is to do about a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Nothing,
    /// Begin the shutdown.
    Begin,
    /// No more lame duck and no more drain: straight to teardown.
    Hurry,
    /// End the process at once.
    ExitNow,
}

/// The whole ladder. `hurried`: the drain was cut short before; what it has abandoned may take a moment to be gone.
pub(crate) fn step(signal: Signal, phase: Phase, hurried: bool) -> Step {
    match (signal, phase) {
        (_, Phase::Running) => Step::Begin,
        (Signal::Interrupt, Phase::LameDuck | Phase::Draining) if !hurried => Step::Hurry,
        (Signal::Interrupt, _) => Step::ExitNow,
        _ => Step::Nothing,
    }
}

/// Takes the step, but for the last one, which is the caller's.
pub(crate) fn take(program: &Program, signal: Signal) -> Step {
    let step = step(signal, program.lifecycle.phase(), program.hurry.is_cancelled());
    match step {
        Step::Begin => {
            program.lifecycle.begin(Reason::Signal(signal));
        }
        Step::Hurry => program.hurry.cancel(),
        Step::Nothing | Step::ExitNow => {}
    }
    step
}

/// The same, and tells the person at the terminal.
pub(crate) fn climb(program: &'static Program, signal: Signal) -> Step {
    let step = take(program, signal);
    if signal == Signal::Interrupt && step != Step::ExitNow {
        program.voice.stderr(format!("graceful: {}\n", next(step)));
    }
    step
}

/// What the next Ctrl-C will do, for the person who has just pressed it.
fn next(step: Step) -> &'static str {
    match step {
        Step::Hurry => "not waiting any longer, cleaning up; Ctrl-C again exits at once",
        _ => "shutting down; Ctrl-C again ends the drain, in teardown exits at once",
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
            (Phase::LameDuck, false, Step::Hurry),
            (Phase::LameDuck, true, Step::ExitNow),
            (Phase::Draining, false, Step::Hurry),
            (Phase::Draining, true, Step::ExitNow),
            (Phase::Teardown, false, Step::ExitNow),
            (Phase::Teardown, true, Step::ExitNow),
            (Phase::Stopped, false, Step::ExitNow),
        ];
        for (phase, hurried, expected) in steps {
            assert_eq!(step(Signal::Interrupt, phase, hurried), expected, "{phase}");
        }
    }
}
