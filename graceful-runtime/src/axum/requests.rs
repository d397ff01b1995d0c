//! The requests of a connection: hyper's service around the router, which notes in [`Activity`] what is in progress.

mod upload;

use std::cell::Cell;
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};

use ::axum::body::Body;
use ::axum::extract::Request;
use ::axum::response::Response;
use http::HeaderMap;
use http::header::{CONNECTION, HeaderValue};
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;
use pin_project_lite::pin_project;
use tower_service::Service;

use self::upload::Upload;
use super::activity::Activity;
use super::drain::Server;
use super::exchange::{Answering, Head};
use crate::http::{RequestProtocol, Rules};
use crate::in_flight::InFlight;

pub(super) struct Requests<S> {
    service: S,
    rules: Option<Rules>,
    /// The id of the next request.
    next: Cell<u32>,
    activity: Arc<Activity>,
}

impl<S> Requests<S> {
    pub(super) fn new(service: S, activity: Arc<Activity>) -> Self {
        let rules = activity.server().rules().cloned();
        Self { service, rules, next: Cell::new(0), activity }
    }

    /// What the application gets of the body of a request.
    #[inline]
    fn body(&self, body: Incoming, uploads: bool, id: u32) -> Body {
        if uploads { Body::new(Upload::new(body, &self.activity, id)) } else { Body::new(body) }
    }
}

impl<S> hyper::service::Service<Request<Incoming>> for Requests<S>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone,
{
    type Response = Response<Tracked>;
    type Error = Infallible;
    type Future = Answer<S, S::Future>;

    #[inline]
    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let protocol = RequestProtocol::of(request.version(), request.method());
        let id = self.next.replace(self.next.get().wrapping_add(1));
        let uploads = !request.body().is_end_stream();
        let progress = Some(Progress::begin(&self.activity, protocol, id, uploads));
        let (guard, refusal) = match &self.rules {
            None => (None, None),
            Some(rules) => admit(rules, self.activity.server(), &request),
        };
        // Each branch makes its answer in place: a state that is made before it is copied once more.
        if let Some(refusal) = refusal {
            if uploads {
                // Nobody will read the body. It is dropped here, so that the answer knows.
                drop(Upload::new(request.into_body(), &self.activity, id));
            }
            let state = State::Refused { refusal: Some(refusal) };
            return Answer { state, head: None, guard, progress };
        }
        let mut service = self.service.clone();
        // Over HTTP/1 hyper polls the answer next, and in the same task, so the service may as well be called here.
        let at_once = protocol != RequestProtocol::Multiplexed;
        if at_once && service.poll_ready(&mut Context::from_waker(Waker::noop())).is_ready() {
            let head = Some(Head::of(&request));
            // It is made where the service takes it: a request that is made before it is copied once more.
            let state = State::Called { answer: service.call(request.map(|body| self.body(body, uploads, id))) };
            return Answer { state, head, guard, progress };
        }
        let request = request.map(|body| self.body(body, uploads, id));
        let state = State::New { service, request: Some(request) };
        Answer { state, head: None, guard, progress }
    }
}

type Refusal = Box<Response<&'static [u8]>>;

#[inline(never)]
fn admit(rules: &Rules, server: &Server, request: &Request<Incoming>) -> (Option<InFlight>, Option<Refusal>) {
    match rules.admit(request.uri()) {
        // One that is exempt has no guard.
        Ok(Some(_)) if server.scope_drains() => (None, Some(rules.refusal(request))),
        Ok(guard) => (guard, None),
        Err(_) => (None, Some(rules.refusal(request))),
    }
}

/// A request in progress, until its answer has ended.
#[derive(Debug)]
struct Progress {
    activity: Arc<Activity>,
    id: u32,
    /// What is noted in the connection's exchanges.
    noted: Answering,
    protocol: RequestProtocol,
    /// Whether the request has a body.
    uploads: bool,
}

