//! Records what happens during the shutdown: for the report, and for the message of a forced end.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use graceful_core::plan::PlannedHandler;
use graceful_core::text::{duration, escape};
use graceful_core::{HandlerPhase, Phase};

use crate::outcome::Outcome;
use crate::report::{Abandoned, Draft, HandlerId, HandlerReport, Report};
use crate::trigger::Trigger;

/// So many of a kind are named in the last words.
const NAMED: usize = 8;

pub(crate) struct Recorder {
    begin: Instant,
    now: fn() -> Instant,
    pages: Mutex<Pages>,
}

struct Pages {
    draft: Draft,
    phase: Phase,
    /// What was abandoned and is there all the same.
    holding_on: Vec<Abandoned>,
    /// No thread of the application's runtime answers.
    blocked: bool,
}

impl Recorder {
    pub(crate) fn new(trigger: &Trigger, now: fn() -> Instant) -> Self {
        let grace_period = trigger.deadline.saturating_duration_since(trigger.at);
        let draft = Draft::new(trigger.reason.clone(), grace_period);
        let pages = Pages { draft, phase: Phase::Running, holding_on: Vec::new(), blocked: false };
        Self { begin: trigger.at, now, pages: Mutex::new(pages) }
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Since the trigger.
    fn elapsed(&self) -> Duration {
        (self.now)().saturating_duration_since(self.begin)
    }

    pub(crate) fn phase_began(&self, phase: Phase) {
        let now = self.elapsed();
        let mut pages = self.pages();
        pages.phase = phase;
        pages.draft.phase_began(phase, now);
    }

    pub(crate) fn handler_began(&self, planned: &PlannedHandler, allowance: Duration) -> HandlerId {
        let now = self.elapsed();
        self.pages().draft.handler_began(planned, allowance, now)
    }

    pub(crate) fn handler_ended(&self, id: HandlerId, outcome: Outcome) -> Option<HandlerReport> {
        let now = self.elapsed();
        self.pages().draft.handler_ended(id, now, outcome)
    }

    /// It never began, since the drain was cut short.
    pub(crate) fn handler_left_out(&self, planned: &PlannedHandler) {
        self.pages().draft.handler_left_out(planned, Outcome::Cancelled);
    }

    /// The names of the handlers of `phase` that run now.
    pub(crate) fn running(&self, phase: HandlerPhase) -> Vec<String> {
        let pages = self.pages();
        let running = pages.draft.running().filter(|handler| handler.phase() == phase);
        running.map(|handler| handler.name().to_owned()).collect()
    }

    pub(crate) fn abandoned(&self, abandoned: Vec<Abandoned>) {
        let mut pages = self.pages();
        abandoned.into_iter().for_each(|what| pages.draft.abandon(what));
    }

    pub(crate) fn holding_on(&self, abandoned: Vec<Abandoned>) {
        self.pages().holding_on = abandoned;
    }

    pub(crate) fn blocked(&self) {
        self.pages().blocked = true;
    }

    /// As things stand. Handlers that still run count as timed out.
    pub(crate) fn report(&self, exit_code: u8) -> Report {
        let now = self.elapsed();
        let mut report = self.pages().draft.report(now);
        report.exit_code = exit_code;
        report
    }

    /// What was going on when the process was forced to end: one line, for standard error.
    pub(crate) fn last_words(&self, waiting_for: &str) -> String {
        let now = self.elapsed();
        let pages = self.pages();
        let mut words = format!("{} after {}", pages.phase, duration(now));
        if pages.phase <= Phase::Draining && !waiting_for.is_empty() {
            words = format!("{words}, waiting for {waiting_for}");
        }
        let running: Vec<String> = pages
            .draft
            .running()
            .map(|handler| {
                let since = handler.started().map_or(Duration::ZERO, |start| now.saturating_sub(start));
                format!("handler `{}` for {}", escape(handler.name()), duration(since))
            })
            .collect();
        let blocking: Vec<String> = pages
            .draft
            .blocking()
            .map(|handler| format!("handler `{}`", escape(handler.name())))
            .chain(pages.holding_on.iter().map(Abandoned::who))
            .collect();
        for (title, names) in [("still running", running), ("blocking their threads", blocking)] {
            if !names.is_empty() {
                words = format!("{words}; {title}: {}", listed(&names));
            }
        }
        if pages.blocked {
            words.push_str("; no thread of the application's runtime answers");
        }
        words
    }
}

fn listed(names: &[String]) -> String {
    let more = names.len().saturating_sub(NAMED);
    let shown: Vec<&str> = names.iter().take(NAMED).map(String::as_str).collect();
    let shown = shown.join(", ");
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}
