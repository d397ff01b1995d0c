//! The order that `after` sets: which handlers may be named, and which priority a handler has that runs after others.
//!
//! The compiler evaluates this for annotated functions, and the registry for handlers that are registered at run time.

use crate::phase::HandlerPhase;

/// Where a handler runs. Handlers of one place run concurrently, unless one of them runs after another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The phase.
    pub phase: HandlerPhase,
    /// The priority within the phase.
    pub priority: i32,
}

/// Why a handler cannot run after another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contradiction {
    /// The other one runs in a later phase.
    LaterPhase,
    /// The other one has a lower priority.
    LowerPriority,
}

impl Contradiction {
    /// The message of the compiler, which underlines the path of the other handler.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::LaterPhase => "`after` names a handler of a later phase, which cannot end before this one starts",
            Self::LowerPriority => {
                "`after` contradicts `priority`: it names a handler of a lower priority, which cannot end before this one starts"
            }
        }
    }
}

impl Place {
    /// Where a handler without its own priority runs that does not run after others.
    #[must_use]
    pub const fn of(phase: HandlerPhase) -> Self {
        Self { phase, priority: 0 }
    }

    /// The same with the priority of `before`, if that is lower. So a handler without its own priority runs after the
    /// handlers that it names, and never earlier than without them.
    #[must_use]
    pub const fn after(self, before: Self) -> Self {
        if before.is_compared_with(self) && before.priority < self.priority {
            Self { phase: self.phase, priority: before.priority }
        } else {
            self
        }
    }

    /// Checks that a handler of this place can run after one of the place `before`.
    ///
    /// # Errors
    ///
    /// If phase or priority let it run earlier.
    pub const fn check(self, before: Self) -> Result<(), Contradiction> {
        if before.phase as u8 > self.phase as u8 {
            Err(Contradiction::LaterPhase)
        } else if before.is_compared_with(self) && before.priority < self.priority {
            Err(Contradiction::LowerPriority)
        } else {
            Ok(())
        }
    }

    /// Whether the priorities of both matter: in one phase, or if the lame duck is skipped, since its handlers run in the
    /// drain then.
    const fn is_compared_with(self, later: Self) -> bool {
        self.phase as u8 == later.phase as u8
            || matches!((self.phase, later.phase), (HandlerPhase::LameDuck, HandlerPhase::Drain))
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn any_place() -> impl Strategy<Value = Place> {
        let phase = proptest::sample::select(&HandlerPhase::ALL[..]);
        (phase, -3..3_i32).prop_map(|(phase, priority)| Place { phase, priority })
    }

    #[test]
    fn a_later_phase_or_a_lower_priority_is_a_contradiction() {
        let [lame_duck, drain, teardown, _] = HandlerPhase::ALL;
        let at = |phase, priority| Place { phase, priority };
        for (this, before, result) in [
            (at(teardown, 1), at(teardown, 1), Ok(())),
            (at(teardown, 1), at(teardown, 2), Ok(())),
            (at(teardown, 1), at(teardown, 0), Err(Contradiction::LowerPriority)),
            (at(teardown, 1), at(drain, 0), Ok(())),
            (at(drain, 1), at(teardown, 9), Err(Contradiction::LaterPhase)),
            // Both run in the drain if the lame duck is skipped.
            (at(drain, 1), at(lame_duck, 0), Err(Contradiction::LowerPriority)),
            (at(drain, 1), at(lame_duck, 1), Ok(())),
        ] {
            assert_eq!(this.check(before), result, "{this:?} after {before:?}");
        }
    }

    proptest! {
        #[test]
        fn without_its_own_priority_a_handler_runs_after_those_that_it_names(
            phase in proptest::sample::select(&HandlerPhase::ALL[..]),
            before in vec(any_place(), 0..5),
        ) {
            let place = before.iter().fold(Place::of(phase), |place, before| place.after(*before));
            prop_assert!(place.phase == phase && place.priority <= 0);
            for before in &before {
                prop_assert_eq!(place.check(*before).is_ok(), before.phase <= phase);
            }
            let in_phase = before.iter().filter(|before| before.phase == phase).map(|before| before.priority);
            if before.iter().all(|before| before.phase == phase) {
                prop_assert_eq!(place.priority, in_phase.min().unwrap_or(0).min(0));
            }
        }
    }
}
