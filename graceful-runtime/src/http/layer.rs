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

/// A layer for any service from [`http::Request`](::http::Request) to [`http::Response`](::http::Response): axum, hyper,
/// tonic.
///
/// **In flight.** A request is counted from the call on, so that the drain waits for it, until its response body
/// - has told its end, with the last data or the trailers,
/// - has failed,
/// - or is dropped, as it is when the client has gone away.
///
/// It is counted no longer when the service fails, when the handler panics, and when the response's future is dropped
/// unfinished. A response without a body is counted until the server has taken it: a body that has nothing to give is
/// let go when it is polled or dropped, not before. In each case the last bytes may still wait in the server to be
/// written; the server's own graceful shutdown takes care of them. What follows an upgrade isn't counted here.
///
/// **Draining.** A request that comes from the drain's start on doesn't reach the service. The answer is
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
/// **`Connection: close`** is set on each answer from the trigger on, so that clients connect elsewhere; also on those of
/// requests that came before it. Only on HTTP/1, and not where the connection is handed over: after status 101 and a
/// successful CONNECT.
///
/// The paths of the probes, `/health`, `/ready`, `/livez` and `/readyz`, are neither counted nor refused.
///
/// In a program that graceful doesn't run nothing is refused, unless [`request_shutdown`](crate::request_shutdown) is
/// called.
///
/// # Where to put it
///
/// Outermost, so that the work of the other layers is counted too, and a refusal costs none of it. In axum that is the
/// last call of `Router::layer`, in a `ServiceBuilder` the first. A layer that has to see the refusals, such as one for
/// CORS or one that counts answers, comes outside of it.
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
/// # fn main() {}
/// # mod graceful { pub use graceful_runtime::*; }
/// ```
#[must_use]
pub fn layer() -> DrainLayer {
    DrainLayer::of(program())
}

/// Made by [`layer`]: counts the requests of a service, and refuses them once it is draining.
///
/// ```
/// use std::time::Duration;
///
/// # fn main() {
/// let layer = graceful::http::layer().retry_after(Duration::from_secs(5)).exempt("/metrics");
/// # }
/// # mod graceful { pub use graceful_runtime::*; }
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

    /// When a refused client may try again, in the header `Retry-After`. Default: 1 s.
    ///
    /// Rounded up to whole seconds, and at least one: the header knows no less.
    #[must_use]
    pub fn retry_after(mut self, delay: Duration) -> Self {
        self.0.set_retry_after(delay);
        self
    }

    /// Lets requests for this path through, uncounted, also while draining: as those for the probes.
    ///
    /// The whole path, as the layer sees it: without the query, and inside of a nested router without the prefix. Can be
    /// called more than once.
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
        let protocol = RequestProtocol::of(request.version(), request.method());
        match self.rules.admit(request.uri()) {
            Ok(guard) => DrainFuture::served(self.inner.call(request), guard, self.rules.gate(), protocol),
            Err(_) => DrainFuture::refused(self.rules.refusal(&request)),
        }
    }
}

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
            admission: Admission,
        },
        // `None` when the answer has been given.
        Refused { answer: Option<Box<Response<&'static [u8]>>> },
    }
}

/// What goes with a request that is served.
#[derive(Debug)]
struct Admission {
    /// `None`: it is exempt.
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
                // Now, not when the call came: the shutdown may have begun since.
                if let Poll::Ready(Ok(answer)) = &mut polled
                    && admission.gate.is_shutting_down()
                {
                    admission.protocol.close(answer);
                }
                polled.map(|answer| {
                    // Taken, whatever it is: an error ends the request.
                    let guard = admission.guard.take();
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
