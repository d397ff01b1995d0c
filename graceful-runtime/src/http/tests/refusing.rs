//! The answers to requests that arrive during the drain.

use ::http::header::{CONNECTION, CONTENT_TYPE, RETRY_AFTER};
use ::http::{HeaderMap, StatusCode, Version};
use http_body_util::Full;

use super::*;

type Refusal = (StatusCode, HeaderMap, Option<String>);

/// Sends a request to a service that must not be called, in a program that drains.
fn refuse(layer: impl FnOnce(DrainLayer) -> DrainLayer, request: Request<()>) -> Refusal {
    let program = program();
    advance(program, Phase::Draining);
    let mut service = layer(DrainLayer::of(program)).layer(service_fn(
        |_: Request<()>| -> Ready<Result<Response<Full<&'static [u8]>>, Infallible>> { panic!("not to be called") },
    ));
    let mut call = service.call(request);
    let Poll::Ready(Ok(answer)) = poll(&mut call) else { panic!("refused at once") };
    assert!(poll(&mut call).is_pending(), "once");
    assert_eq!(program.work.sum(), 0);

    let (head, mut body) = answer.into_parts();
    let exact = body.size_hint().exact();
    let text = match poll_frame(&mut body) {
        Poll::Ready(Some(Ok(frame))) => Some(String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap()),
        _ => None,
    };
    assert_eq!(exact, Some(text.as_ref().map_or(0, String::len) as u64));
    assert!(body.is_end_stream());
    assert_eq!(body.size_hint().exact(), Some(0));
    assert!(matches!(poll_frame(&mut body), Poll::Ready(None)));
    (head.status, head.headers, text)
}

fn request(version: Version) -> Request<()> {
    Request::builder().version(version).body(()).unwrap()
}

