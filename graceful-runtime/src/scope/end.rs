//! The end of a scope: the drain begins in it and in its descendants, and each ends when its work and its children have ended.
//!
//! The thread that takes the last piece of work out of a scope that drains ends the scope, and then the scopes around it if they
//! waited for that. So innermost scopes end first, nothing polls, and no task waits for a scope except the one that keeps its time.

use std::mem;
use std::sync::Arc;
use std::time::Duration;

use graceful_core::budget;
use tokio::time::{Instant, timeout_at};

use super::node::{Node, Stage};
use super::report::ScopeReport;
use crate::report::Abandoned;
use crate::task::Doomed;
use crate::{events, spawn};

/// For a timeout that is too long for the clock.
const A_CENTURY: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// When a shutdown must have ended, and how its time is shared.
#[derive(Debug, Clone, Copy)]
pub(super) struct End {
    /// When connections are cut and tasks aborted.
    pub(super) cut_at: Instant,
    /// When what was aborted is given up.
    give_up_at: Instant,
    /// By when the last handler must have ended, so that one that does not can be given up.
    pub(super) of_handlers: Instant,
    pub(super) at: Instant,
}

impl End {
    /// Begins now. `handlers` is the time that they need at most.
    fn new(timeout: Duration, handlers: Duration) -> Self {
        let (now, grace, margin) = (Instant::now(), budget::abort_grace(timeout), budget::margin(timeout));
        let at = now.checked_add(timeout).unwrap_or_else(|| now + A_CENTURY);
        let reserve = if handlers.is_zero() { grace } else { handlers.saturating_add(margin).saturating_add(grace) };
        let drain = budget::drain(timeout, timeout.saturating_sub(grace), reserve);
        let cut_at = now.checked_add(drain).unwrap_or(at);
        let give_up_at = cut_at.checked_add(grace).unwrap_or(at);
        Self { cut_at, give_up_at, of_handlers: at.checked_sub(margin).unwrap_or(now), at }
    }
}

impl Node {
    /// Begins the shutdown, which ends within `timeout`. If it has begun, the earlier end holds.
    pub(super) fn shut_down(self: &Arc<Self>, timeout: Duration) {
        let end = End::new(timeout, self.worst_case());
        let mut state = self.state();
        if state.stage == Stage::Ended || state.end.is_some_and(|earlier| earlier.at <= end.at) {
            return;
        }
        let begins = state.end.replace(end).is_none();
        drop(state);
        if begins {
            let (path, in_flight) = (Arc::clone(&self.path), self.in_flight());
            self.program.output.log(move || events::scope_draining(&path, in_flight, timeout));
        }
        self.drain();
        if self.ended.get().is_none() {
            spawn::task(&self.program.coordinator(), keep_time(Arc::clone(self), end));
        }
    }

    /// Begins the drain in the scope and in its descendants.
    pub(crate) fn drain(self: &Arc<Self>) {
        let now = Instant::now();
        let tree = self.tree_with(|_, state| {
            state.stage = state.stage.max(Stage::Draining);
            state.begin.get_or_insert(now);
            #[cfg(feature = "axum")]
            state.served.iter().for_each(|served| served.drain());
        });
        // New work is refused everywhere before anybody learns of the drain.
        self.draining.cancel();
        tree.iter().rev().for_each(Self::settle);
    }

    /// Ends the scope if it drains and nothing is left in it, after its handlers, and then the scopes around it.
    pub(super) fn settle(self: &Arc<Self>) {
        let mut node = Arc::clone(self);
        while let Some(parent) = node.end_if_settled() {
            node = parent;
        }
    }

    /// Returns the scope around it if it has ended now.
    fn end_if_settled(self: &Arc<Self>) -> Option<Arc<Self>> {
        let mut state = self.state();
        if !state.is_settled() {
            return None;
        }
        state.stage = Stage::Closing;
        drop(state);
        if self.begins_handlers() { None } else { self.end() }
    }

    /// Ends the scope. Returns the scope around it.
    pub(super) fn end(self: &Arc<Self>) -> Option<Arc<Self>> {
        let mut state = self.state();
        state.stage = Stage::Ended;
        let (findings, kept) = Self::take_findings(&mut state);
        let begin = state.begin;
        let was_asked = state.end.is_some();
        let checks = mem::take(&mut state.checks);
        #[cfg(feature = "axum")]
        let served = state.served.take();
        drop(state);
        self.remove_checks(checks);
        #[cfg(feature = "axum")]
        let findings = self.with_connections(findings, served);
        let report = ScopeReport::new(&self.path, begin, findings);
        let parent = self.parent().cloned();
        if let Some(parent) = &parent {
            parent.add_report_of_child(&report);
            parent.remove(self);
        }
        if was_asked {
            let report = report.clone();
            self.program.output.log(move || events::scope_ended(&report));
        }
        let _ = self.ended.set(report);
        drop(kept);
        parent
    }

    /// What has happened in a child is in the report of a scope that ends with it.
    fn add_report_of_child(&self, report: &ScopeReport) {
        let mut state = self.state();
        if state.stage >= Stage::Draining {
            state.findings.extend(report);
        }
    }

    /// Aborts the tasks of the scope and of its descendants, and names what was left in them.
    pub(crate) fn cut(self: &Arc<Self>) {
        let mut guards = Vec::new();
        // What comes later counts in a scope around it.
        self.tree_with(|node, state| {
            if state.stage < Stage::Cut {
                state.stage = Stage::Cut;
                guards.push((Arc::clone(node), state.guards));
            }
        });
        #[cfg(feature = "axum")]
        self.cut_connections(true);
        for (node, guards) in guards.into_iter().filter(|(_, guards)| *guards > 0) {
            node.abandon(Abandoned::InFlight { guards, scope: Some(node.path.to_string()) });
        }
        self.program.tasks.take_of_scopes(|scope| scope.is_in(self)).into_iter().for_each(Doomed::abort);
    }

    /// Adds to the report what was left of the work at the cut.
    pub(crate) fn abandon(self: &Arc<Self>, what: Abandoned) {
        self.find(|findings| findings.abandoned.push(what));
    }

    /// Ends the work of the scope and of its descendants whatever is left of it.
    pub(crate) fn give_up(self: &Arc<Self>) {
        let tree = self.tree_with(|_, state| state.stage = state.stage.max(Stage::GivenUp));
        tree.iter().rev().for_each(Self::settle);
    }
}

/// Cuts the scope when its drain has had its time, gives up what was aborted and has not ended, and cancels the handlers that run
/// when the time of all is up.
async fn keep_time(node: Arc<Node>, end: End) {
    let ended_by = async |at| timeout_at(at, node.ended.wait()).await.is_ok();
    if ended_by(end.cut_at).await {
        return;
    }
    // What was cut or aborted must be able to end.
    let now = Instant::now();
    let give_up_at = end.give_up_at.max(now + budget::MIN_WAIT);
    // What waits for a client ends with its connection, and is not abandoned.
    #[cfg(feature = "axum")]
    if node.cut_connections(true) && ended_by(now + (give_up_at - now) / 2).await {
        return;
    }
    node.cut();
    if ended_by(give_up_at).await {
        return;
    }
    node.give_up();
    if !ended_by(end.at.max(give_up_at + budget::MIN_WAIT)).await {
        node.cut_handlers();
    }
}
