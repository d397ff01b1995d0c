//! The service: counts a request, or refuses it.

use std::task::{Context, Poll};

use ::http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use super::asked::Asked;
use super::body::DrainBody;
use super::future::DrainFuture;
use super::rules::Rules;

/// A service whose requests are in flight, and refused once draining. Made by [`layer`](super::layer()).
#[derive(Debug, Clone)]
pub struct DrainService<S> {
    inner: S,
    rules: Rules,
}

impl<S> DrainService<S> {
    pub(super) fn new(inner: S, rules: Rules) -> Self {
        Self { inner, rules }
    }
}

impl<S, RequestBody, ResponseBody> Service<Request<RequestBody>> for DrainService<S>
where
    S: Service<Request<RequestBody>, Response = Response<ResponseBody>>,
    ResponseBody: Body,
    ResponseBody::Data: From<&'static [u8]>,
{
    type Response = Response<DrainBody<ResponseBody>>;
    type Error = S::Error;
    type Future = DrainFuture<S::Future>;

    /// Whether the inner service is ready, also while draining: a refused call leaves it so.
    #[inline]
    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    #[inline]
    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        let asked = Asked::of(request.version(), request.method());
        match self.rules.admit(request.uri()) {
            Ok(guard) => DrainFuture::served(self.inner.call(request), guard, self.rules.gate(), asked),
            Err(_) => DrainFuture::refused(self.rules.refusal(&request)),
        }
    }
}
