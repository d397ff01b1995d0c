//! The signals that can start the shutdown.

use std::fmt;

/// A signal that starts the shutdown.
///
/// On Windows [`Interrupt`](Signal::Interrupt) is Ctrl-C, and [`Terminate`](Signal::Terminate) is Ctrl-Break and the
/// close, logoff and shutdown events. The other signals do not exist there.
///
/// ```
/// # mod graceful {
/// #     pub use graceful_core::Signal;
/// #     pub struct Config;
/// #     impl Config { pub fn new() -> Self { Self } pub fn signals(self, _: [Signal; 3]) {} }
/// # }
/// use graceful::{Config, Signal};
///
/// let config = Config::new().signals([Signal::Terminate, Signal::Interrupt, Signal::Hangup]);
/// # let () = config;
/// assert_eq!(Signal::Hangup.to_string(), "SIGHUP");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Signal {
    /// SIGTERM, which Kubernetes, systemd and `kill` send.
    Terminate,
    /// SIGINT, which Ctrl-C at a terminal sends. The lame duck is skipped, because a person waits. Each further one
    /// moves the shutdown one stage on: it cuts the drain short, then ends the process at once.
    Interrupt,
    /// SIGHUP.
    Hangup,
    /// SIGQUIT.
    Quit,
    /// SIGUSR1.
    User1,
    /// SIGUSR2.
    User2,
}

impl Signal {
    /// All signals that can be chosen.
    #[doc(hidden)]
    pub const ALL: [Self; 6] = [Self::Terminate, Self::Interrupt, Self::Hangup, Self::Quit, Self::User1, Self::User2];

    /// The signals that start the shutdown unless others are chosen.
    #[doc(hidden)]
    pub const DEFAULT: [Self; 2] = [Self::Terminate, Self::Interrupt];

    /// Returns the signal's name, such as `SIGTERM`. It is also its `Display`, and what `FromStr` parses.
    ///
    /// ```
    /// # mod graceful { pub use graceful_core::Signal; }
    /// use graceful::Signal;
    ///
    /// assert_eq!(Signal::Terminate.label(), "SIGTERM");
    /// assert_eq!("SIGHUP".parse(), Ok(Signal::Hangup));
    /// ```
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Terminate => "SIGTERM",
            Self::Interrupt => "SIGINT",
            Self::Hangup => "SIGHUP",
            Self::Quit => "SIGQUIT",
            Self::User1 => "SIGUSR1",
            Self::User2 => "SIGUSR2",
        }
    }

    /// Its number on this platform, which a shell adds to 128.
    #[doc(hidden)]
    #[must_use]
    pub const fn number(self) -> u8 {
        let (user1, user2) = if cfg!(any(target_os = "linux", target_os = "android")) { (10, 12) } else { (30, 31) };
        match self {
            Self::Hangup => 1,
            Self::Interrupt => 2,
            Self::Quit => 3,
            Self::Terminate => 15,
            Self::User1 => user1,
            Self::User2 => user2,
        }
    }

    /// The signals, each once, in the order in which they are declared.
    #[doc(hidden)]
    #[must_use]
    pub fn each_once(signals: impl IntoIterator<Item = Self>) -> Vec<Self> {
        let mut signals: Vec<Self> = signals.into_iter().collect();
        signals.sort_unstable();
        signals.dedup();
        signals
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.label())
    }
}
