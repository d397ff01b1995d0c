//! The six invariants, the same for every combination.

use std::collections::HashSet;
use std::time::Duration;

use graceful_fault_tests::{Combination, Fault, Place, Trigger};
use serde_json::Value;

use crate::oracle::{self, End, Handler};
use crate::play::grace_period;
use crate::seen::Seen;

/// What two busy cores may take on top.
const SLACK: Duration = Duration::from_secs(2);

/// How long before the deadline it is ended by force at most, to say why.
const LAST_WORDS: Duration = Duration::from_millis(300);

/// What the report rounds to.
const MILLISECOND: u64 = 1;

/// What is found of one combination.
pub(crate) struct Findings {
    /// Each in a line.
    pub(crate) violations: Vec<String>,
    /// The end was forced, where that can be heard: whether it was said why.
    pub(crate) last_words: Option<bool>,
}

pub(crate) fn findings(combination: Combination, seen: &Seen) -> Findings {
    let case = Case {
        combination,
        seen,
        end: oracle::end(combination, seen),
        handlers: oracle::handlers(combination, seen),
        reports: seen.reports(),
        findings: Findings { violations: Vec::new(), last_words: None },
    };
    case.checked()
}

struct Case<'a> {
    combination: Combination,
    seen: &'a Seen,
    end: End,
    handlers: Vec<Handler>,
    reports: Vec<Value>,
    findings: Findings,
}

