//! The plan, drawn as a timeline.

use std::fmt;
use std::time::Duration;

use super::{Group, Plan, PlannedHandler, PlannedScopes};
use crate::text::{count, counted, duration, escape, join};
use crate::timeline::{self, Row, Timeline};

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let worst_case = self.worst_case();
        let mut timeline = Timeline::new(self.grace_period, self.grace_period.max(worst_case));
        let title = format!(
            "shutdown plan: {}, {} in the worst case, grace period {}",
            counted(self.handlers.len(), "handler"),
            duration(worst_case),
            duration(self.grace_period),
        );
        timeline.text("", &title);

        let mut at = self.lame_duck();
        if !at.is_zero() {
            timeline.row(Row::new(0, "lame duck", Some(at)).block(Duration::ZERO, at));
            list(&mut timeline, one_after_another(self.lame_duck_groups(), Duration::ZERO, at), at);
        }

        let row = Row::new(0, "drain", Some(self.drain_timeout));
        timeline.row(if self.drain_timeout.is_zero() { row } else { row.block(at, self.drain_timeout) });
        let drained = at.saturating_add(self.drain_timeout);
        list(&mut timeline, one_after_another(self.drain_groups(), at, drained), drained);

        at = drained;
        if let Some(PlannedScopes { number, handlers, worst_case }) = &self.scopes {
            timeline.row(Row::new(0, "scopes", Some(*worst_case)).block(at, *worst_case));
            let handlers = counted(*handlers, "handler");
            let now = format!("{handlers} of {} that exist now; later ones are not known", counted(*number, "scope"));
            timeline.text("  ", &now);
            at = at.saturating_add(*worst_case);
        }
        let teardown = self.groups().map(|group| ("teardown", group));
        for (phase, group) in teardown.chain(self.flush_groups().map(|group| ("flush", group))) {
            let time = group.worst_case();
            let end = at.saturating_add(time);
            let label = format!("{phase}, priority {}", group.priority);
            timeline.row(Row::new(0, &label, Some(time)).block(at, time));
            list(&mut timeline, one_after_another(std::iter::once(group), at, end), end);
            at = end;
        }

        timeline.scale();
        let verdict = match worst_case.checked_sub(self.grace_period) {
            Some(Duration::ZERO) => "fits, with nothing to spare".to_owned(),
            Some(excess) => format!("does not fit: {} too long", duration(excess)),
            None => {
                let spare = self.grace_period.saturating_sub(worst_case);
                format!("fits, with {} to spare", duration(spare))
            }
        };
        timeline.text("", &verdict);
        for warning in &self.warnings {
            timeline.text("warning: ", &escape(warning));
        }
        timeline.fmt(f)
    }
}

/// The handlers of a phase and when each starts: after the handlers that it waits for, and after the group before its own, and
/// before the phase's end.
fn one_after_another<'a>(
    groups: impl Iterator<Item = Group<'a>>,
    mut at: Duration,
    end: Duration,
) -> Vec<(&'a PlannedHandler, Duration)> {
    let start = |group: Group<'a>| {
        let from = at;
        at = at.saturating_add(group.worst_case());
        group.handlers.iter().map(move |handler| (handler, from.saturating_add(handler.start()).min(end)))
    };
    groups.flat_map(start).collect()
}

/// One row for each handler, which starts at the time beside it and is cut off at `end`.
fn list(timeline: &mut Timeline, handlers: Vec<(&PlannedHandler, Duration)>, end: Duration) {
    let shown = timeline::shown(handlers.len());
    for (handler, from) in handlers.iter().take(shown) {
        let length = handler.timeout.min(end.saturating_sub(*from));
        timeline.row(Row::new(2, &handler.name, Some(handler.timeout)).thin(*from, length));
        timeline.text("    after ", &escape(&names(handler.after())));
    }
    let more = handlers.len() - shown;
    if more > 0 {
        timeline.text("  ", &format!("… and {} more", count(more)));
    }
}

/// The names, separated by commas.
fn names<'a>(names: impl Iterator<Item = &'a str>) -> String {
    join(&names.collect::<Vec<_>>(), ", ")
}
