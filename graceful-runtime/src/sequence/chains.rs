//! Runs the handlers of a phase in which some run after others.

use std::time::Duration;

use graceful_core::budget;
use graceful_core::plan::{Chain, PlannedHandler};
use tokio::runtime::Handle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::handlers::{Crew, run_in_turn};
use crate::handler::run::Run;
use crate::handler::schedule::{Group, Time, groups};
use crate::spawn;

/// Whether the handler waits for another one of its group.
pub(super) fn waits(handler: &Run) -> bool {
    handler.planned.chain().is_some_and(|chain| chain.waits_for().next().is_some())
}

/// [`run`]
pub(crate) type RunChains = for<'a> fn(&'a Crew, Vec<Run>, Time, CancellationToken) -> spawn::Boxed<'a>;

/// Runs the handlers of a phase, group after group.
pub(crate) fn run(crew: &Crew, handlers: Vec<Run>, time: Time, cut: CancellationToken) -> spawn::Boxed<'_> {
    Box::pin(async move {
        let mut groups = groups(&handlers, PlannedHandler::end);
        let mut handlers = handlers.into_iter();
        while let Some(Group { runs, longest, rest }) = groups.pop() {
            let left = time.end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                // No handler gets any time, so all of them time out in the same moment and not one after another.
                run_in_turn(crew, handlers.collect(), time, &cut).await;
                return;
            }
            let reserve = rest.saturating_add(time.reserve);
            let group: Vec<_> = handlers.by_ref().take(runs.len()).collect();
            if group.iter().any(waits) {
                let end = Instant::now() + budget::window(left, longest, reserve);
                run_chains(crew, group, runs.start, end, &cut).await;
            } else {
                run_in_turn(crew, group, Time { end: time.end, reserve }, &cut).await;
            }
        }
    })
}

/// Starts each handler of a group when those that it waits for have ended, so that independent chains overlap. `first` is the
/// place of the first of them. They share the time until `end` along the chains.
async fn run_chains(crew: &Crew, handlers: Vec<Run>, first: usize, end: Instant, cut: &CancellationToken) {
    let ended: Vec<_> = handlers.iter().map(|_| CancellationToken::new()).collect();
    for (handler, own) in handlers.into_iter().zip(&ended) {
        let chain = handler.planned.chain();
        let before = chain.into_iter().flat_map(Chain::waits_for).filter_map(|place| place.checked_sub(first));
        let before: Vec<_> = before.filter_map(|place| ended.get(place).cloned()).collect();
        let time = Time { end, reserve: chain.map_or(Duration::ZERO, Chain::rest) };
        let (crew, cut, own) = (crew.clone(), cut.clone(), own.clone().drop_guard());
        spawn::task(&Handle::current(), async move {
            let _own = own;
            for before in before {
                before.cancelled().await;
            }
            run_in_turn(&crew, vec![handler], time, &cut).await;
        });
    }
    for ended in ended {
        ended.cancelled().await;
    }
}
