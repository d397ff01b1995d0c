//! A listener that closes when the drain has begun and no client waits any more.

use std::any::TypeId;
use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use ::axum::serve::Listener;
use graceful_core::Phase;
use tokio::net::TcpListener;
use tokio::time::{Instant, Sleep, sleep_until};
use tokio_util::sync::WaitForCancellationFutureOwned;

use super::drain::{Drain, TURN};
use crate::observe;
use crate::program::program;
use crate::scope::InScope;

/// What a listener says of itself while its `accept` is polled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    /// Nothing: it is not ours.
    Unknown,
    /// It will have more connections, or will say that it is closed.
    Open,
    /// It will have no more connections.
    Closed,
}

/// What a listener and the code that polls it tell each other, also through listeners in between.
struct Polled {
    status: Cell<Status>,
    /// The scope of the server.
    scope: Option<InScope>,
}

tokio::task_local! {
    static POLLED: Polled;
}

impl Status {
    /// Tells whoever polls this listener, also through the listeners around it.
    pub(super) fn report(self) {
        // Nobody asks where the listener is not served by graceful.
        let _ = POLLED.try_with(|polled| polled.status.set(self));
    }
}

/// Accepts until the drain has begun and no client waits any more. Then it closes the listener.
pub(super) struct Accepts<L> {
    listener: Option<L>,
    drain_started: Pin<Box<dyn Future<Output = ()> + Send>>,
    scope: Option<OfScope>,
    status: Status,
    closing: Option<Closing>,
}

/// The end of a listener that is served in a scope.
struct OfScope {
    scope: InScope,
    drain: Pin<Box<WaitForCancellationFutureOwned>>,
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
}

/// The drain, for a listener.
struct Closing {
    drain: Drain,
    begun: Instant,
    /// When the last connection was accepted.
    accepted: Instant,
    timer: Pin<Box<Sleep>>,
}

impl<L: Listener> Accepts<L> {
    pub(super) fn new(listener: L) -> Self {
        Self {
            listener: Some(listener),
            drain_started: Box::pin(observe::drain_started()),
            scope: None,
            status: Status::Unknown,
            closing: None,
        }
    }

    /// Serves in this scope.
    pub(super) fn set_scope(&mut self, scope: &InScope) {
        self.scope = Some(OfScope {
            scope: scope.clone(),
            drain: Box::pin(scope.draining().clone().cancelled_owned()),
            cut: Box::pin(scope.cut().clone().cancelled_owned()),
        });
    }

    /// The scope that it serves in. That of an inner listener is known after its first [`next`](Self::next).
    pub(super) fn scope(&self) -> Option<&InScope> {
        self.scope.as_ref().map(|of_scope| &of_scope.scope)
    }

    pub(super) fn local_addr(&self) -> io::Result<L::Addr> {
        match &self.listener {
            Some(listener) => listener.local_addr(),
            None => Err(io::Error::new(io::ErrorKind::NotConnected, "the drain has closed the listener")),
        }
    }

    /// Until when a client may take for what it has begun. `None` before the drain.
    pub(super) fn request_end(&self) -> Option<Instant> {
        self.closing.as_ref().map(|closing| closing.begun + closing.drain.request_timeout(closing.begun))
    }

    /// Accepts the next connection. `None`: the listener is closed. `drain` gives the drain when it begins.
    ///
    /// Dropping the future loses what the listener's own `accept` loses then.
    pub(super) async fn next(&mut self, drain: impl Fn(Option<&InScope>) -> Drain) -> Option<(L::Io, L::Addr)> {
        if self.scope.is_none()
            && let Ok(Some(scope)) = POLLED.try_with(|polled| polled.scope.clone())
        {
            self.set_scope(&scope);
        }
        // If clients never stop coming, only this notices the drain.
        if program().lifecycle.phase() >= Phase::Draining || self.scope().is_some_and(InScope::drains) {
            let of_scope = self.scope.as_ref().map(|of_scope| &of_scope.scope);
            let closing = self.closing.get_or_insert_with(|| Closing::new(drain(of_scope)));
            if self.status == Status::Unknown && Instant::now() > closing.drain.accept_end {
                self.listener = None;
            }
        }
        let Self { listener, drain_started, scope, status, closing } = self;
        let accepted = {
            let mut accept = pin!(listener.as_mut()?.accept());
            poll_fn(|cx| {
                let accepted = poll::<L, _>(accept.as_mut(), status, scope.as_ref(), cx);
                if accepted.is_ready() {
                    return accepted.map(Some);
                }
                if closing.is_none() {
                    let of_program = drain_started.as_mut().poll(cx);
                    let of_scope = scope.as_mut().map(|of_scope| of_scope.drain.as_mut().poll(cx));
                    if of_program.is_pending() && of_scope.is_none_or(|drain| drain.is_pending()) {
                        return Poll::Pending;
                    }
                }
                if scope.as_mut().is_some_and(|of_scope| of_scope.cut.as_mut().poll(cx).is_ready()) {
                    return Poll::Ready(None);
                }
                let of_scope = scope.as_ref().map(|of_scope| &of_scope.scope);
                let closing = closing.get_or_insert_with(|| Closing::new(drain(of_scope)));
                match status {
                    Status::Open => Poll::Pending,
                    Status::Closed => Poll::Ready(None),
                    Status::Unknown => closing.poll(is_immediate::<L>(), cx).map(|()| None),
                }
            })
            .await
        };
        match (&accepted, closing) {
            (None, _) => *listener = None,
            (Some(_), Some(closing)) => closing.accepted = Instant::now(),
            (Some(_), None) => {}
        }
        accepted
    }
}

/// Whether `accept` takes a connection from the kernel and does nothing else: then nothing is lost with its future.
fn is_immediate<L: 'static>() -> bool {
    #[cfg(unix)]
    if TypeId::of::<L>() == TypeId::of::<tokio::net::UnixListener>() {
        return true;
    }
    TypeId::of::<L>() == TypeId::of::<TcpListener>()
}

/// Polls `accept`, and learns what the listener says of itself.
fn poll<L: 'static, F: Future>(
    accept: Pin<&mut F>,
    status: &mut Status,
    scope: Option<&OfScope>,
    cx: &mut Context<'_>,
) -> Poll<F::Output> {
    if is_immediate::<L>() {
        return accept.poll(cx);
    }
    let scope = scope.map(|of_scope| of_scope.scope.clone());
    POLLED.sync_scope(Polled { status: Cell::new(Status::Unknown), scope }, || {
        let accepted = accept.poll(cx);
        *status = POLLED.with(|polled| polled.status.get());
        accepted
    })
}

impl Closing {
    fn new(drain: Drain) -> Self {
        let begun = Instant::now();
        Self { drain, begun, accepted: begun, timer: Box::pin(sleep_until(begun)) }
    }

    /// Whether a listener that has no connection has waited for long enough.
    fn poll(&mut self, is_immediate: bool, cx: &mut Context<'_>) -> Poll<()> {
        // An empty queue proves nothing before the I/O driver has looked.
        let turned = self.begun + TURN;
        let end = if is_immediate { turned } else { self.drain.accepting_end(self.accepted).max(turned) };
        if self.timer.deadline() != end {
            self.timer.as_mut().reset(end);
        }
        self.timer.as_mut().poll(cx)
    }
}
