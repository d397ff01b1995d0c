//! One run of a handler. Several threads may try to begin it, and the first one succeeds.
//!
//! The handler runs on the application's runtime, on which the things live that it closes: an async handler as a task, a plain
//! one on its own thread. If the runtime does not begin it, it gets its own thread too, so every handler is started.

use std::future::{Future, poll_fn};
use std::mem;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::Handle;
use tracing::Instrument;

use super::{Job, Registered};
use crate::arguments::HandlerContext;
use crate::outcome::{Outcome, caught, caught_async};
use crate::spans::{Parent, Unfinished, recorded};
use crate::spawn;

/// Empty once the handler has begun.
#[derive(Clone)]
pub(super) struct StartOnce(Arc<Mutex<Option<Run>>>);

/// How many threads of the application's runtime are inside a handler at this moment. A handler that was given up and blocks its
/// thread stays counted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Workers(Arc<AtomicUsize>);

impl Workers {
    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// Counts this thread while `run` runs, which does not panic.
    fn count_during<T>(&self, run: impl FnOnce() -> T) -> T {
        self.0.fetch_add(1, Ordering::Relaxed);
        let output = run();
        self.0.fetch_sub(1, Ordering::Relaxed);
        output
    }
}

enum Run {
    Async(Pin<Box<dyn Future<Output = ()> + Send>>),
    Blocking(Box<dyn FnOnce() + Send>),
}

impl StartOnce {
    /// `ended` is called by the thread that has run the handler, after its span is closed.
    pub(super) fn new(
        handler: Registered,
        context: HandlerContext,
        parent: Parent,
        ended: impl FnOnce(Outcome) + Send + 'static,
    ) -> Self {
        let Registered { planned, job } = handler;
        // What is caught outside of the span is a panic of the subscriber.
        let run = match job {
            Job::Async(make) => Run::Async(Box::pin(async move {
                let cancelled = context.cancelled.clone();
                let run = async move {
                    let unfinished = Unfinished;
                    let outcome = match caught(|| make(context)) {
                        Ok(future) => caught_async(future).await.unwrap_or_else(Outcome::Panicked),
                        Err(message) => Outcome::Panicked(message),
                    };
                    mem::forget(unfinished);
                    recorded(outcome)
                };
                let run = caught_async(Box::pin(run.instrument(parent.open(&planned))));
                let outcome = cancelled.run_until_cancelled_owned(run).await;
                ended(
                    outcome.map_or(Outcome::TimedOut { blocked: false }, |run| run.unwrap_or_else(Outcome::Panicked)),
                );
            })),
            Job::Blocking(job) => Run::Blocking(Box::new(move || {
                let span = parent.open(&planned);
                let run = || recorded(caught(|| job(context)).unwrap_or_else(Outcome::Panicked));
                let outcome = caught(move || span.in_scope(run)).unwrap_or_else(Outcome::Panicked);
                ended(outcome);
            })),
        };
        Self(Arc::new(Mutex::new(Some(run))))
    }

    /// Hands the handler to the runtime. A plain handler gets its own thread.
    ///
    /// `spawn_blocking` would panic when the system has no thread left, and not run the handler. Here it runs on one of the
    /// runtime's threads in that case, and blocks it.
    pub(super) fn begin(&self, app: &Handle, workers: &Workers) {
        let is_plain = matches!(*self.lock(), Some(Run::Blocking(_)));
        if !(is_plain && self.begin_on_a_thread(app)) {
            spawn::task(app, self.clone().run(workers.clone()));
        }
    }

    /// Gives the handler its own thread, unless it has begun by now. If the system has no thread left, the handler
    /// stays with the runtime.
    pub(super) fn begin_elsewhere(&self, app: &Handle) {
        if self.lock().is_some() {
            self.begin_on_a_thread(app);
        }
    }

    /// `false` when the system has no thread left.
    fn begin_on_a_thread(&self, app: &Handle) -> bool {
        let (start, app) = (self.clone(), app.clone());
        let begin = move || match start.take() {
            Some(Run::Async(run)) => app.block_on(run),
            Some(Run::Blocking(run)) => {
                let _runtime = app.enter();
                run();
            }
            None => {}
        };
        spawn::thread("graceful-handler", begin).is_ok()
    }

    /// Runs the handler on a thread of the application's runtime, unless it has begun somewhere else.
    async fn run(self, workers: Workers) {
        match self.take() {
            Some(Run::Async(mut run)) => poll_fn(|context| workers.count_during(|| run.as_mut().poll(context))).await,
            Some(Run::Blocking(run)) => workers.count_during(run),
            None => {}
        }
    }

    fn take(&self) -> Option<Run> {
        self.lock().take()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Run>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
