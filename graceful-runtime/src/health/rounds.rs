//! Rounds of health checks. A round runs all checks at the same time. Callers that ask meanwhile share it, and its report is
//! reused for `health_cache`.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use graceful_core::Phase;
use tokio::runtime::Handle;
use tokio::sync::{oneshot, watch};
use tokio::time::Instant;

use super::check::Check;
use super::{HealthReport, HealthStatus};
use crate::output::Output;
use crate::resources::Resources;
use crate::{events, spawn};

/// The report of a round, once the round has ended.
type Found = Option<HealthReport>;

#[derive(Default)]
struct State {
    last: Option<HealthReport>,
    /// How long `last` is reused.
    fresh_until: Option<Instant>,
    /// The round that is running.
    running: Option<watch::Receiver<Found>>,
    /// Whether a check was registered or removed during the running round.
    outdated: bool,
}

#[derive(Default)]
pub(crate) struct Rounds(Mutex<State>);

/// What a round needs from the program.
pub(crate) struct Circumstances {
    pub(crate) phase: Phase,
    /// How long the report is reused.
    pub(crate) cache: Duration,
    /// Where the checks run.
    pub(crate) app: Handle,
    /// The runtime whose clock keeps the timeouts. It must run also when `app` is blocked.
    pub(crate) coordinator: Handle,
    pub(crate) resources: Resources,
    pub(crate) output: &'static Output,
}

impl Rounds {
    /// Returns a report that is fresh enough. Cancel safe: the round continues without its first caller.
    pub(crate) async fn health(
        &'static self,
        checks: impl FnOnce() -> Vec<Arc<Check>>,
        circumstances: Circumstances,
    ) -> HealthReport {
        let phase = circumstances.phase;
        let report = if phase >= Phase::Draining { self.last() } else { self.current(checks, circumstances).await };
        if phase > Phase::Running { report.shutting_down() } else { report }
    }

    async fn current(
        &'static self,
        checks: impl FnOnce() -> Vec<Arc<Check>>,
        circumstances: Circumstances,
    ) -> HealthReport {
        let mut round = match self.join(checks, circumstances) {
            Ok(round) => round,
            Err(report) => return report,
        };
        if let Ok(found) = round.wait_for(Option::is_some).await
            && let Some(report) = &*found
        {
            return report.clone();
        }
        // The runtime that ran the round is gone.
        self.last()
    }

    /// Joins the running round, or starts one. The error is a report that is still fresh.
    fn join(
        &'static self,
        checks: impl FnOnce() -> Vec<Arc<Check>>,
        circumstances: Circumstances,
    ) -> Result<watch::Receiver<Found>, HealthReport> {
        let mut state = self.state();
        if let Some(round) = state.running.as_ref().filter(|round| round.has_changed().is_ok()) {
            return Ok(round.clone());
        }
        if let (Some(report), Some(until)) = (&state.last, state.fresh_until)
            && Instant::now() < until
        {
            return Err(report.clone());
        }
        let (tell, told) = watch::channel(None);
        state.running = Some(told.clone());
        state.outdated = false;
        drop(state);
        let checks = checks();
        let coordinator = circumstances.coordinator.clone();
        spawn::task(&coordinator, async move {
            let report = round(checks, &circumstances).await;
            self.end(&circumstances, &report);
            let _ = tell.send(Some(report));
        });
        Ok(told)
    }

    fn end(&self, circumstances: &Circumstances, report: &HealthReport) {
        let mut state = self.state();
        state.running = None;
        let fresh_until = Instant::now().checked_add(circumstances.cache);
        state.fresh_until = fresh_until.filter(|_| !state.outdated);
        let before = state.last.replace(report.clone());
        drop(state);
        tell_changes(circumstances.output, before.as_ref(), report);
    }

    fn last(&self) -> HealthReport {
        self.state().last.clone().unwrap_or_else(|| HealthReport::new(Vec::new()))
    }

    /// Makes the next caller start a new round, since a check was registered or removed.
    pub(crate) fn forget(&self) {
        let mut state = self.state();
        state.fresh_until = None;
        state.outdated = true;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Rounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rounds").finish_non_exhaustive()
    }
}

async fn round(checks: Vec<Arc<Check>>, circumstances: &Circumstances) -> HealthReport {
    let begin = |check: Arc<Check>| {
        let (app, resources) = (circumstances.app.clone(), circumstances.resources.clone());
        let (tell, told) = oneshot::channel();
        spawn::task(&circumstances.coordinator, async move {
            let _ = tell.send(check.run(app, resources).await);
        });
        told
    };
    let runs: Vec<_> = checks.into_iter().map(begin).collect();
    let mut found = Vec::with_capacity(runs.len());
    for run in runs {
        found.extend(run.await);
    }
    HealthReport::new(found)
}

/// Logs each component whose status has changed.
fn tell_changes(output: &Output, before: Option<&HealthReport>, now: &HealthReport) {
    for component in now.components() {
        let before =
            before.and_then(|report| report.components().iter().find(|other| other.name() == component.name()));
        let was = before.map_or(HealthStatus::Healthy, |before| before.status());
        if was != component.status() {
            let component = component.clone();
            output.log(move || {
                let (name, status) = (component.name(), component.status());
                let is_good = status == HealthStatus::Healthy;
                events::health_changed(name, status.label(), is_good, &component.to_string());
            });
        }
    }
}
