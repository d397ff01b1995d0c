//! Groups of handlers, one after another; inside a group all at once.

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{Stage, join};
use crate::budget;
use crate::events;
use crate::handler::run::{Circumstances, run};
use crate::handler::{Group, Registered, groups};

/// Runs them by priority, high to low, so that all have had their part by `end`. `cut` stops those that run and keeps
/// the others from beginning.
///
/// Whether the application's runtime has run all of the last group, and so is known to have a thread that is free.
pub(super) async fn run_all(stage: &Stage, handlers: Vec<Registered>, end: Instant, cut: &CancellationToken) -> bool {
    let mut answered = false;
    let mut groups = groups(handlers).into_iter();
    while let Some(Group { mut handlers, longest, rest }) = groups.next() {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            // Nobody gets any time: they all hear of it in the same moment, instead of in one for each group.
            handlers.extend(groups.by_ref().flat_map(|group| group.handlers));
        }
        let share = budget::share(left, longest, rest);
        let mut group = Vec::with_capacity(handlers.len());
        for handler in handlers {
            if cut.is_cancelled() {
                stage.record.handler_left_out(&handler.planned);
                continue;
            }
            let allowance = handler.planned.timeout().min(share);
            let circumstances = Circumstances {
                app: stage.app.clone(),
                resources: stage.program.resources.clone(),
                reason: stage.record.trigger().reason.clone(),
                allowance,
                cut: cut.clone(),
                drive: stage.program.drive().cloned(),
            };
            let stage = stage.clone();
            group.push(async move {
                let id = stage.record.handler_began(&handler.planned, allowance);
                let (outcome, answered) = run(handler, circumstances).await;
                if let Some(report) = stage.record.handler_ended(id, outcome) {
                    stage.program.voice.log(move || events::handler(&report));
                }
                answered
            });
        }
        answered = join::all(group).await;
    }
    answered
}
