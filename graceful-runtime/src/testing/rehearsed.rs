//! What came of a rehearsal, and what a test wants to say of it.

use std::fmt;

use crate::outcome::Outcome;
use crate::plan::Plan;
use crate::report::Report;

/// What came of a [`Rehearsal`](super::Rehearsal): the report, beside the plan. Its `Display` is the report's picture.
#[derive(Debug, Clone)]
pub struct Rehearsed {
    report: Report,
    plan: Plan,
}

impl Rehearsed {
    pub(super) fn new(report: Report, plan: Plan) -> Self {
        Self { report, plan }
    }

    /// What happened.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// What was to happen, with the handlers that were registered on the way.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// How the handler of this name ended: the first, if there are several.
    ///
    /// # Panics
    ///
    /// When there is none.
    #[must_use]
    #[track_caller]
    pub fn outcome(&self, handler: &str) -> &Outcome {
        let handlers = self.report.handlers();
        match handlers.iter().find(|report| report.name() == handler) {
            Some(report) => report.outcome(),
            None => {
                let names: Vec<_> = handlers.iter().map(|report| report.name()).collect();
                panic!("there is no handler `{handler}`, only {names:?}")
            }
        }
    }

    /// Asserts that nothing went wrong: every handler completed, or was rightly skipped, nothing was abandoned, and no
    /// critical task failed.
    ///
    /// # Panics
    ///
    /// When something did; with the report.
    #[track_caller]
    pub fn assert_clean(&self) -> &Self {
        assert!(self.report.is_clean(), "the shutdown was not clean\n{self}");
        self
    }

    /// Asserts that the grace period was enough: every handler was begun, had all of its timeout, and the end came in
    /// time. Whatever became of the handlers.
    ///
    /// # Panics
    ///
    /// When it was not; with the report.
    #[track_caller]
    pub fn assert_in_budget(&self) -> &Self {
        let (report, plan) = (&self.report, &self.plan);
        assert!(
            report.elapsed() <= report.grace_period(),
            "the shutdown took longer than the grace period of {:?}\n{self}",
            report.grace_period()
        );
        for planned in plan.handlers() {
            let allowed = report.handlers().iter().filter(|handler| {
                (handler.name(), handler.phase(), handler.priority())
                    == (planned.name(), planned.phase(), planned.priority())
            });
            // Of several with the same name the one that had least.
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
