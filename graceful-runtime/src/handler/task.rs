//! The task that runs a handler on the application's runtime, and the count of the threads inside such a task.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use super::Job;
use super::async_call::AsyncCall;
use super::run::RunRef;

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

/// Runs a handler on the thread that polls it, unless it has begun somewhere else.
pub(super) struct OnThisThread {
    run: RunRef,
    /// `None` before the first poll.
    call: Option<AsyncCall>,
}

impl OnThisThread {
    pub(super) fn new(run: RunRef) -> Self {
        Self { run, call: None }
    }
}

impl Future for OnThisThread {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let Self { run, call } = self.get_mut();
        poll(run, call, context)
    }
}

fn poll(run: &RunRef, call: &mut Option<AsyncCall>, context: &mut Context<'_>) -> Poll<()> {
    match call {
        Some(call) => Pin::new(call).poll(context),
        None => match run.take() {
            Some(Job::Async(function)) => Pin::new(call.insert(AsyncCall::new(run.clone(), function))).poll(context),
            Some(Job::Blocking(function)) => {
                run.call(function);
                Poll::Ready(())
            }
            None => Poll::Ready(()),
        },
    }
}

/// The same on a thread of the application's runtime, which is counted.
pub(super) struct OnTheRuntime(pub(super) OnThisThread);

impl Future for OnTheRuntime {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let OnThisThread { run, call } = &mut self.0;
        run.circumstances().workers_in_handlers.count_during(|| poll(run, call, context))
    }
}
