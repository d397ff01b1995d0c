//! The requests of a connection: hyper's service around the router, which notes in [`Activity`] what is in progress.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use ::axum::body::Body;
use ::axum::extract::Request;
use ::axum::response::Response;
use http::HeaderMap;
use http::header::{CONNECTION, HeaderValue};
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;
use hyper_util::service::TowerToHyperService;
use pin_project_lite::pin_project;
use tower_service::Service;

use super::activity::{Active, Activity};
use crate::http::{RequestProtocol, Rules};
use crate::in_flight::InFlight;
use crate::observe::is_shutting_down;

type Inner<S> = <TowerToHyperService<S> as hyper::service::Service<Request>>::Future;

pub(super) struct Requests<S> {
    service: TowerToHyperService<S>,
    rules: Option<Rules>,
    activity: Arc<Activity>,
}

impl<S> Requests<S> {
    pub(super) fn new(service: S, activity: Arc<Activity>) -> Self {
        let rules = activity.server().rules().cloned();
        Self { service: TowerToHyperService::new(service), rules, activity }
    }
}

impl<S> hyper::service::Service<Request<Incoming>> for Requests<S>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone,
{
    type Response = Response<Tracked>;
    type Error = Infallible;
    type Future = Answer<Inner<S>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let protocol = RequestProtocol::of(request.version(), request.method());
        let (guard, refusal) = match &self.rules {
            None => (None, None),
            Some(rules) => match rules.admit(request.uri()) {
                Ok(guard) => (guard, None),
                Err(_) => (None, Some(rules.refusal(&request))),
            },
        };
        // Over HTTP/2 the stream counts.
        let active = (protocol != RequestProtocol::Multiplexed).then(|| Active::begin_http1(&self.activity));
        let request = request.map(|body| {
            if body.is_end_stream() {
                return Body::new(body);
            }
            let upload = Upload { body, active: Some(Active::begin(&self.activity)) };
            // Nobody will read the body. It is dropped here, so that the answer knows.
            if refusal.is_some() { Body::empty() } else { Body::new(upload) }
        });
        // The router is not called before the first poll.
        Answer { answer: hyper::service::Service::call(&self.service, request), refusal, guard, active, protocol }
    }
}

pin_project! {
    /// The answer to a request, until its head is ready.
    pub(super) struct Answer<F> {
        #[pin]
        answer: F,
        // Replaces `answer`.
        refusal: Option<Box<Response<&'static [u8]>>>,
        guard: Option<InFlight>,
        active: Option<Active>,
        protocol: RequestProtocol,
    }
}

impl<F: Future<Output = Result<Response, Infallible>>> Future for Answer<F> {
    type Output = Result<Response<Tracked>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut response = match this.refusal.take() {
            Some(refusal) => refusal.map(Body::from),
            None => match ready!(this.answer.poll(cx)) {
                Ok(response) => response,
            },
        };
        let active = this.active.take();
        if let Some(active) = &active {
            if this.protocol.hands_over(response.status()) {
                active.activity().set_tunnel();
            } else if is_shutting_down() {
                say_whether_last(response.headers_mut(), active.activity().decide_last_answer());
            }
        }
        let guard = this.guard.take();
        Poll::Ready(Ok(response.map(|body| Tracked { body, _guard: guard, _active: active })))
    }
}

/// After the trigger only the server knows which answer is the last: a layer, such as ours, does not see what else has
/// arrived on the connection.
#[cold]
fn say_whether_last(headers: &mut HeaderMap, last: bool) {
    const CLOSE: HeaderValue = HeaderValue::from_static("close");

    if last {
        headers.insert(CONNECTION, CLOSE);
    } else if headers.get(CONNECTION) == Some(&CLOSE) {
        headers.remove(CONNECTION);
    }
}

/// The body of an answer. hyper drops it at its end.
#[derive(Debug)]
pub(super) struct Tracked {
    body: Body,
    _guard: Option<InFlight>,
    _active: Option<Active>,
}

impl HttpBody for Tracked {
    type Data = <Body as HttpBody>::Data;
    type Error = <Body as HttpBody>::Error;

    #[inline]
    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    #[inline]
    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    #[inline]
    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The body of a request. It may outlive the answer, and notes when it is dropped before its end.
struct Upload {
    body: Incoming,
    /// `None` after the body's end.
    active: Option<Active>,
}

impl HttpBody for Upload {
    type Data = <Incoming as HttpBody>::Data;
    type Error = <Incoming as HttpBody>::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        // hyper does not report the end of a body of known length that outlives its answer.
        if self.body.is_end_stream() {
            return Poll::Ready(None);
        }
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        // Not after an error, since the client may still be sending.
        if frame.is_none() || self.body.is_end_stream() {
            self.active = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if let Some(active) = &self.active {
            active.activity().body_left_unread();
        }
    }
}
