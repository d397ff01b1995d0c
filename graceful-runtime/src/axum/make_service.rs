//! What can be served: it makes a service for each connection.

use std::convert::Infallible;
use std::future::{Future, Ready, ready};

use ::axum::Router;
use ::axum::extract::Request;
use ::axum::extract::connect_info::{self, ConnectInfo, Connected, IntoMakeServiceWithConnectInfo};
use ::axum::middleware::AddExtension;
use ::axum::response::Response;
use ::axum::routing::future::IntoMakeServiceFuture;
use ::axum::routing::{IntoMakeService, MethodRouter};
use ::axum::serve::Listener;
use tower_service::Service;

use self::sealed::Sealed;
use super::incoming::Incoming;

/// What [`serve`](super::serve()) takes: a `Router` or a `MethodRouter` that has its state, or what their methods
/// `into_make_service` and `into_make_service_with_connect_info` return.
///
/// Nothing else implements it.
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

    /// That service, in the making.
    #[doc(hidden)]
    type Future: Future<Output = Result<Self::Service, Infallible>> + Send;

    /// Does once what would otherwise be done for each connection.
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

    // It is always ready, and so is the next one.
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
