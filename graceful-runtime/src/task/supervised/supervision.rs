//! The attempts of a supervised task, and what decides between two of them.

use std::future::Future;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::{OnError, TaskBuilder};
use crate::events;
#[cfg(feature = "metrics")]
use crate::metrics;
use crate::outcome::{Outcome, caught};
use crate::program::Program;
use crate::scope::Part;
use crate::spawn::Boxed;
use crate::task::attempt::{End, Ended, attempt};
use crate::task::backoff::Restarts;
use crate::task::critical::CriticalReturn;
use crate::task::records::Record;

/// Makes attempts until one is the last.
pub(super) async fn attempts<M, F>(
    mut supervision: Supervision,
    mut make: M,
) -> Ended<<F::Output as CriticalReturn>::Output>
where
    M: FnMut() -> F + Send,
    F: Future<Output: CriticalReturn<Output: Send>> + Send,
{
    loop {
        let begin = Instant::now();
        let ended = attempt(&mut make).await;
        let End::Failed(failure) = &ended.end else { return Ended { attempts: supervision.attempt, ..ended } };
        if let ControlFlow::Break(end) = supervision.failed(failure.clone(), begin.elapsed()).await {
            return Ended { end, attempts: supervision.attempt, ..ended };
        }
        // The destructors of the error and of the panic's payload are the user's code.
        let _ = caught(|| drop(ended));
    }
}

/// What decides between two attempts.
pub(super) struct Supervision {
    program: &'static Program,
    scope: Option<Arc<dyn Part>>,
    /// Without the scope, so that metrics have one label for the same task of many scopes.
    #[cfg(feature = "metrics")]
    name: Arc<str>,
    restarts: Option<Restarts>,
    /// Whether its failure is recorded as that of a critical task.
    is_essential: bool,
    /// The number of the attempt that runs, from 1.
    attempt: u32,
    record: Record,
}

impl Supervision {
    pub(super) fn new(task: &TaskBuilder) -> Self {
        Self {
            program: task.program,
            scope: task.scope.clone(),
            #[cfg(feature = "metrics")]
            name: Arc::clone(&task.name),
            restarts: task.restart.map(Restarts::new),
            is_essential: task.critical || task.on_error == OnError::Shutdown,
            attempt: 1,
            record: Record::new(&task.program.task_records, task.title()),
        }
    }

    /// Waits for the next attempt, after one that has failed and took this time. Breaks with the task's end if none follows.
    #[inline(never)]
    fn failed(&mut self, failure: Outcome, ran: Duration) -> Boxed<'_, ControlFlow<End>> {
        Box::pin(async move {
            let Some((pause, draining)) = self.next_pause(ran) else {
                // That of a scope is in its report, and one that was never restarted is among the failed tasks.
                if self.scope.is_none() && (self.attempt > 1 || !self.is_essential) {
                    self.record.failed(self.attempt, &failure);
                }
                return ControlFlow::Break(End::Failed(failure));
            };
            self.record.down(self.attempt, &failure);
            let (name, attempt) = (Arc::clone(&self.record.name), self.attempt);
            self.program.output.log(move || events::restarting(&name, attempt, &failure, pause));
            // The pause may end at the same moment, and would win.
            if draining.run_until_cancelled(sleep(pause)).await.is_none() || draining.is_cancelled() {
                return ControlFlow::Break(End::NotRestarted);
            }
            self.restarted();
            ControlFlow::Continue(())
        })
    }

    /// The pause until the next attempt, and what ends it early. `None` if the task is not restarted.
    fn next_pause(&mut self, ran: Duration) -> Option<(Duration, CancellationToken)> {
        let restarts = self.restarts.as_mut()?;
        let of_program = || self.program.lifecycle.draining_token();
        let draining = self.scope.as_ref().map_or_else(of_program, |scope| scope.draining()).clone();
        if draining.is_cancelled() { None } else { Some((restarts.pause(ran, Instant::now())?, draining)) }
    }

    fn restarted(&mut self) {
        self.attempt = self.attempt.saturating_add(1);
        if let Some(restarts) = &mut self.restarts {
            restarts.restarted(Instant::now());
        }
        self.record.restarted(self.attempt);
        #[cfg(feature = "metrics")]
        metrics::restarted(self.program, &self.name);
    }
}
