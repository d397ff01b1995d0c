//! The layer.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use ::http::{Request, Response};
use http_body::Body;
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::body::DrainBody;
use super::rules::{Gate, RequestProtocol, Rules};
use crate::in_flight::InFlight;
use crate::program::{Program, program};

/// Returns a layer that counts requests as work in flight, and refuses them during the drain.
///
/// It wraps each service from [`http::Request`](::http::Request) to [`http::Response`](::http::Response): axum's, hyper's,
/// tonic's.
///
/// **In flight.** The drain waits for a request from its call until its response body
/// - has ended, with the last data or the trailers,
/// - has failed,
/// - or is dropped, for example because the client has gone away.
///
/// The request also stops counting when the service fails, when the handler panics, and when the response's future is
/// dropped unfinished. An empty body counts until the server polls or drops it. In each case the server may still have
/// the last bytes to write, which its own graceful shutdown does. What follows an upgrade is not counted here.
///
/// **Draining.** A request that arrives after the drain has begun does not reach the service. The answer is
///
/// ```text
/// HTTP/1.1 503 Service Unavailable
/// retry-after: 1
/// content-type: application/json
/// connection: close
/// content-length: 34
///
/// {"error": "Service shutting down"}
/// ```
///
/// and for a gRPC request (by its content type) a response without body and with status 14, `UNAVAILABLE`, which clients
/// may retry elsewhere.
///
/// **`Connection: close`** is set on each HTTP/1 answer after the trigger, also if its request came before, so that
/// clients connect elsewhere. It is not set where the connection becomes a tunnel: after status 101 and a successful
/// CONNECT.
///
/// Requests for the probes, `/health`, `/ready`, `/readyz`, `/livez` and `/healthz`, are neither counted nor refused.
///
/// In a program that graceful does not run, nothing is refused before a call of
/// [`request_shutdown`](crate::request_shutdown).
///
/// # Where to put it
///
/// Put it outermost, so that the work of the other layers is counted too, and a refusal costs none of it. In axum that
/// is the last call of `Router::layer`, in a `ServiceBuilder` the first. A layer that must see the refusals, such as
/// one for CORS or one that counts answers, goes outside of it.
///
#[cfg_attr(feature = "axum", doc = "```no_run")]
#[cfg_attr(not(feature = "axum"), doc = "```ignore")]
/// # mod graceful { pub use graceful_runtime::*; }
/// use axum::Router;
/// use axum::routing::get;
///
/// let app: Router = Router::new()
///     .route("/", get(async || "hello"))
///     .layer(graceful::http::layer());
/// ```
///
/// With hyper and hyper-util:
///
#[cfg_attr(feature = "axum", doc = "```no_run")]
#[cfg_attr(not(feature = "axum"), doc = "```ignore")]
/// # mod graceful { pub use graceful_runtime::*; }
/// # use axum::body::Body;
/// # use hyper::{Request, Response, body::Incoming};
/// # async fn hello(_: Request<Incoming>) -> hyper::Result<Response<Body>> { Ok(Response::new(Body::from("hello"))) }
/// use hyper::server::conn::http1;
/// use hyper_util::rt::TokioIo;
/// use hyper_util::service::TowerToHyperService;
/// use tokio::net::TcpStream;
/// use tower::ServiceBuilder;
///
/// # async fn serve(stream: TcpStream) -> hyper::Result<()> {
/// let service = ServiceBuilder::new().layer(graceful::http::layer()).service_fn(hello);
/// http1::Builder::new().serve_connection(TokioIo::new(stream), TowerToHyperService::new(service)).await
/// # }
/// ```
#[must_use]
pub fn layer() -> DrainLayer {
    let program = program();
    program.lifecycle.participation.begin();
    DrainLayer::of(program)
}

/// The layer that [`layer`] returns, and its settings.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use std::time::Duration;
///
/// let layer = graceful::http::layer().retry_after(Duration::from_secs(5)).exempt("/metrics");
/// ```
#[derive(Debug, Clone)]
pub struct DrainLayer(Rules);

impl DrainLayer {
    pub(super) fn of(program: &'static Program) -> Self {
        Self(Rules::new(program))
    }

