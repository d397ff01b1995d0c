//! The supervisor's part of running handlers: it begins the first group, and sees to it that each handler ends. Its clock keeps
//! running when the application's runtime is blocked.

use std::fmt;
use std::sync::Arc;

use tokio::time::timeout_at;
use tokio_util::sync::CancellationToken;

use super::run::{Cancel, Run, RunRef};
use super::schedule::{Circumstances, Schedule, Time};

/// Runs the handlers of a phase. No group begins after it is dropped.
pub(crate) struct Runner {
    schedule: Arc<Schedule>,
    /// The schedule's, until it was cancelled.
    cut: CancellationToken,
}

impl Runner {
    /// `handlers` are in running order. `cut` cancels the running ones, and later ones do not begin.
    pub(crate) fn new(circumstances: Circumstances, handlers: Vec<Run>, time: Time, cut: CancellationToken) -> Self {
        Self { schedule: Arc::new(Schedule::new(circumstances, handlers, time, cut.clone())), cut }
    }

    /// Whether there is a group that has not begun.
    pub(crate) fn has_next(&self) -> bool {
        self.schedule.has_next()
    }

    /// Begins the next group, and resolves when nothing runs. Later groups may have run too. Each handler has ended at most 50 ms
    /// after its time is up, or is given up. Call it inside the supervisor's runtime.
    pub(crate) async fn run(&mut self) {
        self.schedule.begin_next();
        while let Some(at) = self.schedule.next_look() {
            match timeout_at(at, self.cut.run_until_cancelled(self.schedule.changed())).await {
                Ok(Some(())) => {}
                Ok(None) => {
                    self.cut = CancellationToken::new();
                    self.schedule.look(|run, now| {
                        run.cancel(Cancel::Cut);
                        run.due(now)
                    });
                }
                Err(_) => self.schedule.look(RunRef::due),
            }
        }
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        self.schedule.stop();
    }
}

impl fmt::Debug for Runner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runner").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::future::{Future, pending, poll_fn};
    use std::pin::pin;
    use std::task::Poll;
    use std::time::Duration;

    use graceful_core::plan::PlannedHandler;
    use graceful_core::{HandlerPhase, Phase};
    use tokio::runtime::{Builder, Handle};
    use tokio::sync::{mpsc, oneshot};
    use tokio::task::yield_now;
    use tokio::time::Instant;

    use super::super::{Function, Job, MainThread, Workers};
    use super::*;
    use crate::outcome::Outcome;
    use crate::registry::BoxFuture;
    use crate::report::Recorder;
    use crate::resources::Resources;
    use crate::spans::{Parent, Spans};
    use crate::trigger::{Reason, Trigger};

    const TIMEOUT: Duration = Duration::from_secs(100);

    type Ends = mpsc::UnboundedReceiver<Outcome>;

    /// A runner for handlers with these priorities.
    fn runner(
        app: &Handle,
        continues_at_once: bool,
        handlers: Vec<(i32, impl FnOnce() -> BoxFuture<Outcome> + Send + 'static)>,
    ) -> (Runner, Ends) {
        let now = std::time::Instant::now();
        let trigger = Trigger { reason: Reason::Requested, at: now, deadline: now, cancels_start: false };
        let spans = Box::leak(Box::new(Spans::new(trigger.clone())));
        let (end, ends) = mpsc::unbounded_channel();
        let circumstances = Circumstances {
            app: app.clone(),
            resources: Resources::default(),
            reason: Reason::Requested,
            parent: Parent { spans: Some(spans), phase: Phase::Teardown },
            main_thread: MainThread::default(),
            workers_in_handlers: Workers::default(),
            recorder: Arc::new(Recorder::new(&trigger, std::time::Instant::now)),
            ended: Box::new(move |_, outcome| end.send(outcome).unwrap()),
            continues_at_once: Box::new(move || continues_at_once),
        };
        let handlers = handlers.into_iter().map(|(priority, call)| {
            let planned = PlannedHandler::new("handler", priority, TIMEOUT, HandlerPhase::Teardown, "here:1");
            Run::new(planned, Job::Async(Function::Late(Box::new(|_| call()))))
        });
        let time = Time { end: Instant::now() + 10 * TIMEOUT, reserve: Duration::ZERO };
        (Runner::new(circumstances, handlers.collect(), time, CancellationToken::new()), ends)
    }

    fn completes() -> BoxFuture<Outcome> {
        Box::pin(async { Outcome::Completed })
    }

    async fn begin(run: impl Future<Output = ()>) {
        let mut run = pin!(run);
        poll_fn(|context| {
            assert!(run.as_mut().poll(context).is_pending());
            Poll::Ready(())
        })
        .await;
    }

    #[tokio::test]
    async fn a_handler_whose_runtime_goes_away_is_over() {
        let app = Builder::new_multi_thread().worker_threads(1).build().unwrap();
        let (begin, begun) = oneshot::channel();
        let call = move || -> BoxFuture<Outcome> {
            begin.send(()).unwrap();
            Box::pin(pending())
        };
        let (mut runner, mut ends) = runner(app.handle(), true, vec![(0, call)]);
        let stop = async {
            begun.await.unwrap();
            app.shutdown_background();
        };
        tokio::join!(runner.run(), stop);
        drop(runner);
        let outcome = ends.recv().await.unwrap();
        assert!(matches!(&outcome, Outcome::Panicked(why) if why.contains("gone")), "{outcome}");
        assert!(ends.recv().await.is_none());
    }

    #[tokio::test]
    async fn the_next_group_does_not_wait_for_the_supervisor() {
        let (mut runner, mut ends) =
            runner(&Handle::current(), true, vec![(2, completes as fn() -> _), (1, completes)]);
        begin(runner.run()).await;
        for _ in 0..2 {
            assert_eq!(ends.recv().await, Some(Outcome::Completed));
        }
        assert!(!runner.has_next());
    }

    #[tokio::test]
    async fn the_next_group_waits_for_the_log() {
        let (mut runner, mut ends) =
            runner(&Handle::current(), false, vec![(2, completes as fn() -> _), (1, completes)]);
        runner.run().await;
        assert_eq!(ends.recv().await, Some(Outcome::Completed));
        assert!(runner.has_next());
        runner.run().await;
        assert_eq!(ends.recv().await, Some(Outcome::Completed));
        assert!(!runner.has_next());
    }

    /// A worker that has nothing to do is woken for what comes from another thread.
    #[tokio::test]
    async fn a_worker_takes_many_handlers_at_once() {
        let app = Builder::new_multi_thread().worker_threads(1).build().unwrap();
        let (free, blocked) = std::sync::mpsc::channel::<()>();
        let (block, blocks) = oneshot::channel();
        app.spawn(async move {
            block.send(()).unwrap();
            let _ = blocked.recv();
        });
        blocks.await.unwrap();
        let (mut runner, mut ends) = runner(app.handle(), true, vec![(0, completes as fn() -> _); 1_000]);
        begin(runner.run()).await;
        assert_eq!(app.metrics().global_queue_depth(), 8);
        drop(free);
        for _ in 0..1_000 {
            assert_eq!(ends.recv().await, Some(Outcome::Completed));
        }
        app.shutdown_background();
    }

    #[tokio::test]
    async fn no_group_begins_after_the_runner_is_dropped() {
        let (mut runner, mut ends) =
            runner(&Handle::current(), true, vec![(2, completes as fn() -> _), (1, completes)]);
        begin(runner.run()).await;
        drop(runner);
        assert_eq!(ends.recv().await, Some(Outcome::Completed));
        yield_now().await;
        assert_eq!(ends.recv().await, None);
    }
}
