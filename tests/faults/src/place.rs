//! Where the fault strikes, and so in which phase.

use crate::dimension::dimension;

dimension! {
    /// Where the fault strikes, and so in which phase.
    Place {
        /// Before the trigger, in main.
        RunningMain: "running-main",
        /// Before the trigger, in a tracked task.
        RunningTask: "running-task",
        /// Before the trigger, in the first attempt of a supervised task.
        RunningSupervised: "running-supervised",
        /// In the lame duck, in a tracked task.
        LameDuck: "lame-duck",
        /// In the drain, in main.
        DrainMain: "drain-main",
        /// In the drain, in a tracked task.
        DrainTask: "drain-task",
        /// In the drain, on a thread that holds a guard.
        DrainGuard: "drain-guard",
        /// In the drain, in one of its handlers.
        DrainHandler: "drain-handler",
        /// In the drain, in a supervised task of a scope.
        ScopeTask: "scope-task",
        /// In the drain, in a handler of a scope.
        ScopeHandler: "scope-handler",
        /// In teardown's first group.
        First: "first",
        /// In teardown's middle group.
        Middle: "middle",
        /// In teardown's last group.
        Last: "last",
        /// Behind teardown, in the report's observer.
        Observer: "observer",
    }
}

impl Place {
    /// Before the trigger.
    #[must_use]
    pub fn is_running(self) -> bool {
        matches!(self, Self::RunningMain | Self::RunningTask | Self::RunningSupervised)
    }

    /// In main's body.
    #[must_use]
    pub fn is_main(self) -> bool {
        matches!(self, Self::RunningMain | Self::DrainMain)
    }

    /// In the drain, whoever it is.
    #[must_use]
    pub fn is_drain(self) -> bool {
        use Place::{DrainGuard, DrainHandler, DrainMain, DrainTask, ScopeHandler, ScopeTask};

        matches!(self, DrainMain | DrainTask | DrainGuard | DrainHandler | ScopeTask | ScopeHandler)
    }

    /// In one of teardown's handlers.
    #[must_use]
    pub fn is_teardown(self) -> bool {
        matches!(self, Self::First | Self::Middle | Self::Last)
    }

    /// The handler that it is: an asynchronous one, and the plain one beside it.
    #[must_use]
    pub fn handlers(self) -> Option<[&'static str; 2]> {
        match self {
            Self::DrainHandler => Some(["drain_first", "drain_first_plain"]),
            Self::ScopeHandler => Some(["scope/flush", "scope/flush_plain"]),
            Self::First => Some(["first", "first_plain"]),
            Self::Middle => Some(["middle", "middle_plain"]),
            Self::Last => Some(["last", "last_plain"]),
            _ => None,
        }
    }
}
