//! What the layer leaves unchanged, and services that it wraps.

use ::http::HeaderMap;
use http_body_util::{BodyExt, Full};
use tower::ServiceBuilder;

use super::*;

#[test]
fn frames_trailers_and_hints_are_kept() {
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", "0".parse().unwrap());
    let body =
        Script { knows_its_end: true, ..Script::new([data("a"), data("b"), Ok(Frame::trailers(trailers.clone()))]) };
    let mut answer = answer(&DrainLayer::of(program()), Request::new(()), Response::new(body));
    let body = answer.body_mut();
    assert_eq!(body.size_hint().exact(), Some(1234));
    for text in ["a", "b"] {
        assert!(!body.is_end_stream());
        let Poll::Ready(Some(Ok(frame))) = poll_frame(body) else { panic!("a frame is left") };
        assert_eq!(frame.into_data().unwrap(), text.as_bytes());
    }
    let Poll::Ready(Some(Ok(frame))) = poll_frame(body) else { panic!("the trailers are left") };
    assert_eq!(frame.into_trailers().unwrap(), trailers);
    assert!(body.is_end_stream());
}

#[tokio::test]
async fn it_can_be_layered_twice() {
    let program = program();
    let service = || {
        ServiceBuilder::new()
            .layer(DrainLayer::of(program))
            .layer(DrainLayer::of(program))
            .service_fn(async |_: Request<()>| Ok::<_, Infallible>(Response::new(Full::new(&b"ok"[..]))))
    };
    let answer = service().call(Request::new(())).await.unwrap();
    assert_eq!(program.work.sum(), 2);
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "ok");
    assert_eq!(program.work.sum(), 0);

    advance(program, Phase::Draining);
    let answer = service().call(Request::new(())).await.unwrap();
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), r#"{"error": "Service shutting down"}"#);
}

#[test]
fn a_default_body_is_the_inner_ones() {
    let body = DrainBody::<Full<&[u8]>>::default();
    assert!(body.is_end_stream());
}

#[test]
fn it_can_be_cloned_sent_and_shared() {
    fn check<T: Clone + Send + Sync + 'static>(_: &T) {}
    fn is_send<T: Send>(_: &T) {}
    let layer = super::super::layer().exempt("/metrics");
    check(&layer);
    let mut service = layer.layer(service_fn(|_: Request<()>| at_once(Response::new(Full::new(&b""[..])))));
    check(&service);
    is_send(&service.call(Request::new(())));
}
