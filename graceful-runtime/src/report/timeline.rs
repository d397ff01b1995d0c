//! The report as a timeline.

use std::fmt;
use std::time::Duration;

use graceful_core::sort::sorted;
use graceful_core::text::{count, duration, escape, join};
use graceful_core::timeline::{self, Row, Timeline};
use graceful_core::{HandlerPhase, Phase};

use super::{HandlerReport, Report, tally};

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

        for phase in [Phase::LameDuck, Phase::Draining, Phase::Teardown] {
            let handlers: Vec<_> = self.handlers().iter().filter(|handler| self.shown_in(handler) == phase).collect();
            let label = phase.to_string();
            match self.phases.iter().find(|report| report.phase == phase) {
                // It was skipped, or there was nothing to do.
                Some(report) if handlers.is_empty() && !timeline.shows(report.elapsed) => {}
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
        if let Some(failure) = &self.main_failure {
            timeline.text("main ", &escape(&failure.to_string()));
        }
        for task in &self.failed_tasks {
            timeline.text("failed: ", &escape(&task.to_string()));
        }
        let supervised: Vec<_> = self.supervised_tasks.iter().map(|task| escape(&task.to_string())).collect();
        timeline.text("supervised: ", &join(&supervised, "\n"));
        list_abandoned(&mut timeline, self);
        if self.cut.connections() > 0 {
            timeline.text("cut: ", &escape(&self.cut.to_string()));
        }
        for warning in &self.warnings {
            timeline.text("warning: ", &escape(warning));
        }
        timeline.fmt(f)
    }
}

impl Report {
    /// The phase under which a handler is shown: one of a scope under the drain, if it began there.
    fn shown_in(&self, handler: &HandlerReport) -> Phase {
        let teardown = self.phases.iter().find(|report| report.phase == Phase::Teardown);
        let before_teardown = |started| teardown.is_none_or(|teardown| started < teardown.started);
        match handler.phase {
            HandlerPhase::LameDuck => Phase::LameDuck,
            HandlerPhase::Drain => Phase::Draining,
            _ if handler.started.is_some_and(before_teardown) => Phase::Draining,
            _ => Phase::Teardown,
        }
    }

    /// The time at the right edge of the timeline: the grace period, unless too little of it was used for the bars to
    /// be told apart.
    fn axis_end(&self) -> Duration {
        const TELLING: u32 = 5;

        if self.elapsed < self.grace_period / TELLING { self.elapsed } else { self.grace_period.max(self.elapsed) }
    }
}

/// Lists the handlers of one phase in the order of their start. If there are too many, those that failed are kept.
fn list(timeline: &mut Timeline, handlers: &[&HandlerReport]) {
    let in_order = |a: &&HandlerReport, b: &&HandlerReport| {
        (a.started.is_none(), a.started).cmp(&(b.started.is_none(), b.started))
    };
    let mut handlers = sorted(handlers.to_vec(), in_order);
    let shown = timeline::shown(handlers.len());
    let mut more = Vec::new();
    if shown < handlers.len() {
        handlers = sorted(handlers, |a, b| a.outcome.is_clean().cmp(&b.outcome.is_clean()));
        more = handlers.split_off(shown);
        handlers = sorted(handlers, in_order);
    }
    for handler in handlers {
        let row = Row::new(2, &handler.name, handler.started.map(|_| handler.elapsed)).status(handler.outcome.words());
        timeline.row(match handler.started {
            Some(started) => row.thin(started, handler.elapsed),
            None => row,
        });
        timeline.text("    after ", &escape(&join(&handler.after().collect::<Vec<_>>(), ", ")));
        timeline.text("    ", &handler.remark());
    }
    if !more.is_empty() {
        let all = count(more.len());
        timeline.text("  ", &format!("… and {all} more: {}", tally(&more, "")));
    }
}

fn list_abandoned(timeline: &mut Timeline, report: &Report) {
    // A loop that spawns tasks leaves many with the same place.
    let lines = report.explained.iter().enumerate();
    let lines = lines.map(|(place, what)| (place, 1_usize, escape(what))).collect();
    let mut distinct: Vec<(usize, usize, String)> = Vec::new();
    for (place, _, line) in sorted(lines, |(.., a), (.., b)| a.cmp(b)) {
        match distinct.last_mut() {
            Some((_, times, last)) if *last == line => *times += 1,
            _ => distinct.push((place, 1, line)),
        }
    }
    let lines = sorted(distinct, |(a, ..), (b, ..)| a.cmp(b)).into_iter().map(|(_, times, line)| match times {
        1 => line,
        _ => format!("{line} ({} times)", count(times)),
    });
    timeline.text("abandoned: ", &join(&lines.collect::<Vec<_>>(), "\n"));
}
