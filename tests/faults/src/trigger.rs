//! What starts the shutdown, and the signals that come after it.

use crate::dimension::dimension;

dimension! {
    /// What starts the shutdown, and the signals that come after it. Those come when the fault strikes; when it has struck
    /// before the trigger, while the drain is held up.
    Trigger {
        /// SIGTERM.
        Sigterm: "sigterm",
        /// SIGTERM, and once more: that changes nothing.
        SigtermTwice: "sigterm-twice",
        /// SIGTERM, then SIGINT: in the drain that cuts it, in teardown it ends the process.
        SigtermSigint: "sigterm-sigint",
        /// SIGINT.
        Sigint: "sigint",
        /// SIGINT, and once more: as after SIGTERM.
        SigintTwice: "sigint-twice",
        /// SIGINT, once more to cut the drain, and in teardown for the third time.
        SigintThrice: "sigint-thrice",
        /// `graceful::request_shutdown()`.
        Request: "request",
        /// `graceful::exit(7)`.
        Exit: "exit",
        /// Main returns.
        MainOk: "main-ok",
        /// Main returns an error.
        MainErr: "main-err",
        /// Main panics.
        MainPanic: "main-panic",
        /// A critical task fails.
        Critical: "critical",
    }
}

impl Trigger {
    /// It comes from outside, so it comes whatever state the program is in.
    #[must_use]
    pub fn is_signal(self) -> bool {
        self.starts_with_sigint() || matches!(self, Self::Sigterm | Self::SigtermTwice | Self::SigtermSigint)
    }

    /// The first signal is a SIGINT. There is no terminal, so it begins the shutdown as SIGTERM does.
    #[must_use]
    pub fn starts_with_sigint(self) -> bool {
        matches!(self, Self::Sigint | Self::SigintTwice | Self::SigintThrice)
    }

    /// Main ends by it: there is no lame duck, and no main in the drain.
    #[must_use]
    pub fn ends_main(self) -> bool {
        matches!(self, Self::MainOk | Self::MainErr | Self::MainPanic)
    }

    /// How many SIGINTs come after the trigger.
    #[must_use]
    pub fn later_sigints(self) -> usize {
        match self {
            Self::SigtermSigint | Self::SigintTwice => 1,
            Self::SigintThrice => 2,
            _ => 0,
        }
    }
}
