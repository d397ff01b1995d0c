//! One connection of hyper, and what the drain does to it.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use ::axum::extract::Request;
use ::axum::response::Response;
use hyper_util::rt::TokioTimer;
use hyper_util::server::conn::auto::{self, UpgradeableConnection};
use pin_project_lite::pin_project;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, Sleep, sleep_until};
use tokio_util::sync::{WaitForCancellationFuture, WaitForCancellationFutureOwned};
use tower_service::Service;

use super::activity::{Activity, Streams};
use super::drain::TURN;
use super::requests::Requests;
use super::socket::Socket;
use crate::program::program;

type Http<I, S> = UpgradeableConnection<'static, Socket<I>, Requests<S>, Streams>;

pin_project! {
    /// Must be polled by one task only, since it keeps one waker.
    pub(super) struct Connection<I, S>
    where
        S: Service<Request, Response = Response, Error = Infallible>,
        S: Clone,
    {
        #[pin]
        http: Http<I, S>,
        #[pin]
        drain: WaitForCancellationFuture<'static>,
        of_scope: Option<Pin<Box<WaitForCancellationFutureOwned>>>,
        watches: bool,
        late: Option<Late>,
        activity: Arc<Activity>,
    }
}

impl<I, S> Connection<I, S>
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    pub(super) fn new(io: I, service: S, activity: Arc<Activity>) -> Self {
        let socket = Socket::new(io, Arc::clone(&activity));
        let requests = Requests::new(service, Arc::clone(&activity));
        let http = http(&activity);
        Self {
            http: http.serve_connection_with_upgrades(socket, requests).into_owned(),
            drain: program().lifecycle.draining_token().cancelled(),
            of_scope: activity.server().scope().map(|scope| Box::pin(scope.draining().clone().cancelled_owned())),
            watches: false,
            late: None,
            activity,
        }
    }
}

impl<I, S> Future for Connection<I, S>
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        loop {
            // First, so that what has arrived is read before anything is decided.
            if this.http.as_mut().poll(cx).is_ready() {
                // hyper has reported an error to the client as far as it could.
                return Poll::Ready(());
            }
            if !*this.watches {
                // Once, since the token wakes this task when the drain begins, and each poll takes a lock that all
                // connections share.
                *this.watches = true;
                let _ = match this.of_scope {
                    Some(drain) => drain.as_mut().poll(cx),
                    None => this.drain.as_mut().poll(cx),
                };
            }
            if !this.activity.server().drains() {
                return Poll::Pending;
            }
            match this.late.get_or_insert_with(|| Late::new(this.activity)).next(this.activity, cx) {
                Next::Wait => return Poll::Pending,
                Next::Close => this.http.as_mut().graceful_shutdown(),
                Next::Drop => return Poll::Ready(()),
            }
        }
    }
}

/// hyper's configuration.
fn http(activity: &Arc<Activity>) -> auto::Builder<Streams> {
    let mut http = auto::Builder::new(Streams(Arc::clone(activity)));
    // For WebSockets over HTTP/2, as axum does.
    http.http2().enable_connect_protocol();
    if let Some(timeout) = activity.server().header_timeout() {
        http.http1().timer(TokioTimer::new()).header_read_timeout(timeout);
    }
    http
}

/// A connection in the drain.
struct Late {
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
    /// Whether hyper was asked to close.
    is_closing: bool,
    /// Since when nothing is in progress.
    quiet: Option<Instant>,
    timer: Pin<Box<Sleep>>,
}

/// What to do with a connection on which hyper waits.
enum Next {
    Wait,
    /// Close it as its protocol does.
    Close,
    /// Drop it, since its time is up.
    Drop,
}

impl Late {
    fn new(activity: &Arc<Activity>) -> Self {
        activity.join_drain();
        Self {
            cut: Box::pin(activity.server().cut_token().clone().cancelled_owned()),
            is_closing: false,
            quiet: None,
            timer: Box::pin(sleep_until(Instant::now())),
        }
    }

    fn next(&mut self, activity: &Activity, cx: &mut Context<'_>) -> Next {
        if self.cut.as_mut().poll(cx).is_ready() {
            return Next::Drop;
        }
        let drain = activity.server().drain_begun();
        let is_busy = activity.is_busy(cx.waker());
        let is_new = Instant::now() < drain.first_stream_end(activity.accepted());
        if activity.is_http2() && !self.is_closing && (is_busy || !is_new) {
            // Streams in progress continue, and the client learns which ones it must retry elsewhere.
            return self.close();
        }
        if is_busy {
            self.quiet = None;
            return Next::Wait;
        }
        let quiet = *self.quiet.get_or_insert_with(Instant::now);
        if activity.goes_away() {
            // h2 still sends what the streams have left, and closes the connection after that.
            return Next::Wait;
        }
        let patient = self.is_closing || (activity.has_unparsed() && !activity.is_http2());
        let end = match (patient, activity.is_http2()) {
            // An honest client acknowledges GOAWAY when it has read what comes before.
            (true, true) => {
                let reads = activity.last_moved().map(|moved| moved + drain.request_timeout(moved));
                let reads = reads.unwrap_or(quiet).min(quiet + drain.request_timeout(quiet));
                drain.farewell_end(quiet).max(reads)
            }
            (true, false) => quiet + drain.request_timeout(quiet),
            (false, _) if activity.is_silent() => drain.first_request_end(activity.accepted()).max(quiet + TURN),
            (false, _) => drain.idle_end(activity.accepted()).max(quiet + TURN),
        };
        if self.timer.deadline() != end {
            self.timer.as_mut().reset(end);
        }
        // By the clock too: a client that never stops sending uses up the budget of the task, without which no timer fires.
        if Instant::now() < end && self.timer.as_mut().poll(cx).is_pending() {
            return Next::Wait;
        }
        if patient { Next::Drop } else { self.close() }
    }

    fn close(&mut self) -> Next {
        self.is_closing = true;
        Next::Close
    }
}
