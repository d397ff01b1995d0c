//! What the layer asks the program.

use std::fmt;

use crate::in_flight::{Draining, InFlight};
use crate::lifecycle::Phase;
use crate::program::Program;

/// A reference, so that a test can bring a program of its own, and a request finds it without a check.
#[derive(Clone, Copy)]
pub(super) struct Gate(&'static Program);

impl Gate {
    pub(super) const fn new(program: &'static Program) -> Self {
        Self(program)
    }

    #[inline]
    pub(super) fn try_track(self) -> Result<InFlight, Draining> {
        self.0.work.try_track()
    }

    #[inline]
    pub(super) fn is_shutting_down(self) -> bool {
        self.0.lifecycle.phase() > Phase::Running
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gate")
    }
}
