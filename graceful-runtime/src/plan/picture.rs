//! The plan, drawn.

use std::fmt;
use std::time::Duration;

use super::{Plan, PlannedHandler};
use crate::picture::{self, Picture, Row};

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let worst_case = self.worst_case();
        let mut picture = Picture::new(self.grace_period, self.grace_period.max(worst_case));
        let title = format!(
            "shutdown plan: {}, {} in the worst case, grace period {}",
            picture::counted(self.handlers.len(), "handler"),
            picture::duration(worst_case),
            picture::duration(self.grace_period),
        );
        picture.text("", &title);

        let mut at = self.lame_duck;
        if !at.is_zero() {
            picture.row(Row::new(0, "lame duck", Some(at)).block(Duration::ZERO, at));
        }

        let row = Row::new(0, "drain", Some(self.drain_timeout));
        picture.row(if self.drain_timeout.is_zero() { row } else { row.block(at, self.drain_timeout) });
        let drained = at.saturating_add(self.drain_timeout);
        let handlers = self.drain_groups().flat_map(|group| {
            let from = at.min(drained);
            at = at.saturating_add(group.worst_case());
            group.handlers.iter().map(move |handler| (handler, from))
        });
        list(&mut picture, handlers.collect(), drained);

        at = drained;
        for group in self.groups() {
            let time = group.worst_case();
            let end = at.saturating_add(time);
            let label = format!("teardown, priority {}", group.priority);
            picture.row(Row::new(0, &label, Some(time)).block(at, time));
            list(&mut picture, group.handlers.iter().map(|handler| (handler, at)).collect(), end);
            at = end;
        }

        picture.scale();
        let verdict = match worst_case.checked_sub(self.grace_period) {
            Some(Duration::ZERO) => "fits, with nothing to spare".to_owned(),
            Some(excess) => format!("does not fit: {} too long", picture::duration(excess)),
            None => {
                let spare = self.grace_period.saturating_sub(worst_case);
                format!("fits, with {} to spare", picture::duration(spare))
            }
        };
        picture.text("", &verdict);
        picture.fmt(f)
    }
}

/// One row for each handler, which starts at the time beside it and is cut off at `end`.
fn list(picture: &mut Picture, handlers: Vec<(&PlannedHandler, Duration)>, end: Duration) {
    let shown = picture::shown(handlers.len());
    for (handler, from) in handlers.iter().take(shown) {
        let length = handler.timeout.min(end.saturating_sub(*from));
        picture.row(Row::new(2, &handler.name, Some(handler.timeout)).line(*from, length));
    }
    let more = handlers.len() - shown;
    if more > 0 {
        picture.text("  ", &format!("… and {} more", picture::count(more)));
    }
}
