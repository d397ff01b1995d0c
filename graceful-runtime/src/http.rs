//! A tower layer for HTTP services: counts requests as work in flight, and refuses them once the service is draining.
//!
//! | | [`Running`] | [`LameDuck`] | [`Draining`] and after |
//! |---|---|---|---|
//! | a new request | is served and in flight | is served and in flight | is refused: 503, or gRPC's `UNAVAILABLE` |
//! | a request in flight | continues | continues | continues, and the drain waits for it |
//! | an answer on HTTP/1 | is unchanged | has `Connection: close` | has `Connection: close` |
//!
//! [`layer`] has the details, and examples for axum and hyper.
//!
//! ```
//! # mod graceful { pub use graceful_runtime::*; }
//! use http::{Request, Response, StatusCode};
//! use tower::{ServiceBuilder, ServiceExt};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! # let hello = async |_: Request<()>| std::io::Result::Ok(Response::new("hello".to_owned()));
//! let service = ServiceBuilder::new().layer(graceful::http::layer()).service_fn(hello);
//! graceful::request_shutdown();
//! let answer = service.oneshot(Request::new(())).await?;
//! assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
//! # Ok(())
//! # }
//! ```
//!
//! The module has everything of the crate `http` too, so that `use graceful::*` does not hide the crate. An import beside that
//! glob must say which of the two it means: `use ::http::Request`.
//!
//! [`Running`]: crate::Phase::Running
//! [`LameDuck`]: crate::Phase::LameDuck
//! [`Draining`]: crate::Phase::Draining

mod body;
mod layer;
mod rules;
#[cfg(test)]
mod tests;

#[doc(no_inline)]
pub use ::http::*;

pub use self::body::DrainBody;
pub use self::layer::{DrainFuture, DrainLayer, DrainService, layer};
#[cfg(feature = "axum")]
pub(crate) use self::rules::{RequestProtocol, Rules};
