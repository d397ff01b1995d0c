//! Who is let in, and what the others are told.

use std::time::Duration;

use ::http::{Request, Response, Uri};

use super::asked::Asked;
use super::exempt::Exempt;
use super::gate::Gate;
use super::refusal::refusal;
use crate::in_flight::{Draining, InFlight};
use crate::program::Program;

#[derive(Debug, Clone)]
pub(crate) struct Rules {
    gate: Gate,
    /// In seconds.
    retry_after: u64,
    exempt: Exempt,
}

impl Rules {
    pub(super) fn new(program: &'static Program) -> Self {
        Self { gate: Gate::new(program), retry_after: 1, exempt: Exempt::probes() }
    }

    pub(super) fn gate(&self) -> Gate {
        self.gate
    }

    pub(super) fn set_retry_after(&mut self, delay: Duration) {
        self.retry_after = delay.as_secs().saturating_add(u64::from(delay.subsec_nanos() > 0)).max(1);
    }

    pub(super) fn exempt(&mut self, path: Box<str>) {
        self.exempt = self.exempt.clone().and(path);
    }

    /// The guard of a request that is served, or `None` where none is needed.
    #[inline]
    pub(crate) fn admit(&self, uri: &Uri) -> Result<Option<InFlight>, Draining> {
        if self.exempt.contains(uri.path()) { Ok(None) } else { self.gate.try_track().map(Some) }
    }

    /// The answer to a request that is not admitted.
    #[cold]
    pub(crate) fn refusal<B>(&self, request: &Request<B>) -> Box<Response<&'static [u8]>> {
        refusal(request, Asked::of(request.version(), request.method()), self.retry_after)
    }
}
