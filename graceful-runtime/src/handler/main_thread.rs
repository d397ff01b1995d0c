//! Main's thread after main has ended. It only waits for the end of the process then, so it can run a handler without another
//! thread being woken.

use std::convert::Infallible;
use std::future::poll_fn;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::thread::{self, ThreadId};

use super::run::RunRef;
use super::task::OnThisThread;

#[derive(Debug, Clone, Default)]
pub(crate) struct MainThread(Arc<Mutex<State>>);

#[derive(Debug, Default)]
enum State {
    /// Main has not ended, or graceful does not run it.
    #[default]
    NotFree,
    /// Nothing to do. The waker exists once it waits.
    Free(Option<Waker>),
    /// It runs this handler next.
    Given(RunRef),
    /// It runs a handler. Its id.
    Runs(ThreadId),
}

impl MainThread {
    /// Main has ended: its thread awaits [`run_handlers`](Self::run_handlers) next.
    pub(crate) fn becomes_free(&self) {
        *self.state() = State::Free(None);
    }

    /// Runs the handlers that it is given.
    pub(crate) async fn run_handlers(&self) -> Infallible {
        loop {
            OnThisThread::new(self.next().await).await;
        }
    }

    async fn next(&self) -> RunRef {
        poll_fn(|context| {
            let mut state = self.state();
            match mem::replace(&mut *state, State::Runs(thread::current().id())) {
                State::Given(run) => Poll::Ready(run),
                _ => {
                    *state = State::Free(Some(context.waker().clone()));
                    Poll::Pending
                }
            }
        })
        .await
    }

    /// Lets it run this handler. Returns `false` if it is not free.
    pub(super) fn takes(&self, run: &RunRef) -> bool {
        let mut state = self.state();
        let State::Free(waker) = &mut *state else { return false };
        let waker = waker.take();
        *state = State::Given(run.clone());
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
        true
    }

    /// A handler that was alone ends on this thread. If it is main's, it is free, before anybody learns of the end and begins the
    /// next handler.
    pub(super) fn handler_ends(&self) {
        let mut state = self.state();
        if matches!(*state, State::Runs(thread) if thread == thread::current().id()) {
            *state = State::Free(None);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