#[test]
fn on_http_1_it_is_503_with_all_that_tells_the_client_to_go_elsewhere() {
    for version in [Version::HTTP_10, Version::HTTP_11] {
        let (status, headers, text) = refuse(|layer| layer, request(version));
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(text.as_deref(), Some(r#"{"error": "Service shutting down"}"#));
        assert_eq!(headers[RETRY_AFTER], "1");
        assert_eq!(headers[CONTENT_TYPE], "application/json");
        assert_eq!(headers[CONNECTION], "close");
        assert_eq!(headers.len(), 3);
    }
}

#[test]
fn on_http_2_it_says_nothing_of_the_connection() {
    for version in [Version::HTTP_2, Version::HTTP_3] {
        let (status, headers, text) = refuse(|layer| layer, request(version));
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(text.as_deref(), Some(r#"{"error": "Service shutting down"}"#));
        assert_eq!(headers.get(CONNECTION), None);
        assert_eq!(headers.len(), 2);
    }
}

#[test]
fn retry_after_is_in_whole_seconds_and_never_zero() {
    for (delay, header) in [
        (Duration::ZERO, "1"),
        (Duration::from_millis(1), "1"),
        (Duration::from_secs(5), "5"),
        (Duration::from_millis(5001), "6"),
        (Duration::MAX, "18446744073709551615"),
    ] {
        let (_, headers, _) = refuse(|layer| layer.retry_after(delay), request(Version::HTTP_11));
        assert_eq!(headers[RETRY_AFTER], header);
    }
}

#[test]
fn a_grpc_call_is_unavailable() {
    for content_type in ["application/grpc", "application/grpc+proto", "application/grpc-web-text"] {
        let mut request = request(Version::HTTP_2);
        request.headers_mut().insert(CONTENT_TYPE, content_type.parse().unwrap());
        let (status, headers, text) = refuse(|layer| layer, request);
        assert_eq!(status, StatusCode::OK);
        assert_eq!(headers[CONTENT_TYPE], content_type);
        assert_eq!(headers["grpc-status"], "14");
        assert_eq!(headers["grpc-message"], "Service shutting down");
        assert_eq!(headers.len(), 3);
        assert_eq!(text, None);
    }
}

#[test]
fn a_grpc_web_call_on_http_1_closes_the_connection() {
    let mut request = request(Version::HTTP_11);
    request.headers_mut().insert(CONTENT_TYPE, "application/grpc-web".parse().unwrap());
    let (_, headers, _) = refuse(|layer| layer, request);
    assert_eq!(headers["grpc-status"], "14");
    assert_eq!(headers[CONNECTION], "close");
}

/// An empty body must report its end at once, so that the head ends the stream for gRPC clients.
#[test]
fn a_grpc_refusal_is_at_its_end_from_the_start() {
    let program = program();
    advance(program, Phase::Draining);
    let request = Request::builder().header(CONTENT_TYPE, "application/grpc").body(()).unwrap();
    let answer = answer(&DrainLayer::of(program), request, Response::new(Full::new(&b"never"[..])));
    assert!(answer.body().is_end_stream());
    assert_eq!(answer.body().size_hint().exact(), Some(0));
}

#[test]
fn it_begins_with_the_drain_and_not_with_the_lame_duck() {
    for (phase, status) in [
        (Phase::Running, StatusCode::OK),
        (Phase::LameDuck, StatusCode::OK),
        (Phase::Draining, StatusCode::SERVICE_UNAVAILABLE),
        (Phase::Teardown, StatusCode::SERVICE_UNAVAILABLE),
        (Phase::Stopped, StatusCode::SERVICE_UNAVAILABLE),
    ] {
        let program = program();
        advance(program, phase);
        let answer = answer(&DrainLayer::of(program), Request::new(()), Response::new(Full::new(&b"ok"[..])));
        assert_eq!(answer.status(), status, "{phase}");
    }
}

#[test]
fn a_request_in_flight_is_finished() {
    let program = program();
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let mut receiver = Some(receiver);
    let mut service = DrainLayer::of(program).layer(service_fn(|_: Request<()>| receiver.take().unwrap()));
    let mut before = service.call(Request::new(()));
    assert!(poll(&mut before).is_pending());
    advance(program, Phase::Draining);
    sender.send(Response::new(Full::new(&b"done"[..]))).unwrap();
    let Poll::Ready(Ok(answer)) = poll(&mut before) else { panic!("the service has answered") };
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(program.work.sum(), 1);
}

#[test]
fn exempt_paths_pass() {
    let program = program();
    advance(program, Phase::Draining);
    let layer = DrainLayer::of(program).exempt("/metrics");
    for path in ["/livez", "/healthz", "/readyz", "/metrics"] {
        let request = Request::builder().uri(path).body(()).unwrap();
        let answer = answer(&layer, request, Response::new(Full::new(&b"ok"[..])));
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        assert_eq!(answer.headers()[CONNECTION], "close", "{path}");
    }
}

/// A refused call does not use what `poll_ready` of the inner service has reserved.
#[test]
fn readiness_is_that_of_the_inner_service() {
    struct Busy(u32);

    impl Service<Request<()>> for Busy {
        type Response = Response<Full<&'static [u8]>>;
        type Error = &'static str;
        type Future = Ready<Result<Self::Response, Self::Error>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
            self.0 += 1;
            match self.0 {
                1 => Poll::Pending,
                2 => Poll::Ready(Ok(())),
                _ => Poll::Ready(Err("gone")),
            }
        }

        fn call(&mut self, _: Request<()>) -> Self::Future {
            unreachable!("refused")
        }
    }

    let program = program();
    advance(program, Phase::Draining);
    let mut service = DrainLayer::of(program).layer(Busy(0));
    let mut ready = || service.poll_ready(&mut Context::from_waker(Waker::noop()));
    assert_eq!(ready(), Poll::Pending);
    assert_eq!(ready(), Poll::Ready(Ok(())));
    assert_eq!(ready(), Poll::Ready(Err("gone")));
}
