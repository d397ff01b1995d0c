//! When a request begins and stops to be in flight.

use std::future::{Pending, Ready, pending, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};

use ::http::HeaderMap;
use http_body_util::{Empty, Full};

use super::*;

#[test]
fn until_the_body_is_exhausted() {
    let program = program();
    let body = Script::new([data("a"), data("b")]);
    let mut answer = answer(&DrainLayer::of(program), Request::new(()), Response::new(body));
    for _ in 0..2 {
        assert!(poll_frame(answer.body_mut()).is_ready());
        assert_eq!(program.work.sum(), 1);
    }
    assert!(matches!(poll_frame(answer.body_mut()), Poll::Ready(None)));
    assert_eq!(program.work.sum(), 0);
}

#[test]
fn until_the_body_knows_its_end() {
    let program = program();
    let body = Script { knows_its_end: true, ..Script::new([data("a"), data("b")]) };
    let mut answer = answer(&DrainLayer::of(program), Request::new(()), Response::new(body));
    assert!(poll_frame(answer.body_mut()).is_ready());
    assert_eq!(program.work.sum(), 1);
    assert!(poll_frame(answer.body_mut()).is_ready());
    assert_eq!(program.work.sum(), 0);
}

#[test]
fn until_the_trailers() {
    let program = program();
    let body = Script::new([data("a"), Ok(Frame::trailers(HeaderMap::new()))]);
    let mut answer = answer(&DrainLayer::of(program), Request::new(()), Response::new(body));
    assert!(poll_frame(answer.body_mut()).is_ready());
    assert_eq!(program.work.sum(), 1);
    assert!(poll_frame(answer.body_mut()).is_ready());
    assert_eq!(program.work.sum(), 0);
}

#[test]
fn until_the_body_fails() {
    let program = program();
    let body = Script::new([data("a"), Err("lost")]);
    let mut answer = answer(&DrainLayer::of(program), Request::new(()), Response::new(body));
    assert!(poll_frame(answer.body_mut()).is_ready());
    assert_eq!(program.work.sum(), 1);
    assert!(matches!(poll_frame(answer.body_mut()), Poll::Ready(Some(Err("lost")))));
    assert_eq!(program.work.sum(), 0);
}

#[test]
fn until_the_body_is_dropped() {
    let program = program();
    let answer = answer(&DrainLayer::of(program), Request::new(()), Response::new(Script::new([data("a")])));
    assert_eq!(program.work.sum(), 1);
    drop(answer);
    assert_eq!(program.work.sum(), 0);
}

/// Its head has yet to be written.
#[test]
fn with_an_empty_body_until_the_server_has_taken_it() {
    let program = program();
    let layer = DrainLayer::of(program);
    let dropped = answer(&layer, Request::new(()), Response::new(Empty::<&[u8]>::new()));
    let mut polled = answer(&layer, Request::new(()), Response::new(Empty::<&[u8]>::new()));
    assert!(dropped.body().is_end_stream());
    assert_eq!(program.work.sum(), 2);
    drop(dropped);
    assert_eq!(program.work.sum(), 1);
    assert!(matches!(poll_frame(polled.body_mut()), Poll::Ready(None)));
    assert_eq!(program.work.sum(), 0);
}

#[test]
fn from_the_call_until_the_client_goes_away() {
    let program = program();
    let mut service = DrainLayer::of(program)
        .layer(service_fn(|_: Request<()>| -> Pending<Result<Response<Full<&[u8]>>, Infallible>> { pending() }));
    let mut call = service.call(Request::new(()));
    assert_eq!(program.work.sum(), 1);
    assert!(poll(&mut call).is_pending());
    assert_eq!(program.work.sum(), 1);
    drop(call);
    assert_eq!(program.work.sum(), 0);
}

#[test]
fn until_the_service_fails() {
    let program = program();
    let mut service = DrainLayer::of(program)
        .layer(service_fn(|_: Request<()>| -> Ready<Result<Response<Full<&[u8]>>, _>> { ready(Err("broken")) }));
    let mut call = service.call(Request::new(()));
    assert_eq!(program.work.sum(), 1);
    assert!(matches!(poll(&mut call), Poll::Ready(Err("broken"))));
    // Although the future is not dropped yet.
    assert_eq!(program.work.sum(), 0);
}

#[test]
fn until_the_handler_panics() {
    let program = program();
    let layer = DrainLayer::of(program);
    let mut at_once = layer.layer(service_fn(|_: Request<()>| -> Ready<Result<Response<Full<&[u8]>>, Infallible>> {
        assert_eq!(program.work.sum(), 1);
        panic!("at once")
    }));
    catch_unwind(AssertUnwindSafe(|| drop(at_once.call(Request::new(()))))).unwrap_err();
    assert_eq!(program.work.sum(), 0);

    let mut later = layer.layer(service_fn(|_: Request<()>| {
        Box::pin(async { if true { panic!("later") } else { Ok::<_, Infallible>(Response::new(Full::new(&b""[..]))) } })
    }));
    let mut call = later.call(Request::new(()));
    assert_eq!(program.work.sum(), 1);
    catch_unwind(AssertUnwindSafe(move || poll(&mut call).is_pending())).unwrap_err();
    assert_eq!(program.work.sum(), 0);
}

/// Teardown may close what the handler holds, so that must be dropped before the request stops counting.
#[test]
fn while_its_captured_values_are_dropped() {
    struct Probe(&'static Program);

    impl Drop for Probe {
        fn drop(&mut self) {
            assert_eq!(self.0.work.sum(), 1);
        }
    }

    let program = program();
    let layer = DrainLayer::of(program);
    let mut service = layer.layer(service_fn(|_: Request<()>| {
        let probe = Probe(program);
        Box::pin(async move {
            let _probe = probe;
            pending::<Result<Response<Full<&[u8]>>, Infallible>>().await
        })
    }));
    let mut call = service.call(Request::new(()));
    assert!(poll(&mut call).is_pending());
    drop(call);
    assert_eq!(program.work.sum(), 0);

    let frames = std::iter::once(data("a"));
    let probe = Probe(program);
    let body = http_body_util::BodyExt::map_frame(Script::new(frames), move |frame| {
        let _ = &probe;
        frame
    });
    drop(answer(&layer, Request::new(()), Response::new(body)));
    assert_eq!(program.work.sum(), 0);
}

#[test]
fn not_for_exempt_paths() {
    let program = program();
    let layer = DrainLayer::of(program).exempt("/metrics").exempt(String::from("/version"));
    for path in ["/health", "/ready", "/livez", "/healthz", "/readyz", "/readyz?verbose", "/metrics", "/version"] {
        let request = Request::builder().uri(path).body(()).unwrap();
        let answer = answer(&layer, request, Response::new(Full::new(&b"ok"[..])));
        assert_eq!(program.work.sum(), 0, "{path}");
        drop(answer);
    }
    let request = Request::builder().uri("/ready/x").body(()).unwrap();
    let _answer = answer(&layer, request, Response::new(Full::new(&b"ok"[..])));
    assert_eq!(program.work.sum(), 1);
}