impl Progress {
    #[inline]
    fn begin(activity: &Arc<Activity>, protocol: RequestProtocol, id: u32, uploads: bool) -> Self {
        // Over HTTP/2 its stream is what counts.
        if protocol != RequestProtocol::Multiplexed {
            activity.begin_answer();
        }
        Self { activity: Arc::clone(activity), id, noted: Answering::No, protocol, uploads }
    }

    #[cold]
    fn note(&mut self, answering: Answering, head: Option<&Head>) {
        self.noted = answering;
        self.activity.exchanges.answer(self.id, head, answering);
    }

    #[inline]
    fn unnote(&mut self) {
        if self.noted != Answering::No {
            self.noted = Answering::No;
            self.activity.exchanges.end(self.id);
        }
    }
}

impl Drop for Progress {
    #[inline]
    fn drop(&mut self) {
        self.unnote();
        if self.protocol != RequestProtocol::Multiplexed {
            self.activity.end_part();
        }
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<S, F> {
        // The service is called at the first poll: over HTTP/2 that is in the task of the request's stream.
        New { service: S, request: Option<Request> },
        Called {
            #[pin]
            answer: F,
        },
        Refused { refusal: Option<Refusal> },
    }
}

pin_project! {
    /// The answer to a request, until its head is ready.
    pub(super) struct Answer<S, F> {
        #[pin]
        state: State<S, F>,
        // `None` after the first poll.
        head: Option<Head>,
        guard: Option<InFlight>,
        // `None` after the head is ready.
        progress: Option<Progress>,
    }
}

impl<S> Future for Answer<S, S::Future>
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    type Output = Result<Response<Tracked>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if let StateProjection::New { service, request } = this.state.as_mut().project() {
            let Ok(()) = ready!(service.poll_ready(cx));
            // It is there until now.
            let Some(request) = request.take() else { return Poll::Pending };
            *this.head = Some(Head::of(&request));
            let answer = service.call(request);
            this.state.set(State::Called { answer });
        }
        let mut response = match this.state.as_mut().project() {
            StateProjection::Called { answer } => match answer.poll(cx) {
                Poll::Ready(Ok(response)) => response,
                Poll::Pending => {
                    if let Some(progress) = this.progress
                        && (progress.uploads || progress.noted == Answering::No)
                    {
                        progress.note(Answering::Head, this.head.as_ref());
                    }
                    *this.head = None;
                    return Poll::Pending;
                }
            },
            StateProjection::Refused { refusal } => match refusal.take() {
                Some(refusal) => refusal.map(Body::from),
                None => return Poll::Pending,
            },
            StateProjection::New { .. } => return Poll::Pending,
        };
        // hyper polls it no more.
        let Some(mut progress) = this.progress.take() else { return Poll::Pending };
        if progress.protocol != RequestProtocol::Multiplexed {
            if progress.protocol.hands_over(response.status()) {
                // Noted first, so that its name is known.
                progress.note(Answering::HandedOver, this.head.as_ref());
                progress.activity.set_tunnel(progress.activity.exchanges.name(progress.id));
            } else if progress.activity.server().is_ending() {
                say_whether_last(response.headers_mut(), progress.activity.decide_last_answer());
            }
        }
        if response.body().size_hint().exact().is_none() {
            // It is made part by part.
            progress.note(Answering::HandedOver, this.head.as_ref());
        } else {
            progress.unnote();
        }
        let guard = this.guard.take();
        Poll::Ready(Ok(response.map(|body| Tracked { body, _guard: guard, progress })))
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
    progress: Progress,
}

impl HttpBody for Tracked {
    type Data = <Body as HttpBody>::Data;
    type Error = <Body as HttpBody>::Error;

    #[inline]
    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        match &polled {
            Poll::Pending if self.progress.noted != Answering::Body => self.progress.note(Answering::Body, None),
            Poll::Ready(_) if self.progress.noted == Answering::Body => self.progress.note(Answering::Part, None),
            Poll::Ready(_) if self.progress.noted == Answering::Part => self.progress.note(Answering::HandedOver, None),
            Poll::Pending | Poll::Ready(_) => {}
        }
        polled
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
