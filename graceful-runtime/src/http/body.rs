//! The response body, which carries the request's guard.

use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use crate::in_flight::InFlight;

pin_project! {
    /// The response body of a [`DrainService`](super::DrainService): the inner body, or that of a refusal.
    ///
    /// It keeps the request in flight until it has ended, has failed, or is dropped.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// use graceful::http::DrainBody;
    /// use http::{Request, Response};
    /// use tower::{ServiceBuilder, ServiceExt};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// # let hello = async |_: Request<()>| std::io::Result::Ok(Response::new("hello".to_owned()));
    /// let service = ServiceBuilder::new().layer(graceful::http::layer()).service_fn(hello);
    /// let answer: Response<DrainBody<String>> = service.oneshot(Request::new(())).await?;
    /// assert_eq!(graceful::in_flight(), 1);
    /// drop(answer);
    /// assert_eq!(graceful::in_flight(), 0);
    /// # Ok(())
    /// # }
    /// ```
    #[derive(Debug)]
    pub struct DrainBody<B> {
        #[pin]
        kind: Kind<B>,
    }
}

pin_project! {
    #[derive(Debug)]
    #[project = KindProjection]
    enum Kind<B> {
        Served {
            #[pin]
            inner: B,
            // After the inner body, so that its destructors run while the request counts.
            guard: Option<InFlight>,
        },
        // The rest of the text.
        Refused { text: &'static [u8] },
    }
}

impl<B> DrainBody<B> {
    #[inline]
    pub(super) fn served(inner: B, guard: Option<InFlight>) -> Self {
        Self { kind: Kind::Served { inner, guard } }
    }

    pub(super) fn refused(text: &'static [u8]) -> Self {
        Self { kind: Kind::Refused { text } }
    }
}

impl<B> Body for DrainBody<B>
where
    B: Body,
    B::Data: From<&'static [u8]>,
{
    type Data = B::Data;
    type Error = B::Error;

    #[inline]
    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        match self.project().kind.project() {
            KindProjection::Served { mut inner, guard } => {
                let polled = inner.as_mut().poll_frame(context);
                let ended = match &polled {
                    Poll::Pending => false,
                    Poll::Ready(Some(Ok(frame))) => frame.is_trailers() || inner.is_end_stream(),
                    Poll::Ready(Some(Err(_)) | None) => true,
                };
                if ended {
                    *guard = None;
                }
                polled
            }
            KindProjection::Refused { text } => {
                let text = mem::take(text);
                Poll::Ready((!text.is_empty()).then(|| Ok(Frame::data(text.into()))))
            }
        }
    }

    #[inline]
    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Served { inner, .. } => inner.is_end_stream(),
            Kind::Refused { text } => text.is_empty(),
        }
    }

    #[inline]
    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Served { inner, .. } => inner.size_hint(),
            Kind::Refused { text } => SizeHint::with_exact(text.len() as u64),
        }
    }
}

/// An empty body that belongs to no request, since some layers answer with one.
impl<B: Default> Default for DrainBody<B> {
    fn default() -> Self {
        Self::served(B::default(), None)
    }
}
