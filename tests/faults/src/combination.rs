//! One cell of the matrix.

use std::fmt;
use std::str::FromStr;

use crate::{Fault, Flavour, Place, Trigger};

/// One cell of the matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Combination {
    /// What starts the shutdown.
    pub trigger: Trigger,
    /// Where the fault strikes.
    pub place: Place,
    /// What goes wrong.
    pub fault: Fault,
    /// The application's runtime.
    pub flavour: Flavour,
}

/// How long things may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timing {
    /// Where a timeout ends it: a grace period of 3 s. With less, a busy machine keeps those waiting who need not.
    Short,
    /// Where none should: so long that no busy machine comes near.
    Long,
}

impl Combination {
    /// All that make sense.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for (turn, &trigger) in Trigger::ALL.iter().enumerate() {
            for (place_turn, &place) in Place::ALL.iter().enumerate() {
                for (fault_turn, &fault) in Fault::ALL.iter().enumerate() {
                    let cell = |&flavour| Self { trigger, place, fault, flavour };
                    let flavours = Flavour::ALL.iter().map(cell).filter(|cell| cell.makes_sense());
                    let mut flavours: Vec<Self> = flavours.collect();
                    if trigger != Trigger::Sigterm && !flavours.is_empty() {
                        flavours = vec![flavours[(turn + place_turn + fault_turn) % flavours.len()]];
                    }
                    all.extend(flavours);
                }
            }
        }
        all
    }

    /// Whether this can be, and is not another combination by a different name.
    fn makes_sense(self) -> bool {
        self.place_is_reached()
            && self.fault_fits_the_place()
            && self.trigger_comes()
            && self.later_signals_are_certain()
    }

    fn place_is_reached(self) -> bool {
        match self.place {
            Place::LameDuck => !self.trigger.starts_with_sigint() && !self.trigger.ends_main(),
            Place::DrainMain => !self.trigger.ends_main(),
            // The third SIGINT comes in teardown.
            Place::First | Place::Middle | Place::Last | Place::Observer => self.trigger != Trigger::SigintThrice,
            _ => true,
        }
    }

    fn fault_fits_the_place(self) -> bool {
        let is_handler = self.place.handlers().is_some();
        match self.fault {
            fault if fault.needs_async() => self.is_async(),
            // With a plain main, it would be the same as `Block`.
            Fault::Ignore => self.place == Place::DrainTask || is_handler && self.flavour != Flavour::Plain,
            Fault::Error => {
                is_handler || matches!(self.place, Place::DrainMain | Place::ScopeTask | Place::RunningSupervised)
            }
            // These are triggers.
            Fault::GracefulExit | Fault::Requests => !self.place.is_running(),
            Fault::Panic | Fault::StderrBroken | Fault::StdoutBroken => self.place != Place::RunningMain,
            _ => true,
        }
    }

    fn trigger_comes(self) -> bool {
        if self.place.is_running() && self.fault.ends_the_process() {
            // There is no trigger at all: once is enough.
            return self.trigger == Trigger::Sigterm;
        }
        if self.fault == Fault::StderrFull && matches!(self.trigger, Trigger::MainErr | Trigger::MainPanic) {
            // std prints why, and blocks, before main has ended.
            return false;
        }
        let blocks = self.fault.blocks_the_thread();
        match self.place {
            Place::RunningMain if self.fault.never_returns() => self.trigger.is_signal(),
            Place::RunningTask | Place::RunningSupervised if blocks && self.flavour == Flavour::Current => {
                self.trigger.is_signal()
            }
            // Nobody is left to run the critical task.
            Place::RunningTask | Place::RunningSupervised if blocks && self.flavour == Flavour::Multi1 => {
                self.trigger != Trigger::Critical
            }
            _ => true,
        }
    }

    /// The SIGINTs that come when the fault strikes must find the shutdown where it was.
    fn later_signals_are_certain(self) -> bool {
        let ends = self.fault.panics() || self.fault.ends_the_process();
        self.trigger.later_sigints() == 0
            || self.place.is_running()
            || !(ends || matches!(self.fault, Fault::Error | Fault::Stopped))
    }

    /// Whether the fault strikes in asynchronous code.
    #[must_use]
    pub fn is_async(self) -> bool {
        match self.place {
            Place::DrainGuard | Place::Observer => false,
            Place::RunningTask | Place::RunningSupervised | Place::LameDuck | Place::DrainTask | Place::ScopeTask => {
                true
            }
            _ => self.flavour != Flavour::Plain,
        }
    }

    /// The handler that is struck, if one is.
    #[must_use]
    pub fn struck_handler(self) -> Option<&'static str> {
        let plain = self.flavour == Flavour::Plain || self.fault == Fault::Ignore;
        self.place.handlers().map(|handlers| handlers[usize::from(plain)])
    }

    /// Whether a supervised task must be restarted, since its first attempt has failed.
    #[must_use]
    pub fn restarts(self) -> bool {
        self.place == Place::RunningSupervised && (self.fault == Fault::Error || self.fault.panics())
    }

    /// Whether who is struck waits there afterwards: for further signals, or to be stopped.
    #[must_use]
    pub fn holds(self) -> bool {
        !self.place.is_running() && (self.trigger.later_sigints() > 0 || self.fault == Fault::Stopped)
    }

    /// Whether the guard is held on in the drain, for the signals that come then.
    #[must_use]
    pub fn guard_holds(self) -> bool {
        self.place.is_running() && self.trigger.later_sigints() > 0
    }

    /// Whether teardown's first handler waits for the last signal.
    #[must_use]
    pub fn first_holds(self) -> bool {
        self.trigger == Trigger::SigintThrice
    }

    /// How long things may take.
    #[must_use]
    pub fn timing(self) -> Timing {
        let stuck = self.fault.never_returns() || self.fault == Fault::Stopped || self.fault == Fault::LeaksGuard;
        if stuck { Timing::Short } else { Timing::Long }
    }
}

impl fmt::Display for Combination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { trigger, place, fault, flavour } = self;
        write!(f, "{}/{}/{}/{}", trigger.label(), place.label(), fault.label(), flavour.label())
    }
}

impl FromStr for Combination {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let [trigger, place, fault, flavour] = text.split('/').collect::<Vec<_>>()[..] else {
            return Err(format!("`{text}` is not trigger/place/fault/flavour"));
        };
        Ok(Self { trigger: trigger.parse()?, place: place.parse()?, fault: fault.parse()?, flavour: flavour.parse()? })
    }
}
