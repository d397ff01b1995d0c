//! The answer to come.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use ::http::Response;
use http_body::Body;
use pin_project_lite::pin_project;

use super::asked::Asked;
use super::body::DrainBody;
use super::gate::Gate;
use crate::in_flight::InFlight;

pin_project! {
    /// The answer to come of a [`DrainService`](super::DrainService).
    #[derive(Debug)]
    #[must_use = "futures do nothing unless they are awaited"]
    pub struct DrainFuture<F> {
        #[pin]
        state: State<F>,
    }
}

pin_project! {
    #[derive(Debug)]
    #[project = StateProjection]
    enum State<F> {
        Served {
            #[pin]
            inner: F,
            // Behind the inner future, so that its destructors run while the request counts.
            ticket: Ticket,
        },
        // `None` when the answer has been given.
        Refused { answer: Option<Box<Response<&'static [u8]>>> },
    }
}

/// What goes with a request that is served.
#[derive(Debug)]
struct Ticket {
    /// `None`: it is exempt.
    guard: Option<InFlight>,
    gate: Gate,
    asked: Asked,
}

impl<F> DrainFuture<F> {
    #[inline]
    pub(super) fn served(inner: F, guard: Option<InFlight>, gate: Gate, asked: Asked) -> Self {
        Self { state: State::Served { inner, ticket: Ticket { guard, gate, asked } } }
    }

    pub(super) fn refused(answer: Box<Response<&'static [u8]>>) -> Self {
        Self { state: State::Refused { answer: Some(answer) } }
    }
}

impl<F, B, E> Future for DrainFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Body,
    B::Data: From<&'static [u8]>,
{
    type Output = Result<Response<DrainBody<B>>, E>;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            StateProjection::Served { inner, ticket } => {
                let mut polled = inner.poll(context);
                // Now, not when the call came: the shutdown may have begun since.
                if let Poll::Ready(Ok(answer)) = &mut polled
                    && ticket.gate.is_shutting_down()
                {
                    ticket.asked.close(answer);
                }
                polled.map(|answer| {
                    // Taken, whatever it is: an error ends the request.
                    let guard = ticket.guard.take();
                    answer.map(|answer| answer.map(|body| DrainBody::served(body, guard)))
                })
            }
            // Polled again after its end it stays pending: nothing panics in here.
            StateProjection::Refused { answer } => {
                answer.take().map_or(Poll::Pending, |answer| Poll::Ready(Ok((*answer).map(DrainBody::refused))))
            }
        }
    }
}
