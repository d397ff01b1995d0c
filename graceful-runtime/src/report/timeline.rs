//! The report, drawn.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use graceful_core::text::{count, duration, escape};
use graceful_core::timeline::{self, Row, Timeline};
use graceful_core::{HandlerPhase, Phase};

use super::{Abandoned, HandlerReport, Report, tally};

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut timeline = Timeline::new(self.grace_period, self.axis_end());
        let title = format!(
            "shutdown after {} took {} of the {} grace period: exit code {}",
            self.reason,
            duration(self.elapsed),
            duration(self.grace_period),
            self.exit_code,
        );
        timeline.text("", &escape(&title));

        for (phase, of_phase) in [
            (Phase::LameDuck, None),
            (Phase::Draining, Some(HandlerPhase::Drain)),
            (Phase::Teardown, Some(HandlerPhase::Teardown)),
        ] {
            let handlers = self.handlers.iter().filter(|handler| Some(handler.phase) == of_phase);
            let handlers: Vec<_> = handlers.collect();
            let label = phase.to_string();
            match self.phases.iter().find(|report| report.phase == phase) {
                Some(report) => {
                    timeline.row(Row::new(0, &label, Some(report.elapsed)).block(report.started, report.elapsed))
                }
                // The end came before, with handlers still to run.
                None if !handlers.is_empty() => {
                    timeline.row(Row::new(0, &label, None).status("not begun"));
                }
                None => {}
            }
            list(&mut timeline, &handlers);
        }

        timeline.scale();
        for task in &self.failed_tasks {
            timeline.text("failed: ", &escape(&task.to_string()));
        }
        list_abandoned(&mut timeline, &self.abandoned);
        timeline.fmt(f)
    }
}

impl Report {
    /// The time at the right edge of the timeline: the grace period, unless too little of it was used for the bars to
    /// be told apart.
    fn axis_end(&self) -> Duration {
        const TELLING: u32 = 5;

        if self.elapsed < self.grace_period / TELLING { self.elapsed } else { self.grace_period.max(self.elapsed) }
    }
}

/// The handlers of one phase in the order of their start. When there are too many for that, those that went wrong are
/// shown first of all.
fn list(timeline: &mut Timeline, handlers: &[&HandlerReport]) {
    let mut handlers = handlers.to_vec();
    let in_order = |handler: &&HandlerReport| (handler.started.is_none(), handler.started);
    handlers.sort_by_key(in_order);
    let shown = timeline::shown(handlers.len());
    let mut more = Vec::new();
    if shown < handlers.len() {
        handlers.sort_by_key(|handler| handler.outcome.is_clean());
        more = handlers.split_off(shown);
        handlers.sort_by_key(in_order);
    }
    for handler in handlers {
        let row = Row::new(2, &handler.name, handler.started.map(|_| handler.elapsed)).status(handler.outcome.label());
        timeline.row(match handler.started {
            Some(started) => row.thin(started, handler.elapsed),
            None => row,
        });
        timeline.text("    ", &handler.remark());
    }
    if !more.is_empty() {
        let all = count(more.len());
        timeline.text("  ", &format!("… and {all} more: {}", tally(&more, "")));
    }
}

fn list_abandoned(timeline: &mut Timeline, abandoned: &[Abandoned]) {
    // A loop that spawns leaves many tasks from one place.
    let mut times: HashMap<_, usize> = HashMap::new();
    let mut distinct = Vec::new();
    for what in abandoned {
        let times = times.entry(what).or_default();
        *times += 1;
        if *times == 1 {
            distinct.push(what);
        }
    }
    let lines = distinct.into_iter().map(|what| {
        let line = escape(&what.to_string());
        match times.get(what) {
            Some(times @ 2..) => format!("{line} ({} times)", count(*times)),
            _ => line,
        }
    });
    timeline.text("abandoned: ", &lines.collect::<Vec<_>>().join("\n"));
}