impl Case<'_> {
    fn checked(mut self) -> Findings {
        self.gone_by_the_deadline();
        self.exit_code();
        self.every_handler_once();
        self.higher_groups_first();
        self.the_drain_first();
        self.report();
        self.stderr();
        self.answers();
        self.restarts();
        self.findings
    }

    fn must(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.findings.violations.push(format!("violated: {}", what()));
        }
    }

    fn gone_by_the_deadline(&mut self) {
        let (late, early) = (self.seen.late, self.seen.early);
        self.must(late <= SLACK, || format!("gone {late:?} after the deadline"));
        // When a trigger inside the process came is only known by what it told before.
        let forced = self.end == End::AtTheDeadline && self.combination.trigger.is_signal();
        self.must(early <= LAST_WORDS || !forced, || format!("ended by force {early:?} before the deadline"));
    }

    fn exit_code(&mut self) {
        let (code, signal, end) = (self.seen.ended.code, self.seen.ended.signal, self.end);
        let right = match end {
            End::Aborted => signal == Some(6),
            end => code.is_some_and(|code| end.codes().contains(&code)),
        };
        self.must(right, || format!("code {code:?}, signal {signal:?}; expected {end:?}"));
    }

    /// None is begun twice, and none is skipped unless the deadline or a SIGINT cut it off, or the program itself.
    fn every_handler_once(&mut self) {
        let all_run = matches!(self.end, End::Orderly(_) | End::AtTheDeadline);
        for handler in self.handlers.clone() {
            let times = self.seen.count(&format!("began {}", handler.name));
            let may_be_cut = oracle::is_cut(self.combination) && handler.of_the_drain;
            self.must(times <= 1, || format!("{} is begun {times} times", handler.name));
            self.must(times >= 1 || !all_run || may_be_cut, || format!("{} is never begun", handler.name));
        }
        let known: HashSet<&str> = self.handlers.iter().map(|handler| handler.name).collect();
        let strangers: Vec<&str> = self.seen.rests("began ").filter(|name| !known.contains(name)).collect();
        self.must(strangers.is_empty(), || format!("begun, but not registered: {strangers:?}"));
    }

    /// A group begins when those before have ended, or timed out.
    fn higher_groups_first(&mut self) {
        if matches!(self.end, End::Late(_)) {
            // All have timed out.
            return;
        }
        for later in self.handlers.clone() {
            let Some(begins) = self.seen.position(&format!("began {}", later.name)) else { continue };
            for earlier in self.handlers.clone() {
                if !earlier.runs_before(later) {
                    continue;
                }
                let began = self.seen.position(&format!("began {}", earlier.name));
                let ended = self.seen.position(&format!("ended {}", earlier.name));
                let cut = oracle::is_cut(self.combination) && earlier.of_the_drain;
                let let_go = cut || oracle::is_stuck(self.combination, earlier);
                self.must(began.is_none_or(|began| began < begins), || {
                    format!("{} begins before {}", later.name, earlier.name)
                });
                self.must(let_go || ended.is_some_and(|ended| ended < begins), || {
                    format!("{} begins before {} has ended", later.name, earlier.name)
                });
            }
        }
    }

    /// Teardown begins when what was in flight has ended, or was given up.
    fn the_drain_first(&mut self) {
        let Combination { place, fault, .. } = self.combination;
        if oracle::is_cut(self.combination) || matches!(self.end, End::Late(_)) {
            return;
        }
        let spawned = fault == Fault::Spawns && !place.is_teardown() && place != Place::Observer;
        let spawned: &[_] = if spawned { &["ended spawned", "ended spawned_blocking"] } else { &[] };
        for line in ["ended main", "ended task", "ended guard", "ended scope", "ended attempt 2"].iter().chain(spawned)
        {
            let ended = self.seen.position(line);
            let begins = self.seen.position("began first");
            let right = ended.zip(begins).is_none_or(|(ended, begins)| ended < begins);
            self.must(right, || format!("teardown begins before `{line}`"));
            let must_be = spawned.contains(line) && matches!(self.end, End::Orderly(_));
            self.must(ended.is_some() || !must_be, || format!("no `{line}`"));
        }
    }

    fn report(&mut self) {
        let Combination { place, fault, .. } = self.combination;
        let count = self.reports.len();
        let right = match self.end {
            // The observer would need a thread.
            End::Orderly(_) if fault == Fault::NoThreads && place != Place::Observer => count <= 1,
            End::Orderly(_) => count == 1,
            _ if place == Place::Observer && self.seen.thread().is_some() => count == 1,
            // It may have come as far as that.
            End::Late(_) => count <= 1,
            _ => count == 0,
        };
        self.must(right, || format!("{count} reports"));
        if let Some(report) = self.reports.pop() {
            self.report_agrees_with_itself(&report);
            if !matches!(self.end, End::Late(_)) {
                self.report_agrees_with_what_happened(&report);
            }
        }
    }

    fn report_agrees_with_itself(&mut self, report: &Value) {
        let grace_period = u64::try_from(grace_period(self.combination.timing()).as_millis()).expect("seconds");
        let elapsed = number(report, "elapsed_ms");
        self.must(number(report, "grace_period_ms") == grace_period, || "another grace period".to_owned());
        let handlers = list(report, "handlers");
        let clean = list(report, "abandoned").is_empty()
            && list(report, "failed_tasks").is_empty()
            && handlers.iter().all(|handler| ["completed", "skipped"].contains(&text(handler, "outcome")));
        self.must(report["clean"] == clean, || format!("the report says `clean: {}`", report["clean"]));
        let code = number(report, "exit_code");
        self.must(clean || code != 0, || "not clean, with code 0".to_owned());
        let phases = list(report, "phases");
        for (phase, next) in phases.iter().zip(phases.iter().skip(1)) {
            let end = number(phase, "started_ms") + number(phase, "elapsed_ms");
            let right = end.abs_diff(number(next, "started_ms")) <= MILLISECOND;
            self.must(right, || format!("a gap between phases: {phases:?}"));
        }
        for part in phases.iter().chain(&handlers).filter(|part| !part["started_ms"].is_null()) {
            let end = number(part, "started_ms") + number(part, "elapsed_ms");
            self.must(end <= elapsed + MILLISECOND, || format!("beyond the end: {part}"));
        }
        let names: HashSet<&str> = handlers.iter().map(|handler| text(handler, "name")).collect();
        self.must(names.len() == handlers.len(), || "a handler stands twice in the report".to_owned());
        // Those of a scope run beside the drain's, and before teardown's.
        let is_of_scope = |handler: &Value| text(handler, "name").starts_with("scope/");
        let key = |handler: &Value| {
            let is_teardown = text(handler, "phase") == "teardown" && !is_of_scope(handler);
            (is_teardown, if is_of_scope(handler) { i64::MAX } else { -handler["priority"].as_i64().unwrap_or(0) })
        };
        // Behind the deadline nobody waits for anybody.
        let in_time = !matches!(self.end, End::Late(_));
        for later in handlers.iter().filter(|handler| in_time && !handler["started_ms"].is_null()) {
            for earlier in handlers.iter().filter(|earlier| key(earlier) < key(later) && !is_of_scope(later)) {
                let end = number(earlier, "started_ms") + number(earlier, "elapsed_ms");
                let right = end <= number(later, "started_ms") + MILLISECOND;
                self.must(right, || format!("overlap: {earlier} {later}"));
            }
        }
    }

    fn report_agrees_with_what_happened(&mut self, report: &Value) {
        let combination = self.combination;
        let code = oracle::orderly_code(combination);
        self.must(report["exit_code"] == code, || format!("the report says code {}", report["exit_code"]));
        let reason = oracle::reason(combination.trigger);
        self.must(report["reason"] == reason, || format!("the reason is {}", report["reason"]));

        let phases: Vec<&str> = list(report, "phases").into_iter().map(|phase| text(phase, "phase")).collect();
        let lame_duck = oracle::has_lame_duck(combination.trigger).then_some("lame_duck");
        let expected: Vec<&str> = lame_duck.into_iter().chain(["draining", "teardown"]).collect();
        self.must(phases == expected, || format!("phases {phases:?}"));

        let failed = list(report, "failed_tasks").len();
        self.must(failed == usize::from(combination.trigger == Trigger::Critical), || format!("{failed} failed tasks"));
        let abandoned = list(report, "abandoned");
        let any = !abandoned.is_empty();
        // A SIGINT that cuts the drain may find others, who were about to end.
        let right = any == oracle::abandons(combination) || any && oracle::is_cut(combination);
        self.must(right, || format!("abandoned: {abandoned:?}"));

        let handlers = list(report, "handlers");
        let count = handlers.len();
        self.must(count == self.handlers.len(), || format!("{count} handlers in the report"));
        for handler in self.handlers.clone() {
            let Some(said) = handlers.iter().find(|said| text(said, "name") == handler.name) else {
                self.must(false, || format!("{} is not in the report", handler.name));
                continue;
            };
            let outcomes = oracle::outcomes(combination, handler);
            let outcome = text(said, "outcome");
            self.must(outcomes.contains(&outcome), || format!("{said}; expected {outcomes:?}"));
            let began = self.seen.told(&format!("began {}", handler.name));
            let started = !said["started_ms"].is_null();
            // One that is cut may have been about to begin.
            let cut = outcome == "cancelled" || outcome == "timed_out" && oracle::is_cut(combination);
            self.must(began == started || cut && !began, || format!("begun: {began}, and the report says {said}"));
            let message = said["message"].as_str().unwrap_or_default();
            let right = match outcome {
                "failed" => message == "struck",
                "panicked" => message == "struck" || message.starts_with("failed printing to std"),
                _ => message.is_empty(),
            };
            self.must(right, || format!("the message of {said}"));
        }
    }

    /// No panic but the subject's own, and the last words exactly when the end was forced.
    fn stderr(&mut self) {
        let Combination { trigger, fault, .. } = self.combination;
        let panics = self.seen.ended.stderr.iter().filter(|line| line.contains("panicked at "));
        let own = |line: &&String| {
            let printing = fault.panics() && line.contains("library/std/src/io/stdio.rs");
            let aborting = fault == Fault::PanicTwice && line.contains("library/core/src/panicking.rs");
            line.contains("tests/faults/src/bin/subject/") || printing || aborting
        };
        let foreign: Vec<String> = panics.filter(|line| !own(line)).cloned().collect();
        self.must(foreign.is_empty(), || format!("panics that are not the subject's: {foreign:?}"));

        let code = self.seen.ended.code;
        let words = [(124, "exiting with code 124"), (130, "exiting at once with code 130")];
        // Without a thread, and with nobody to hear them, they can't be spoken.
        let can_be_heard = !fault.hides_stderr() && fault != Fault::NoThreads;
        for (forced, words) in words {
            let spoken = self.seen.stderr_has(words);
            // Whoever comes late may find that both ends have begun.
            let late = matches!(self.end, End::Late(_));
            self.must(!spoken || code == Some(forced) || late, || format!("`{words}`, and it isn't so"));
            if code == Some(forced) && can_be_heard {
                self.findings.last_words = Some(spoken);
            }
        }
        if let (End::Orderly(_), true) = (self.end, can_be_heard) {
            let told = self.seen.stderr_has("graceful: the shutdown was not clean");
            let clean = oracle::is_clean(self.combination);
            self.must(told != clean, || format!("clean: {clean}, told that it was not: {told}"));
            // After SIGINT it says what the next one does; what main ends with, and panics, std prints.
            let speaks = trigger.starts_with_sigint() || trigger.later_sigints() > 0 || trigger.ends_main();
            let prints = fault.panics() || fault == Fault::Error || fault == Fault::HangDropPanic;
            let silent = self.seen.ended.stderr.is_empty();
            self.must(silent || !clean || speaks || prints, || "words on standard error, without need".to_owned());
        }
    }

    /// The second attempt of the supervised task has run to its end, unless something else prevents that.
    fn restarts(&mut self) {
        let ends = matches!(self.end, End::Orderly(_)) && !oracle::is_cut(self.combination);
        let restarted = self.seen.told("ended attempt 2");
        let expected = self.combination.restarts();
        self.must(restarted == expected || !ends, || format!("restarted: {restarted}"));
    }

    /// What the crate answers to those who come too late.
    fn answers(&mut self) {
        let Combination { place, fault, .. } = self.combination;
        for (name, expected) in ["late_drain", "late"].iter().zip(oracle::registrations(place)) {
            let prefix = format!("registers {name} ");
            let answers: Vec<String> = self.seen.rests(&prefix).map(str::to_owned).collect();
            let right =
                fault != Fault::Registers || expected.map_or(answers.len() == 1, |expected| answers == [expected]);
            self.must(right, || format!("registering {name}: {answers:?}"));
        }
        let guarded: Vec<&str> = self.seen.rests("guarded ").collect();
        let right = fault != Fault::TakesGuards
            || oracle::is_let_in(place).map_or(guarded.len() == 1, |expected| guarded == [expected.to_string()]);
        self.must(right, || format!("`try_track` granted: {guarded:?}"));
    }
}

fn list<'a>(value: &'a Value, key: &str) -> Vec<&'a Value> {
    value[key].as_array().map(|list| list.iter().collect()).unwrap_or_default()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn number(value: &Value, key: &str) -> u64 {
    value[key].as_u64().unwrap_or_default()
}
