//! A model of a platform, as far as it ends a program: signal, wait, SIGKILL. It never kills a program whose files have no
//! error.

use std::cell::Cell;
use std::time::Duration;

use graceful_manifest::{Check, Program, Rule, Severity};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::cases::sources;
use crate::kubelet::worst_case;

/// The time that the platform and the machine may take between two steps.
pub(crate) const OVERHEAD: Duration = Duration::from_millis(900);

#[derive(Debug, PartialEq)]
pub(crate) enum End {
    ByItself,
    Killed,
}

/// A container, a unit or a task that runs the program.
#[derive(Debug)]
pub(crate) struct Container {
    /// `None`: the platform waits for ever.
    pub(crate) granted: Option<Duration>,
    pub(crate) signal: String,
    /// What is executed, without an init process.
    pub(crate) words: Vec<String>,
}

impl Container {
    /// Stops the container. The program takes this long after the signal.
    fn stop(&self, program: &Program, takes: Duration) -> End {
        if !self.passes_signal_on() || !program.signals.contains(&self.signal) {
            return End::Killed;
        }
        match self.granted {
            Some(granted) if takes + OVERHEAD >= granted => End::Killed,
            _ => End::ByItself,
        }
    }

    /// Whether the signal reaches the program. These tests write a script's commands one after another, and know the
    /// programs `/api` and `sh`. What comes before is an init process.
    fn passes_signal_on(&self) -> bool {
        let words: Vec<_> =
            self.words.iter().map(|word| &**word).skip_while(|word| !["sh", "/api"].contains(word)).collect();
        match words[..] {
            ["sh", "-c", script, ..] => script.split("; ").last().is_some_and(|last| last.starts_with("exec ")),
            ["sh", ..] => false,
            _ => true,
        }
    }
}

/// A program, its files, and what the platform makes of them.
#[derive(Debug)]
pub(crate) struct Drawn {
    pub(crate) program: Program,
    pub(crate) files: Vec<(&'static str, String)>,
    pub(crate) container: Container,
    /// The program's grace period after the overrides.
    pub(crate) grace_period: Duration,
}

/// The whole promise, about the container of this name or the only one. Returns the numbers of cases that reach it, and of
/// those whose forced exit comes too late.
pub(crate) fn never_killed(
    runner: &mut TestRunner,
    drawn: impl Strategy<Value = Drawn>,
    name: Option<&str>,
) -> [u32; 2] {
    let reached = [Cell::new(0), Cell::new(0)];
    let result = runner.run(&(drawn, 0.0..=1.0), |(drawn, share)| {
        let check = Check::new(&drawn.program);
        let check = name.map_or(check, |name| check.container(name));
        let outcome = check.run(&sources(&drawn.files));
        let findings = outcome.unwrap_or_else(|error| panic!("{error}: {drawn:#?}")).findings;
        if findings.iter().any(|finding| finding.severity == Severity::Error || finding.rule.is_doubt()) {
            return Ok(());
        }
        let fits_forced = findings.iter().all(|finding| finding.rule != Rule::ForcedExitTooLate);
        for (reached, counts) in reached.iter().zip([true, !fits_forced]) {
            reached.set(reached.get() + u32::from(counts));
        }
        let longest = if fits_forced { drawn.grace_period } else { worst_case(&drawn.program, drawn.grace_period) };
        for takes in [longest, longest.mul_f64(share)] {
            let end = drawn.container.stop(&drawn.program, takes);
            prop_assert_eq!(end, End::ByItself, "{:#?}\n{:#?}", drawn, findings);
        }
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
    reached.map(Cell::into_inner)
}
