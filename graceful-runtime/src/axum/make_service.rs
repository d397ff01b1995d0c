//! The routers and make-services that can be served.

use std::convert::Infallible;
use std::fmt;
use std::future::{Future, Ready, ready};
use std::net::SocketAddr;

use ::axum::Router;
use ::axum::extract::connect_info::{ConnectInfo, Connected, IntoMakeServiceWithConnectInfo};
use ::axum::extract::{Request, connect_info};
use ::axum::middleware::AddExtension;
use ::axum::response::Response;
use ::axum::routing::future::IntoMakeServiceFuture;
use ::axum::routing::{IntoMakeService, MethodRouter};
use ::axum::serve::Listener;
#[cfg(unix)]
use tokio::net::unix;
use tower_service::Service;

use self::sealed::Sealed;

/// What [`serve`](super::serve()) takes: a `Router` or a `MethodRouter` with its state, or the make-service of one.
///
/// The make-services are those that `into_make_service` and `into_make_service_with_connect_info` return. The crate
/// implements this trait; other crates cannot.
///
/// ```no_run
/// # mod graceful { pub use graceful_runtime::*; }
/// use std::net::SocketAddr;
///
/// # async fn example(listener: tokio::net::TcpListener, router: axum::Router) -> std::io::Result<()> {
/// let service = router.into_make_service_with_connect_info::<SocketAddr>();
/// graceful::axum::serve(listener, service).await
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be served on this listener",
    label = "neither a router that has its state nor the make-service of one",
    note = "a router that lacks its state gets it by `.with_state(…)`",
    note = "a type for `ConnectInfo` implements `Connected<graceful::axum::Incoming<'_, _>>`"
)]
pub trait MakeService<L: Listener>: Sealed + Sized {
    /// The service of one connection.
    #[doc(hidden)]
    type Service: Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + 'static;

    /// The future that makes this service.
    #[doc(hidden)]
    type Future: Future<Output = Result<Self::Service, Infallible>> + Send;

    /// Does work once that each connection would repeat.
    #[doc(hidden)]
    #[must_use]
    fn prepare(self) -> Self {
        self
    }

    #[doc(hidden)]
    fn make(&mut self, incoming: Incoming<'_, L>) -> Self::Future;
}

mod sealed {
    pub trait Sealed {}
}

impl Sealed for Router {}

impl<L: Listener> MakeService<L> for Router {
    type Service = Self;
    type Future = Ready<Result<Self, Infallible>>;

    fn prepare(self) -> Self {
        self.with_state(())
    }

    fn make(&mut self, _incoming: Incoming<'_, L>) -> Self::Future {
        ready(Ok(self.clone()))
    }
}

impl Sealed for MethodRouter {}

impl<L: Listener> MakeService<L> for MethodRouter {
    type Service = Self;
    type Future = Ready<Result<Self, Infallible>>;

    fn prepare(self) -> Self {
        self.with_state(())
    }

    fn make(&mut self, _incoming: Incoming<'_, L>) -> Self::Future {
        ready(Ok(self.clone()))
    }
}

impl<S> Sealed for IntoMakeService<S> {}

impl<L, S> MakeService<L> for IntoMakeService<S>
where
    L: Listener,
    S: Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + 'static,
{
    type Service = S;
    type Future = IntoMakeServiceFuture<S>;

    // It is always ready, as is the next one.
    fn make(&mut self, incoming: Incoming<'_, L>) -> Self::Future {
        self.call(incoming)
    }
}

impl<S, C> Sealed for IntoMakeServiceWithConnectInfo<S, C> {}

impl<L, S, C> MakeService<L> for IntoMakeServiceWithConnectInfo<S, C>
where
    L: Listener,
    S: Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + 'static,
    C: for<'a> Connected<Incoming<'a, L>>,
{
    type Service = AddExtension<S, ConnectInfo<C>>;
    type Future = connect_info::ResponseFuture<S, C>;

    fn make(&mut self, incoming: Incoming<'_, L>) -> Self::Future {
        self.call(incoming)
    }
}

/// A connection that was just accepted: the counterpart of `axum::serve::IncomingStream`.
///
/// To use your own type in `into_make_service_with_connect_info::<…>()`, implement [`Connected`] for it:
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use std::net::SocketAddr;
///
/// use axum::extract::connect_info::Connected;
/// use graceful::axum::Incoming;
/// use tokio::net::TcpListener;
///
/// #[derive(Clone)]
/// struct Addresses(SocketAddr, Option<SocketAddr>);
///
/// impl Connected<Incoming<'_, TcpListener>> for Addresses {
///     fn connect_info(incoming: Incoming<'_, TcpListener>) -> Self {
///         Self(*incoming.remote_addr(), incoming.io().local_addr().ok())
///     }
/// }
/// ```
///
/// `std::net::SocketAddr` implements it for every listener with such addresses, and so does tokio's for Unix sockets.
pub struct Incoming<'a, L: Listener> {
    io: &'a L::Io,
    remote_addr: L::Addr,
}

impl<'a, L: Listener> Incoming<'a, L> {
    pub(super) fn new(io: &'a L::Io, remote_addr: L::Addr) -> Self {
        Self { io, remote_addr }
    }

    /// Returns the connection.
    #[must_use]
    pub fn io(&self) -> &L::Io {
        self.io
    }

    /// Returns the address of the client.
    #[must_use]
    pub fn remote_addr(&self) -> &L::Addr {
        &self.remote_addr
    }
}

impl<L: Listener<Addr: fmt::Debug>> fmt::Debug for Incoming<'_, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Incoming").field("remote_addr", &self.remote_addr).finish_non_exhaustive()
    }
}

impl<L: Listener<Addr = Self>> Connected<Incoming<'_, L>> for SocketAddr {
    fn connect_info(incoming: Incoming<'_, L>) -> Self {
        incoming.remote_addr
    }
}

#[cfg(unix)]
impl<L: Listener<Addr = Self>> Connected<Incoming<'_, L>> for unix::SocketAddr {
    fn connect_info(incoming: Incoming<'_, L>) -> Self {
        incoming.remote_addr
    }
}
