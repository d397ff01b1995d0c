//! The layer around an axum router.

use ::axum::Router;
use ::axum::body::Body;
use ::axum::routing::get;
use http_body_util::BodyExt;

use super::*;

#[tokio::test]
async fn it_layers_a_router_from_inside_and_from_outside() {
    let program = program();
    let layer = DrainLayer::of(program);
    let router: Router = Router::new().route("/", get(async || "hello")).layer(layer.clone());
    let mut app = layer.layer(router);
    let request = || Request::builder().uri("/").body(Body::empty()).unwrap();

    let answer = app.call(request()).await.unwrap();
    assert_eq!(program.work.sum(), 2);
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "hello");
    assert_eq!(program.work.sum(), 0);

    advance(program, Phase::Draining);
    assert_eq!(app.call(request()).await.unwrap().status(), 503);
}
