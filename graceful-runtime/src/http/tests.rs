//! Each test has its own program, since a program's lifecycle only moves forward.

#[cfg(feature = "axum")]
mod axum;
mod closing;
mod counting;
#[cfg(feature = "axum")]
mod hyper;
mod refusing;
mod transparent;

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use ::http::{Request, Response};
use graceful_core::Phase;
use http_body::{Body, Frame, SizeHint};
use tower::{Layer, Service, service_fn};

use super::{DrainBody, DrainLayer};
use crate::config::Config;
use crate::in_flight::Work;
use crate::program::Program;
use crate::trigger::Reason;

fn program() -> &'static Program {
    let work = Work::leaked();
    let program = Program::new(work, Instant::now, Vec::new);
    program.lifecycle.claim(Config::new().lame_duck(Duration::from_secs(5)));
    Box::leak(Box::new(program))
}

/// Advances a program to `phase`.
fn advance(program: &Program, phase: Phase) {
    if phase > Phase::Running {
        program.lifecycle.begin(Reason::Requested);
        program.lifecycle.advance(phase);
    }
    assert_eq!(program.lifecycle.phase(), phase);
}

/// Polls once, with a waker that does nothing.
fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

type Polled<B> = Poll<Option<Result<Frame<<B as Body>::Data>, <B as Body>::Error>>>;

fn poll_frame<B: Body + Unpin>(body: &mut B) -> Polled<B> {
    Pin::new(body).poll_frame(&mut Context::from_waker(Waker::noop()))
}

/// A body of prepared frames. Like most bodies it knows its end only when it is polled again.
#[derive(Debug, Default)]
struct Script {
    frames: VecDeque<Result<Frame<&'static [u8]>, &'static str>>,
    knows_its_end: bool,
}

impl Script {
    fn new(frames: impl IntoIterator<Item = Result<Frame<&'static [u8]>, &'static str>>) -> Self {
        Self { frames: frames.into_iter().collect(), knows_its_end: false }
    }
}

impl Body for Script {
    type Data = &'static [u8];
    type Error = &'static str;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        Poll::Ready(self.frames.pop_front())
    }

    fn is_end_stream(&self) -> bool {
        self.knows_its_end && self.frames.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(1234)
    }
}

fn data(text: &'static str) -> Result<Frame<&'static [u8]>, &'static str> {
    Ok(Frame::data(text.as_bytes()))
}

/// The answer to one request by a service that answers at once.
fn answer<B>(layer: &DrainLayer, request: Request<()>, response: Response<B>) -> Response<DrainBody<B>>
where
    B: Body,
    B::Data: From<&'static [u8]>,
{
    let mut response = Some(response);
    let mut service = layer.layer(service_fn(|_| at_once(response.take().unwrap())));
    match poll(&mut service.call(request)) {
        Poll::Ready(Ok(answer)) => answer,
        Poll::Pending => panic!("the service answers at once"),
    }
}

fn at_once<B>(response: Response<B>) -> Ready<Result<Response<B>, Infallible>> {
    ready(Ok(response))
}
