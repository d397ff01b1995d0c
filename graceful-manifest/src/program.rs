//! The program that manifests are compared with.

use std::net::SocketAddr;
use std::time::Duration;

use graceful_core::chains::{self, Link};
use graceful_core::record::SocketKind;
use graceful_core::timeouts::{Timeouts, TimeoutsError};
use graceful_core::{HandlerPhase, Signal, budget};

use crate::grant::SIGTERM;

/// The time for the platform's own work, and for a busy machine.
pub(crate) const MARGIN: Duration = Duration::from_secs(1);

/// A program: the keys of `#[graceful::main(..)]`, and its handlers if they are known.
///
/// [`Program::default`] has the defaults of the keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// The time from the signal to the forced exit. Default: 24 s.
    pub grace_period: Duration,
    /// How long the program keeps serving after it has stopped being ready. Default: 0 s.
    pub lame_duck: Duration,
    /// How long work in flight may take to finish. Default: half of what the lame duck leaves of the grace period.
    pub drain_timeout: Option<Duration>,
    /// The timeout of handlers without their own. Default: an eighth of what the lame duck leaves of the grace period.
    pub handler_timeout: Option<Duration>,
    /// The signals that start the shutdown, such as `SIGTERM`. Default: SIGTERM and SIGINT.
    pub signals: Vec<String>,
    /// The address where the supervisor answers probes. Default: `None`. The application may serve its own probes.
    pub probes: Option<SocketAddr>,
    /// Whether the program notifies systemd: it was built with the feature `systemd`. Default: `None`, for not known.
    pub notifies_systemd: Option<bool>,
    /// The shutdown handlers. Default: `None`, for not known.
    pub handlers: Option<Vec<Handler>>,
    /// The sockets that the program takes from systemd. Default: none. It may take others, which are not known.
    pub sockets: Vec<Socket>,
}

impl Default for Program {
    fn default() -> Self {
        let Timeouts { grace_period, lame_duck, drain_timeout, handler_timeout } = Timeouts::default();
        Self {
            grace_period,
            lame_duck,
            drain_timeout,
            handler_timeout,
            signals: Signal::DEFAULT.iter().map(Signal::to_string).collect(),
            probes: None,
            notifies_systemd: None,
            handlers: None,
            sockets: Vec::new(),
        }
    }
}

impl Program {
    /// Returns the drain timeout, or its default.
    #[must_use]
    pub fn effective_drain_timeout(&self) -> Duration {
        self.timeouts().effective_drain_timeout()
    }

    /// Returns the longest time of the teardown: the sum of the longest timeout, or chain of handlers, of each priority.
    /// `None` if the handlers are not known.
    #[must_use]
    pub fn teardown_worst_case(&self) -> Option<Duration> {
        self.worst_case_of(&[HandlerPhase::Teardown])
    }

    /// The longest time of the lame duck, which lasts until its handlers have ended.
    pub(crate) fn lame_duck_worst_case(&self) -> Option<Duration> {
        Some(budget::lame_duck(self.lame_duck, self.ends()?))
    }

    /// Returns the longest time of the handlers that run after the report, as [`teardown_worst_case`](Self::teardown_worst_case).
    /// `None` if the handlers are not known.
    #[must_use]
    pub fn flush_worst_case(&self) -> Option<Duration> {
        self.worst_case_of(&[HandlerPhase::Flush])
    }

    fn worst_case_of(&self, phases: &[HandlerPhase]) -> Option<Duration> {
        Some(budget::worst_case(phases, self.ends()?))
    }

    /// Each handler with the longest time from the start of its priority to its end.
    fn ends(&self) -> Option<Vec<(HandlerPhase, i32, Duration)>> {
        let timeouts = self.timeouts();
        let link = |handler: &Handler| Link {
            phase: handler.phase,
            priority: handler.priority,
            timeout: handler.timeout.unwrap_or_else(|| timeouts.handler_timeout_in(handler.phase)),
            after: handler.after.clone(),
        };
        let links: Vec<_> = self.handlers.as_ref()?.iter().map(link).collect();
        Some(chains::ends(&links))
    }

    /// Returns the longest time of the shutdown: lame duck, drain timeout, and the longest teardown and flush. `None` if
    /// the handlers are not known.
    #[must_use]
    pub fn worst_case(&self) -> Option<Duration> {
        let before_teardown = self.lame_duck_worst_case()?.saturating_add(self.effective_drain_timeout());
        let handlers = self.worst_case_of(&[HandlerPhase::Teardown, HandlerPhase::Flush])?;
        Some(before_teardown.saturating_add(handlers))
    }

    /// Returns the time until SIGKILL that is enough, whatever hangs: the grace period, and 1 s to spare.
    #[must_use]
    pub fn needed_time(&self) -> Duration {
        self.grace_period.saturating_add(MARGIN)
    }

