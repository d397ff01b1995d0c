//! What must come of a combination, by the contract alone: nothing in here looks at how it is kept.

use graceful_fault_tests::{Combination, Fault, Flavour, Place, Trigger};

use crate::seen::Seen;

/// How the process must end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// When all is done, with this code.
    Orderly(i32),
    /// Rust aborts a process that panics while it panics.
    Aborted,
    /// The program called `std::process::exit` with this code.
    ByItself(i32),
    /// By the deadline.
    AtTheDeadline,
    /// By a SIGINT in teardown.
    Interrupted,
    /// It was stopped beyond its deadline. When it goes on, the deadline is seen first, or the end of a step whose time was
    /// up as well: both were due at the same moment. Then it may come to the orderly end, with this code.
    Late(i32),
}

impl End {
    pub(crate) fn codes(self) -> Vec<i32> {
        match self {
            Self::Orderly(code) | Self::ByItself(code) => vec![code],
            Self::Aborted => Vec::new(),
            Self::AtTheDeadline => vec![124],
            Self::Interrupted => vec![130],
            Self::Late(code) => vec![124, code],
        }
    }
}

pub(crate) fn end(combination: Combination, seen: &Seen) -> End {
    let Combination { trigger, place, fault, .. } = combination;
    match fault {
        Fault::PanicTwice => return End::Aborted,
        Fault::StdExit => return End::ByItself(5),
        _ => {}
    }
    if trigger == Trigger::SigintThrice || trigger.later_sigints() > 0 && is_behind_the_drain(place) {
        End::Interrupted
    } else if fault == Fault::Stopped && !place.is_running() {
        End::Late(orderly_code(combination))
    } else if blocks_the_runtime(combination, seen) && !place.is_teardown() {
        // A handler of the teardown is given up, and the process exits without it.
        End::AtTheDeadline
    } else {
        End::Orderly(orderly_code(combination))
    }
}

fn is_behind_the_drain(place: Place) -> bool {
    place.is_teardown() || place == Place::Observer
}

/// The fault blocks the only thread of the runtime. An asynchronous handler may be begun on another thread when the machine is
/// slow, and then it blocks that one.
fn blocks_the_runtime(combination: Combination, seen: &Seen) -> bool {
    let Combination { place, fault, flavour, .. } = combination;
    let on = seen.thread().unwrap_or_default();
    let blocks = fault.blocks_the_thread() && fault != Fault::Ignore && combination.is_async();
    blocks
        && match flavour {
            Flavour::Current => on == "main",
            Flavour::Multi1 => !place.is_main() && on.starts_with("tokio"),
            Flavour::Multi2 | Flavour::Plain => false,
        }
}

/// The first that is not zero: what `exit` was given, what main ended with, 1 for what went wrong.
pub(crate) fn orderly_code(combination: Combination) -> i32 {
    let Combination { trigger, place, fault, .. } = combination;
    let exit = match (trigger, fault) {
        (Trigger::Exit, _) => 7,
        // The observer comes too late: it has been told the code.
        (_, Fault::GracefulExit) if place != Place::Observer => 5,
        _ => 0,
    };
    let main = match (trigger, place) {
        (Trigger::MainErr, _) => 1,
        (Trigger::MainPanic, _) => 101,
        (_, Place::DrainMain) if fault == Fault::Error => 1,
        (_, Place::DrainMain) if fault.panics() => 101,
        _ => 0,
    };
    let wrong = i32::from(!is_clean(combination));
    [exit, main, wrong].into_iter().find(|&code| code != 0).unwrap_or(0)
}

/// No handler fails, nothing is abandoned, no critical task fails. How main ends is another question.
pub(crate) fn is_clean(combination: Combination) -> bool {
    let Combination { trigger, place, fault, .. } = combination;
    let handler_fails = place.handlers().is_some()
        && (fault.never_returns() || fault.panics() || fault == Fault::Error || combination.holds());
    !handler_fails && !abandons(combination) && !is_cut(combination) && trigger != Trigger::Critical
}

/// Something is in flight at the end of the drain.
pub(crate) fn abandons(combination: Combination) -> bool {
    let Combination { place, fault, .. } = combination;
    let stuck = fault.never_returns() || combination.holds();
    combination.guard_holds()
        || fault == Fault::LeaksGuard && !is_behind_the_drain(place)
        || stuck && !is_behind_the_drain(place) && place.handlers().is_none()
}

/// A SIGINT ends the drain.
pub(crate) fn is_cut(combination: Combination) -> bool {
    combination.trigger.later_sigints() > 0 && !is_behind_the_drain(combination.place)
}

