//! Runs the handlers of a phase in which some run after others.

use std::time::Duration;

use graceful_core::budget;
use graceful_core::plan::Chain;
use tokio::runtime::Handle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::Stage;
use super::handlers::run_in_turn;
use crate::handler::Registered;
use crate::handler::schedule::Time;
use crate::spawn;

/// Whether the handler waits for another one of its group.
pub(super) fn waits(handler: &Registered) -> bool {
    handler.planned.chain().is_some_and(|chain| chain.waits_for().next().is_some())
}

/// [`run`]
pub(crate) type Run = for<'a> fn(&'a Stage, Vec<Registered>, Time, CancellationToken) -> spawn::Boxed<'a>;

/// Runs the handlers of a phase, group after group.
pub(crate) fn run(stage: &Stage, handlers: Vec<Registered>, time: Time, cut: CancellationToken) -> spawn::Boxed<'_> {
    Box::pin(async move {
        let mut groups = groups(handlers);
        while let Some(Group { mut handlers, first, longest, rest }) = groups.pop() {
            let left = time.end.saturating_duration_since(Instant::now());
            let reserve = rest.saturating_add(time.reserve);
            if left.is_zero() {
                // No handler gets any time, so all of them time out in the same moment and not one after another.
                handlers.extend(groups.drain(..).rev().flat_map(|group| group.handlers));
                run_in_turn(stage, handlers, time, &cut).await;
            } else if handlers.iter().any(waits) {
                let end = Instant::now() + budget::window(left, longest, reserve);
                run_chains(stage, handlers, first, end, &cut).await;
            } else {
                run_in_turn(stage, handlers, Time { end: time.end, reserve }, &cut).await;
            }
        }
    })
}

/// Starts each handler of a group when those that it waits for have ended, so that independent chains overlap. `first` is the
/// place of the first of them. They share the time until `end` along the chains.
async fn run_chains(stage: &Stage, handlers: Vec<Registered>, first: usize, end: Instant, cut: &CancellationToken) {
    let ended: Vec<_> = handlers.iter().map(|_| CancellationToken::new()).collect();
    for (handler, own) in handlers.into_iter().zip(&ended) {
        let chain = handler.planned.chain();
        let before = chain.into_iter().flat_map(Chain::waits_for).filter_map(|place| place.checked_sub(first));
        let before: Vec<_> = before.filter_map(|place| ended.get(place).cloned()).collect();
        let time = Time { end, reserve: chain.map_or(Duration::ZERO, Chain::rest) };
        let (stage, cut, own) = (stage.clone(), cut.clone(), own.clone().drop_guard());
        spawn::task(&Handle::current(), async move {
            let _own = own;
            for before in before {
                before.cancelled().await;
            }
            run_in_turn(&stage, vec![handler], time, &cut).await;
        });
    }
    for ended in ended {
        ended.cancelled().await;
    }
}

/// Handlers of one priority.
struct Group {
    handlers: Vec<Registered>,
    /// The place of the first handler among those of all groups.
    first: usize,
    /// Its longest timeout, or chain of handlers.
    longest: Duration,
    /// The sum of these of the later groups.
    rest: Duration,
}

/// Splits handlers that are in running order. The last group is the first to run.
fn groups(mut handlers: Vec<Registered>) -> Vec<Group> {
    let mut groups = Vec::new();
    let mut rest = Duration::ZERO;
    while let Some(last) = handlers.last() {
        let priority = last.planned.priority();
        let before = handlers.iter().rposition(|handler| handler.planned.priority() != priority);
        let first = before.map_or(0, |before| before + 1);
        let handlers = handlers.split_off(first);
        let longest = handlers.iter().map(|handler| handler.planned.end()).max().unwrap_or_default();
        groups.push(Group { handlers, first, longest, rest });
        rest = rest.saturating_add(longest);
    }
    groups
}
