//! Simulated platforms: a program whose file has no error is never killed.
//!
//! A file is drawn together with what its platform makes of it, so that nothing is read back.

mod draw;

use std::cell::Cell;
use std::time::Duration;

use graceful_manifest::{Check, Program, Rule, Severity, Source};
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use crate::cases::random;
use crate::docker::{Container, End};
use crate::kubelet::worst_case;

const CASES: u32 = 600;

/// A program, a file, and what the platform does.
#[derive(Debug)]
struct Drawn {
    program: Program,
    files: Vec<(&'static str, String)>,
    container: Container,
    /// The program's grace period after the overrides.
    grace_period: Duration,
}

/// The whole promise. Returns the number of cases that reach it.
fn what_has_no_error_is_never_killed(runner: &mut TestRunner, drawn: &BoxedStrategy<Drawn>) -> u32 {
    let reached = Cell::new(0);
    let result = runner.run(&(drawn, 0.0..=1.0), |(drawn, share)| {
        let sources: Vec<_> = drawn.files.iter().map(|(name, text)| Source { name, text }).collect();
        let findings =
            Check::new(&drawn.program).run(&sources).unwrap_or_else(|error| panic!("{error}: {drawn:#?}")).findings;
        if findings.iter().any(|finding| finding.severity == Severity::Error || finding.rule.is_doubt()) {
            return Ok(());
        }
        reached.set(reached.get() + 1);
        let fits_forced = findings.iter().all(|finding| finding.rule != Rule::ForcedExitTooLate);
        let longest = if fits_forced { drawn.grace_period } else { worst_case(&drawn.program, drawn.grace_period) };
        for takes in [longest, longest.mul_f64(share)] {
            prop_assert_eq!(
                drawn.container.stop(&drawn.program, takes),
                End::ByItself,
                "{:#?}\n{:#?}",
                drawn,
                findings
            );
        }
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
    reached.into_inner()
}

/// Runs the same cases each time, enough of which reach the promise, and then others.
fn check(drawn: &BoxedStrategy<Drawn>) {
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(CASES) };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let reached = what_has_no_error_is_never_killed(&mut TestRunner::new_with_rng(config, rng), drawn);
    assert!(reached > CASES / 10, "{reached}");
    let config = ProptestConfig { failure_persistence: None, ..random(CASES) };
    what_has_no_error_is_never_killed(&mut TestRunner::new(config), drawn);
}

#[test]
fn of_systemd() {
    check(&draw::unit());
}

#[test]
fn of_a_dockerfile() {
    check(&draw::dockerfile());
}

#[test]
fn of_fly() {
    check(&draw::fly());
}

#[test]
fn of_nomad() {
    check(&draw::nomad());
}