    #[cfg(feature = "axum")]
    pub(crate) fn into_rules(self) -> Rules {
        self.0
    }

    /// Sets after how long a refused client may try again, in the header `Retry-After`. Default: 1 s.
    ///
    /// It is rounded up to whole seconds, and is at least 1 s, since the header has no smaller unit.
    #[must_use]
    pub fn retry_after(mut self, delay: Duration) -> Self {
        self.0.set_retry_after(delay);
        self
    }

    /// Lets requests for this path pass, as those for the probes: neither counted nor refused.
    ///
    /// It is the whole path as the layer sees it: without the query, and inside a nested router without the prefix. Can
    /// be called more than once.
    #[must_use]
    pub fn exempt(mut self, path: impl Into<String>) -> Self {
        self.0.exempt(path.into().into_boxed_str());
        self
    }
}

impl<S> Layer<S> for DrainLayer {
    type Service = DrainService<S>;

    fn layer(&self, inner: S) -> DrainService<S> {
        DrainService::new(inner, self.0.clone())
    }
}

/// A service whose requests count as work in flight, and are refused during the drain. Made by a [`DrainLayer`].
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use graceful::http::DrainService;
/// use http::{Request, Response};
/// use tower::{Layer, ServiceExt, service_fn};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let hello = service_fn(async |_: Request<()>| std::io::Result::Ok(Response::new("hello".to_owned())));
/// let service: DrainService<_> = graceful::http::layer().layer(hello);
/// assert_eq!(service.oneshot(Request::new(())).await?.status(), 200);
/// # Ok(())
/// # }
/// ```
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

    /// Polls the inner service for readiness, also during the drain.
    #[inline]
    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    #[inline]
    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        let protocol = RequestProtocol::of(request.version(), request.method());
        match self.rules.admit(request.uri()) {
            Ok(guard) => DrainFuture::served(self.inner.call(request), guard, self.rules.gate(), protocol),
            Err(_) => DrainFuture::refused(self.rules.refusal(&request)),
        }
    }
}

pin_project! {
    /// The response future of a [`DrainService`](super::DrainService). Its request is in flight until it is dropped.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// use http::{Request, Response};
    /// use tower::{Service, ServiceBuilder};
    ///
    /// # let hello = async |_: Request<()>| std::io::Result::Ok(Response::new("hello".to_owned()));
    /// let mut service = ServiceBuilder::new().layer(graceful::http::layer()).service_fn(hello);
    /// let answer: graceful::http::DrainFuture<_> = service.call(Request::new(()));
    /// assert_eq!(graceful::in_flight(), 1);
    /// drop(answer);
    /// assert_eq!(graceful::in_flight(), 0);
    /// ```
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
            // After the inner future, so that its destructors run while the request counts.
            admission: Admission,
        },
        // `None` after the answer was returned.
        Refused { answer: Option<Box<Response<&'static [u8]>>> },
    }
}

/// The rest of a request that is served.
#[derive(Debug)]
struct Admission {
    /// `None`: the request is exempt.
    guard: Option<InFlight>,
    gate: Gate,
    protocol: RequestProtocol,
}

impl<F> DrainFuture<F> {
    #[inline]
    pub(super) fn served(inner: F, guard: Option<InFlight>, gate: Gate, protocol: RequestProtocol) -> Self {
        Self { state: State::Served { inner, admission: Admission { guard, gate, protocol } } }
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
            StateProjection::Served { inner, admission } => {
                let mut polled = inner.poll(context);
                // Checked now and not at the call, since the shutdown may have begun meanwhile.
                if let Poll::Ready(Ok(answer)) = &mut polled
                    && admission.gate.is_shutting_down()
                {
                    admission.protocol.close(answer);
                }
                polled.map(|answer| {
                    // Also for an error, which ends the request.
                    let guard = admission.guard.take();
                    answer.map(|answer| answer.map(|body| DrainBody::served(body, guard)))
                })
            }
            // If it is polled after its end it stays pending and does not panic.
            StateProjection::Refused { answer } => {
                answer.take().map_or(Poll::Pending, |answer| Poll::Ready(Ok((*answer).map(DrainBody::refused))))
            }
        }
    }
}
