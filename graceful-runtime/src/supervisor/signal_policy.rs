//! What each signal does. SIGTERM starts the shutdown; repeated SIGTERMs change nothing. Each SIGINT moves one stage on.

use std::time::Duration;

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

/// A SIGINT within this time of the trigger, or of the last SIGINT that counted, is ignored: script runners forward what the
/// terminal has already delivered.
pub(crate) const REPEAT_WINDOW: Duration = Duration::from_millis(250);

/// The policy. `is_cut_short`: the drain was cut short before, and waits a moment for what it has abandoned. `since_last`: the
/// time since the trigger, or since the SIGINT that cut the drain short.
fn step(signal: Signal, phase: Phase, is_cut_short: bool, since_last: Duration) -> Step {
    match (signal, phase) {
        (_, Phase::Running) => Step::Begin,
        (Signal::Interrupt, _) if since_last < REPEAT_WINDOW => Step::Nothing,
        (Signal::Interrupt, Phase::LameDuck | Phase::Draining) if !is_cut_short => Step::CutShort,
        (Signal::Interrupt, _) => Step::ExitNow,
        _ => Step::Nothing,
    }
}

/// Takes the step. [`Step::ExitNow`] is left to the caller.
pub(crate) fn take(program: &Program, signal: Signal) -> Step {
    let shutdown = program.lifecycle.shutdown();
    let now = program.lifecycle.now();
    let is_cut_short = shutdown.is_some_and(|shutdown| shutdown.cut_short.is_cancelled());
    let since_last = shutdown.map_or(Duration::MAX, |shutdown| now.saturating_duration_since(shutdown.last_step()));
    let step = step(signal, program.lifecycle.phase(), is_cut_short, since_last);
    match (step, shutdown) {
        (Step::Begin, _) => {
            program.lifecycle.begin(Reason::Signal(signal));
        }
        (Step::CutShort, Some(shutdown)) => shutdown.cut_short(now),
        _ => {}
    }
    step
}

/// Takes the step, and prints to the person at the terminal what the next Ctrl-C will do.
pub(super) fn take_and_explain(program: &'static Program, signal: Signal) -> Step {
    let step = take(program, signal);
    if signal == Signal::Interrupt && matches!(step, Step::Begin | Step::CutShort) {
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
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    const LATER: Duration = REPEAT_WINDOW;

    #[test]
    fn sigterm_starts_once_and_never_escalates() {
        for signal in [Signal::Terminate, Signal::Hangup, Signal::Quit, Signal::User1, Signal::User2] {
            assert_eq!(step(signal, Phase::Running, false, Duration::MAX), Step::Begin);
            for phase in [Phase::LameDuck, Phase::Draining, Phase::Teardown, Phase::Stopped] {
                assert_eq!(step(signal, phase, false, LATER), Step::Nothing);
                assert_eq!(step(signal, phase, true, LATER), Step::Nothing);
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
            assert_eq!(step(Signal::Interrupt, phase, is_cut_short, LATER), expected, "{phase}");
        }
    }

    /// The moments, in milliseconds since the trigger, at which a SIGINT counted.
    fn counted(moments: &[u64]) -> Vec<u64> {
        let mut last = 0;
        let mut counted = Vec::new();
        for &moment in moments {
            let since_last = Duration::from_millis(moment - last);
            match step(Signal::Interrupt, Phase::Draining, !counted.is_empty(), since_last) {
                Step::Nothing => {}
                step => {
                    assert_eq!(step, if counted.is_empty() { Step::CutShort } else { Step::ExitNow });
                    counted.push(moment);
                    last = moment;
                }
            }
        }
        counted
    }

    proptest! {
        #[test]
        fn the_window_begins_at_what_counts_and_is_not_extended(pauses in vec(0..400_u64, 0..40)) {
            let moments: Vec<u64> =
                pauses.iter().scan(0, |now, pause| { *now += pause; Some(*now) }).collect();
            let counted = counted(&moments);
            let window = REPEAT_WINDOW.as_millis() as u64;
            let mut begins: Vec<u64> = vec![0];
            begins.extend(&counted);
            prop_assert!(begins.windows(2).all(|pair| pair[1] - pair[0] >= window), "{counted:?} of {moments:?}");
            for moment in moments.iter().filter(|moment| !counted.contains(moment)) {
                let begin = begins.iter().rev().find(|begin| *begin <= moment).unwrap();
                prop_assert!(moment - begin < window, "{moment} of {moments:?} did not count");
            }
        }
    }
}