/// There is no lame duck when nobody would profit from it.
pub(crate) fn has_lame_duck(trigger: Trigger) -> bool {
    !trigger.ends_main()
}

pub(crate) fn reason(trigger: Trigger) -> &'static str {
    match trigger {
        Trigger::Sigterm | Trigger::SigtermTwice | Trigger::SigtermSigint => "SIGTERM",
        Trigger::Sigint | Trigger::SigintTwice | Trigger::SigintThrice => "SIGINT",
        Trigger::Request | Trigger::Exit => "requested",
        Trigger::MainOk => "main_returned",
        Trigger::MainErr | Trigger::MainPanic => "main_failed",
        Trigger::Critical => "critical_task",
    }
}

/// A shutdown handler of the subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Handler {
    pub(crate) name: &'static str,
    /// Smaller ones run before: the drain's, then teardown's, by priority.
    group: usize,
    /// Of the program's: one of a scope is not cut with the drain.
    pub(crate) of_the_drain: bool,
}

impl Handler {
    /// Those of a scope run beside the drain's.
    pub(crate) fn runs_before(self, other: Self) -> bool {
        self.group < other.group && other != FLUSH && other != FLUSH_PLAIN
    }
}

const fn handler(group: usize, name: &'static str) -> Handler {
    Handler { name, group, of_the_drain: group < 3 }
}

const fn handler_of_scope(name: &'static str) -> Handler {
    Handler { name, group: 2, of_the_drain: false }
}

const FLUSH: Handler = handler_of_scope("scope/flush");
const FLUSH_PLAIN: Handler = handler_of_scope("scope/flush_plain");

const LATE_DRAIN: Handler = handler(1, "late_drain");
const LATE: Handler = handler(4, "late");

/// Those that there are in any case.
const HANDLERS: [Handler; 9] = [
    handler(0, "drain_first"),
    handler(0, "drain_first_plain"),
    handler(2, "drain_last"),
    handler(3, "first"),
    handler(3, "first_plain"),
    handler(5, "middle"),
    handler(5, "middle_plain"),
    handler(6, "last"),
    handler(6, "last_plain"),
];

/// Those that must run, with those that were let in at run time.
pub(crate) fn handlers(combination: Combination, seen: &Seen) -> Vec<Handler> {
    let of_scope = if combination.place == Place::ScopeHandler { vec![FLUSH, FLUSH_PLAIN] } else { Vec::new() };
    let late = [LATE_DRAIN, LATE].into_iter().filter(|late| seen.told(&format!("registers {} Ok", late.name)));
    HANDLERS.into_iter().chain(late).chain(of_scope).collect()
}

/// What becomes of a registration at run time: of a handler of the drain, and of one of teardown. `None` where the phase
/// may end before it comes.
pub(crate) fn registrations(place: Place) -> [Option<&'static str>; 2] {
    match place {
        place if place.is_running() => [Some("Ok"), Some("Ok")],
        Place::DrainHandler => [Some("TooLate"), Some("Ok")],
        // The drain's handlers begin at its start, which the others hear of at the same time.
        place if place == Place::LameDuck || place.is_drain() => [None, Some("Ok")],
        _ => [Some("TooLate"), Some("TooLate")],
    }
}

/// Whether `try_track` is granted. `None` as above.
pub(crate) fn is_let_in(place: Place) -> Option<bool> {
    match place {
        Place::LameDuck => None,
        place => Some(place.is_running()),
    }
}

/// How the report may say that a handler ended, when the end is orderly.
pub(crate) fn outcomes(combination: Combination, handler: Handler) -> &'static [&'static str] {
    let Combination { fault, .. } = combination;
    let is_struck = combination.struck_handler() == Some(handler.name);
    if is_cut(combination) && handler.of_the_drain {
        // A SIGINT comes when the one that is struck holds on; how far the others are then is open. One that can't be
        // dropped is left behind.
        return if is_struck { &["cancelled", "timed_out"] } else { &["completed", "cancelled", "timed_out"] };
    }
    match fault {
        _ if !is_struck => &["completed"],
        fault if fault.never_returns() || combination.holds() => &["timed_out"],
        fault if fault.panics() => &["panicked"],
        Fault::Error => &["failed"],
        _ => &["completed"],
    }
}

/// Whoever is struck never comes to his end.
pub(crate) fn is_stuck(combination: Combination, handler: Handler) -> bool {
    let stays = combination.fault.never_returns() || combination.holds();
    combination.struck_handler() == Some(handler.name) && stays || combination.first_holds() && handler.name == "first"
}
