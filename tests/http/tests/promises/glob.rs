//! `use graceful::*` hides no crate: the modules `axum`, `http` and `tower` have what the crates have.
//!
//! Only an import must say which of the two it means, since the compiler asks for it: `use ::axum::Router`, and with the feature
//! `testing` also the attribute `#[test]`, as with `use tokio::*`.

use std::prelude::v1::test;

use ::axum::Router;
use graceful::*;

#[test]
fn the_crates_are_found_under_their_names() {
    fn is_listener<T: axum::serve::ListenerExt>() {}
    is_listener::<tokio::net::TcpListener>();

    let router: Router = axum::Router::new().route("/", axum::routing::get(async || "hello"));
    let request = http::Request::get("/").body(()).expect("a request");
    let service = tower::ServiceBuilder::new().layer(tower::track()).service(router.layer(http::layer()));
    drop((request, service));
    let probes: Router = axum::probes();
    drop(probes);
    assert_eq!(phase(), Phase::Running);
}
