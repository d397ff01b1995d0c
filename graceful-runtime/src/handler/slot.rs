//! One run of a handler, for whichever thread begins it.
//!
//! It runs on the application's runtime, where what it closes lives: an asynchronous one as a task, a plain one on a
//! thread beside it. And if the runtime has no thread that begins it, a thread of its own does: every handler is started.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use tokio::runtime::Handle;
use tracing::{Instrument, info_span};

use super::registry::{Job, Registered};
use crate::argument::Context;
use crate::outcome::Outcome;
use crate::unwind::{caught, caught_async};

/// Empty once the handler has begun.
#[derive(Clone)]
pub(super) struct Slot(Arc<Mutex<Option<Run>>>);

enum Run {
    Async(Pin<Box<dyn Future<Output = ()> + Send>>),
    Blocking(Box<dyn FnOnce() + Send>),
}

thread_local! {
    /// What this thread is to begin itself. `None`: it takes nothing.
    static HERE: RefCell<Option<Option<Slot>>> = const { RefCell::new(None) };
}

/// Begins on this thread, one after another, asynchronous handlers that another would be woken for: those that follow from
/// `event`, and those that follow from them. For a thread of the application's that has nothing else to do any more.
pub(crate) async fn begin_here(event: impl FnOnce()) {
    /// Nothing is taken any more when this is dropped.
    struct Open;

    impl Drop for Open {
        fn drop(&mut self) {
            HERE.set(None);
        }
    }

    let _open = Open;
    HERE.set(Some(None));
    event();
    while let Some(slot) = HERE.with_borrow_mut(|here| here.as_mut().and_then(Option::take)) {
        slot.run().await;
    }
}

impl Slot {
    /// `ended` is called by the thread that has run the handler.
    pub(super) fn new(handler: Registered, context: Context, ended: impl FnOnce(Outcome) + Send + 'static) -> Self {
        let Registered { planned, job } = handler;
        // Made where the handler runs: a subscriber may block when a span begins or ends.
        let span = move || {
            info_span!(
                target: "graceful", parent: None, "shutdown_handler",
                handler = planned.name(), priority = planned.priority()
            )
        };
        let run = match job {
            Job::Async(make) => Run::Async(Box::pin(async move {
                let cancelled = context.cancelled.clone();
                let run = async move {
                    match caught(|| make(context)) {
                        Ok(future) => caught_async(future).await.unwrap_or_else(Outcome::Panicked),
                        Err(message) => Outcome::Panicked(message),
                    }
                };
                let outcome = cancelled.run_until_cancelled_owned(run.instrument(span())).await;
                ended(outcome.unwrap_or(Outcome::TimedOut { blocked: false }));
            })),
            Job::Blocking(job) => Run::Blocking(Box::new(move || {
                ended(span().in_scope(|| caught(|| job(context)).unwrap_or_else(Outcome::Panicked)));
            })),
        };
        Self(Arc::new(Mutex::new(Some(run))))
    }

    /// Hands the handler to the runtime, or to this thread if it takes one; a plain one gets a thread of its own.
    ///
    /// Not with `spawn_blocking`: that panics when the system has no thread left, and then leaves the handler behind. It
    /// is better that it blocks one of the runtime's threads than that it is never begun.
    pub(super) fn begin(&self, app: &Handle) {
        let is_plain = matches!(*self.lock(), Some(Run::Blocking(_)));
        let begun = if is_plain { self.begin_on_a_thread(app) } else { self.begin_here() };
        if !begun {
            app.spawn(self.clone().run());
        }
    }

    /// `false` when this thread takes none, or has one.
    fn begin_here(&self) -> bool {
        HERE.with_borrow_mut(|here| match here {
            Some(place @ None) => {
                *place = Some(self.clone());
                true
            }
            Some(Some(_)) | None => false,
        })
    }

    /// Gives the handler a thread of its own, unless it has begun by now. If the system has no thread left, the handler
    /// stays with the runtime.
    pub(super) fn begin_elsewhere(&self, app: &Handle) {
        if self.lock().is_some() {
            self.begin_on_a_thread(app);
        }
    }

    /// `false` when the system has no thread left.
    fn begin_on_a_thread(&self, app: &Handle) -> bool {
        let (slot, app) = (self.clone(), app.clone());
        let begin = move || match slot.take() {
            Some(Run::Async(run)) => app.block_on(run),
            Some(Run::Blocking(run)) => {
                let _runtime = app.enter();
                run();
            }
            None => {}
        };
        thread::Builder::new().name("graceful-handler".to_owned()).spawn(begin).is_ok()
    }

    /// Runs the handler, unless it has begun somewhere else.
    async fn run(self) {
        match self.take() {
            Some(Run::Async(run)) => run.await,
            Some(Run::Blocking(run)) => run(),
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

#[cfg(test)]
mod tests {
    use std::thread::ThreadId;
    use std::time::{Duration, Instant};

    use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::argument::Resources;
    use crate::lifecycle::Reason;
    use crate::plan::{HandlerPhase, PlannedHandler};

    /// Where each has run.
    struct Places(UnboundedSender<(u8, ThreadId)>, UnboundedReceiver<(u8, ThreadId)>);

    impl Places {
        fn new() -> Self {
            let (tell, told) = unbounded_channel();
            Self(tell, told)
        }

        async fn of(&mut self, number: u8) -> ThreadId {
            let (told, place) = self.1.recv().await.unwrap();
            assert_eq!(told, number);
            place
        }

        /// A handler that tells where it runs, and what is to be done when it has ended.
        fn slot(&self, number: u8, ended: impl FnOnce() + Send + 'static) -> Slot {
            let tell = self.0.clone();
            let job = Job::Async(Box::new(move |_| {
                Box::pin(async move {
                    tell.send((number, thread::current().id())).unwrap();
                    Outcome::Completed
                })
            }));
            let planned = PlannedHandler::new("handler", 0, Duration::from_secs(1), HandlerPhase::Teardown, "here:1");
            let context = Context {
                resources: Resources::default(),
                reason: Reason::Requested,
                deadline: Instant::now(),
                cancelled: CancellationToken::new(),
            };
            Slot::new(Registered { planned, job }, context, move |_| ended())
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn a_thread_with_nothing_else_to_do_begins_what_follows_one_at_a_time() {
        let (mut places, app, here) = (Places::new(), Handle::current(), thread::current().id());
        let last = places.slot(3, || ());
        let (first, beside) = (
            places.slot(1, {
                let app = app.clone();
                move || last.begin(&app)
            }),
            places.slot(2, || ()),
        );
        let mut place_beside = None;
        begin_here(|| {
            first.begin(&app);
            beside.begin(&app);
        })
        .await;
        for _ in 0..3 {
            let (number, place) = places.1.recv().await.unwrap();
            match number {
                2 => place_beside = Some(place),
                _ => assert_eq!(place, here, "of {number}"),
            }
        }
        assert_ne!(place_beside, Some(here), "both were to begin at once");

        places.slot(4, || ()).begin(&app);
        assert_ne!(places.of(4).await, here, "this thread takes none any more");
    }
}
