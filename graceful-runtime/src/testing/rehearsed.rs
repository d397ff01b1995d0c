//! What a rehearsal shows.

use std::fmt;

use graceful_core::HandlerPhase;
use graceful_core::plan::{Plan, PlannedHandler};

use super::rehearsal::Ended;
use crate::handler::Faults;
use crate::outcome::Outcome;
use crate::program::Program;
use crate::report::{HandlerReport, Report};

/// The result of a [`Rehearsal`](super::Rehearsal), or of a [`Service`](super::Service): the report and the plan. Its `Display` is the report's picture.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use graceful::testing::Rehearsal;
///
/// let rehearsed = Rehearsal::new().run_main(async {
///     graceful::handler("cache").register(async || {}).unwrap();
/// });
/// rehearsed.assert_clean().assert_in_budget();
/// assert!(rehearsed.report().elapsed() <= rehearsed.plan().worst_case());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Rehearsed {
    report: Report,
    /// The handlers that ran after the report.
    flush: Vec<HandlerReport>,
    plan: Plan,
}

impl Rehearsed {
    #[track_caller]
    pub(super) fn new(program: &Program, faults: &Faults, (report, flush): Ended) -> Self {
        let plan = program.plan();
        // Those of scopes are only in the report.
        let mut names: Vec<_> = plan.handlers().iter().map(PlannedHandler::name).collect();
        for ended in report.handlers() {
            if !names.contains(&ended.name()) {
                names.push(ended.name());
            }
        }
        for name in faults.names() {
            assert!(names.contains(&name), "there is no handler `{name}` to inject a fault into, only {names:?}");
        }
        Self { report, flush, plan }
    }

    fn handlers(&self) -> impl Iterator<Item = &HandlerReport> {
        self.report.handlers().iter().chain(&self.flush)
    }

    /// Returns the report: what happened.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Returns the plan, with the handlers that were registered during the rehearsal.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Returns how the handler of this name ended, in the flush too. If several have it, the first one.
    ///
    /// # Panics
    ///
    /// If no handler has this name.
    #[must_use]
    #[track_caller]
    pub fn outcome(&self, handler: &str) -> &Outcome {
        match self.handlers().find(|report| report.name() == handler) {
            Some(report) => report.outcome(),
            None => {
                let names: Vec<_> = self.handlers().map(|report| report.name()).collect();
                panic!("there is no handler `{handler}`, only {names:?}")
            }
        }
    }

    /// Asserts that each handler of the report completed or was skipped, nothing was abandoned, and no critical task failed.
    ///
    /// # Panics
    ///
    /// If that is not so. The message has the report.
    #[track_caller]
    pub fn assert_clean(&self) -> &Self {
        assert!(self.report.is_clean(), "the shutdown was not clean\n{self}");
        self
    }

    /// Asserts that the grace period was long enough: each handler was called with its full timeout, and the end came
    /// in time.
    ///
    /// The outcomes of the handlers do not matter.
    ///
    /// # Panics
    ///
    /// If it was too short. The message has the report.
    #[track_caller]
    pub fn assert_in_budget(&self) -> &Self {
        let (report, plan) = (&self.report, &self.plan);
        assert!(
            report.elapsed() <= report.grace_period(),
            "the shutdown took longer than the grace period of {:?}\n{self}",
            report.grace_period()
        );
        for planned in plan.handlers() {
            let allowed = self.handlers().filter(|handler| {
                // Where the lame duck is skipped, its handlers run in the drain.
                let skipped = (handler.phase(), planned.phase()) == (HandlerPhase::Drain, HandlerPhase::LameDuck);
                (handler.name(), handler.priority()) == (planned.name(), planned.priority())
                    && (handler.phase() == planned.phase() || skipped)
            });
            // The shortest, if several have the same name.
            let Some(allowed) = allowed.filter_map(|handler| handler.started().map(|_| handler.timeout())).min() else {
                panic!("the handler `{}` was not begun\n{self}", planned.name());
            };
            assert!(
                allowed >= planned.timeout(),
                "the handler `{}` was given {allowed:?} of its timeout of {:?}: the grace period is too short\n{self}",
                planned.name(),
                planned.timeout()
            );
        }
        self
    }
}

impl fmt::Display for Rehearsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.report.fmt(f)
    }
}
