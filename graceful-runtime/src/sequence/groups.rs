//! Groups of handlers, one after another; inside a group all at once.

use std::time::Duration;

use graceful_core::budget;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::Stage;
use crate::events;
use crate::handler::runner::{Circumstances, Runner};
use crate::handler::{Group, Registered, groups};

/// Runs them by priority, high to low, so that all have had their part by `end`. `cut` stops those that run and keeps
/// the others from beginning.
pub(super) async fn run_all(stage: &Stage, handlers: Vec<Registered>, end: Instant, cut: &CancellationToken) {
    let mut groups = groups(handlers).into_iter();
    while let Some(Group { mut handlers, longest, rest }) = groups.next() {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            // Nobody gets any time: they all hear of it in the same moment, instead of in one for each group.
            handlers.extend(groups.by_ref().flat_map(|group| group.handlers));
        }
        run_group(stage, handlers, budget::share(left, longest, rest), cut).await;
    }
}

async fn run_group(stage: &Stage, handlers: Vec<Registered>, share: Duration, cut: &CancellationToken) {
    let Stage { program, shutdown, app } = stage;
    let record = &shutdown.recorder;
    let mut running = Runner::new(Circumstances {
        app: app.clone(),
        resources: program.resources.clone(),
        reason: shutdown.trigger.reason.clone(),
        cut: cut.clone(),
    });
    let mut ids = Vec::with_capacity(handlers.len());
    for handler in handlers {
        if cut.is_cancelled() {
            record.handler_left_out(&handler.planned);
            continue;
        }
        let allowance = handler.planned.timeout().min(share);
        ids.push(record.handler_began(&handler.planned, allowance));
        running.add(handler, allowance);
    }
    running.begin();
    while let Some((which, outcome)) = running.next().await {
        let report = ids.get(which).and_then(|id| record.handler_ended(*id, outcome));
        if let Some(report) = report {
            program.output.log(move || events::handler(&report));
        }
    }
}