    /// Returns a signal that starts the shutdown, if SIGTERM, the default of platforms, does not.
    #[must_use]
    pub fn stop_signal(&self) -> Option<&str> {
        let mut signals = self.signals.iter().map(|signal| &**signal);
        if signals.clone().any(|signal| signal == SIGTERM) { None } else { signals.next() }
    }

    fn timeouts(&self) -> Timeouts {
        Timeouts {
            grace_period: self.grace_period,
            lame_duck: self.lame_duck,
            drain_timeout: self.drain_timeout,
            handler_timeout: self.handler_timeout,
        }
    }

    /// Why the program refuses to start, if it does: lame duck and drain must leave time for the handlers.
    pub(crate) fn refused(&self) -> Option<TimeoutsError> {
        self.timeouts().check().err()
    }

    /// Whether the program starts, and its plan, as far as it is known, fits the grace period.
    pub(crate) fn fits(&self) -> bool {
        self.refused().is_none() && self.worst_case().is_none_or(|worst_case| worst_case <= self.grace_period)
    }
}

/// A shutdown handler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handler {
    /// The handler's name.
    pub name: String,
    /// Higher runs first, equal ones at the same time.
    pub priority: i32,
    /// How long the handler may take. Default: the program's handler timeout.
    pub timeout: Option<Duration>,
    /// The phase in which the handler runs.
    pub phase: HandlerPhase,
    /// The handlers that it runs after, as their places in [`Program::handlers`]. Default: none.
    pub after: Vec<usize>,
}

/// A socket that the program takes by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Socket {
    /// The name, which is `FileDescriptorName` in the socket unit.
    pub name: String,
    /// What the program expects.
    pub kind: SocketKind,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handler(priority: i32, secs: u64, phase: HandlerPhase) -> Handler {
        Handler { name: "a".to_owned(), priority, timeout: Some(Duration::from_secs(secs)), phase, after: Vec::new() }
    }

    #[test]
    fn the_worst_case_is_the_longest_of_each_group() {
        let handlers = vec![
            handler(20, 5, HandlerPhase::Teardown),
            handler(20, 1, HandlerPhase::Teardown),
            handler(10, 4, HandlerPhase::Teardown),
            handler(0, 100, HandlerPhase::Drain),
            handler(10, 2, HandlerPhase::Flush),
        ];
        let program = Program { lame_duck: Duration::from_secs(4), handlers: Some(handlers), ..Program::default() };
        assert_eq!(program.worst_case(), Some(Duration::from_secs(4 + 10 + 9 + 2)));
        assert_eq!(Program::default().worst_case(), None);
    }

    #[test]
    fn handlers_that_run_after_one_another_take_their_time_together() {
        let after = |handler: Handler, after: usize| Handler { after: vec![after], ..handler };
        let handlers = vec![
            handler(10, 4, HandlerPhase::Teardown),
            after(handler(10, 3, HandlerPhase::Teardown), 0),
            handler(10, 5, HandlerPhase::Teardown),
            after(handler(0, 2, HandlerPhase::Teardown), 2),
        ];
        let program = Program { handlers: Some(handlers), ..Program::default() };
        assert_eq!(program.teardown_worst_case(), Some(Duration::from_secs(7 + 2)));
    }

    #[test]
    fn a_handler_without_a_timeout_has_the_default() {
        let default = |priority| Handler { timeout: None, ..handler(priority, 0, HandlerPhase::Teardown) };
        let program = Program { handlers: Some(vec![default(1), default(0)]), ..Program::default() };
        assert_eq!(program.worst_case(), Some(Duration::from_secs(12 + 3 + 3)));
        let shorter = Program { grace_period: Duration::from_secs(16), ..program.clone() };
        assert_eq!(shorter.worst_case(), Some(Duration::from_secs(8 + 2 + 2)));
        let set = Program { handler_timeout: Some(Duration::from_secs(4)), ..program };
        assert_eq!(set.worst_case(), Some(Duration::from_secs(12 + 4 + 4)));
    }

    #[test]
    fn the_lame_duck_lasts_until_its_handlers_have_ended() {
        let handlers = vec![handler(1, 3, HandlerPhase::LameDuck), handler(0, 4, HandlerPhase::LameDuck)];
        let worst_case = |lame_duck| {
            let lame_duck = Duration::from_secs(lame_duck);
            let drain_timeout = Some(Duration::from_secs(10));
            Program { lame_duck, drain_timeout, handlers: Some(handlers.clone()), ..Program::default() }.worst_case()
        };
        assert_eq!([5, 9, 0].map(worst_case), [17, 19, 10].map(|secs| Some(Duration::from_secs(secs))));
    }

    #[test]
    fn a_sum_that_overflows_is_the_greatest_there_is() {
        let handlers = vec![handler(1, u64::MAX, HandlerPhase::Teardown), handler(0, u64::MAX, HandlerPhase::Teardown)];
        let program = Program { handlers: Some(handlers), ..Program::default() };
        assert_eq!(program.worst_case(), Some(Duration::MAX));
    }
}
