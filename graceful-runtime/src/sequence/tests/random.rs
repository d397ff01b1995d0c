//! Random cases, each held against what the contract says of it: exactly, wherever that is certain.
//!
//! `PROPTEST_CASES` says how many there are.

mod act;
mod case;
mod oracle;

use std::cmp::Reverse;
use std::time::Duration;

use graceful_core::HandlerPhase;
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

use self::act::{Acted, act};
use self::case::{Case, Guest, case};
use self::oracle::Expected;
use super::{Outcome, Phase, handler, ms, phases};
use crate::report::Abandoned;

fn config() -> ProptestConfig {
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { ProptestConfig::default().cases } else { 2_000 };
    ProptestConfig { max_shrink_iters: 2_000, ..ProptestConfig::with_cases(cases) }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_case_goes_as_the_contract_says(case in case()) {
        let acted = act(&case);
        let expected = Expected::of(&case);
        holds_for_all(&case, &acted, &expected)?;
        if expected.certain {
            goes_exactly(&acted, &expected)?;
        }
    }
}

fn is_last(guest: &Guest) -> bool {
    guest.phase == HandlerPhase::Teardown
}

/// What is promised whatever falls on the same tick.
fn holds_for_all(case: &Case, acted: &Acted, expected: &Expected) -> TestCaseResult {
    let report = &acted.report;
    // A timer goes off at a whole millisecond; and what has no time left takes one to hear that, in either phase.
    let slack = ms(5);
    let end = Duration::from_nanos(expected.end as u64);
    prop_assert!(report.elapsed() <= end + slack, "later than {end:?}\n{report}");
    prop_assert_eq!(report.grace_period(), ms(case.grace_period));

    let order: Vec<_> = phases(report);
    let names: Vec<_> = order.iter().map(|(phase, ..)| *phase).collect();
    prop_assert!(names.is_sorted() && names.ends_with(&[Phase::Draining, Phase::Teardown]), "{report}");
    let total: Duration = order.iter().map(|(.., elapsed)| *elapsed).sum();
    prop_assert_eq!(total, report.elapsed(), "{}", report);

    prop_assert_eq!(report.handlers().len(), case.guests.len(), "{}", report);
    for (number, guest) in case.guests.iter().enumerate() {
        let handler = handler(report, &number.to_string());
        let is_cut = handler.outcome() == &Outcome::Cancelled;
        let (calls, had_time) = (acted.calls[number], handler.timeout() >= ms(1));
        prop_assert!(calls <= 1 && handler.timeout() <= ms(guest.timeout), "{report}");
        prop_assert!(handler.started().is_some() || !is_last(guest) && is_cut && calls == 0, "{report}");
        prop_assert!(calls == 1 || is_cut || !had_time, "{handler:?} was not called\n{report}");
        prop_assert!(!is_cut || !is_last(guest) && case.hurry.is_some(), "{report}");
        prop_assert!(handler.elapsed() <= handler.timeout() + ms(2), "{handler:?}\n{report}");
        if acted.plan_fits && is_last(guest) && case.hurry.is_none() {
            prop_assert_eq!(handler.timeout(), ms(guest.timeout), "it would have fitted\n{}", report);
        }
    }
    let had_time: Vec<_> = report.handlers().iter().filter(|handler| handler.timeout() >= ms(1)).collect();
    prop_assert!(had_time.is_sorted_by_key(|handler| (handler.phase(), Reverse(handler.priority()))), "{report}");
    for (number, phase) in &acted.phases_of_guests {
        let of_the_guest = handler(report, &number.to_string()).phase();
        // What had no time may be heard of when its phase is over.
        let had_time = handler(report, &number.to_string()).timeout() >= ms(1);
        let own = match of_the_guest {
            HandlerPhase::LameDuck => Phase::LameDuck,
            HandlerPhase::Drain => Phase::Draining,
            HandlerPhase::Teardown => Phase::Teardown,
            HandlerPhase::Flush => Phase::Stopped,
        };
        prop_assert!(*phase == own || !had_time, "{number} in {phase}\n{report}");
    }
    for look in &acted.looks {
        prop_assert!(!look.is_ready);
        prop_assert_eq!(look.takes_work, look.phase < Phase::Draining);
    }
    prop_assert!(report.is_clean() || report.exit_code() != 0, "{report}");
    Ok(())
}

fn goes_exactly(acted: &Acted, expected: &Expected) -> TestCaseResult {
    let report = &acted.report;
    prop_assert_eq!(report.reason(), &expected.reason);
    let expected_phases: Vec<_> =
        expected.phases.iter().map(|&(phase, began, elapsed)| (phase, ms(began), ms(elapsed))).collect();
    prop_assert_eq!(phases(report), expected_phases, "{}", report);
    for (number, expected) in expected.handlers.iter().enumerate() {
        let handler = handler(report, &number.to_string());
        let found = oracle::Handler {
            began: handler.started().map(|began| began.as_millis() as u64),
            elapsed: handler.elapsed().as_millis() as u64,
            allowance: handler.timeout().as_nanos(),
            outcome: handler.outcome().clone(),
        };
        prop_assert_eq!(&found, expected, "of {}\n{}", number, report);
        prop_assert_eq!(acted.calls[number], usize::from(expected.began.is_some()), "of {}\n{}", number, report);
    }
    prop_assert_eq!(acted.flush.map(|flush| flush.as_nanos()), expected.flush, "the flush\n{}", report);
    let is_task = |abandoned: &&Abandoned| matches!(abandoned, Abandoned::Task { .. });
    let guards = |abandoned: &Abandoned| match abandoned {
        Abandoned::InFlight { guards, .. } => *guards,
        _ => 0,
    };
    let abandoned = report.abandoned();
    prop_assert_eq!(abandoned.contains(&Abandoned::Main), expected.main_is_abandoned, "main\n{}", report);
    prop_assert_eq!(abandoned.iter().filter(is_task).count(), expected.abandoned_tasks, "tasks\n{}", report);
    prop_assert_eq!(abandoned.iter().map(guards).sum::<usize>(), expected.abandoned_guards, "guards\n{}", report);
    prop_assert_eq!((report.is_clean(), report.exit_code()), (expected.is_clean, expected.exit_code), "{}", report);
    for look in &acted.looks {
        // A look at the very moment of a change is not certain. Only the first phase begins before anyone can look.
        let there = expected.phases.iter().rev().find(|(_, began, _)| *began <= look.at);
        prop_assert_eq!(Some(look.phase), there.map(|(phase, ..)| *phase), "at {} ms\n{}", look.at, report);
    }
    Ok(())
}
