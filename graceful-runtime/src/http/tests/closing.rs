//! Which answers are the last on their connection.

use ::http::header::{CONNECTION, UPGRADE};
use ::http::{Method, StatusCode, Version};
use http_body_util::Empty;

use super::*;

/// Returns the header `Connection` of an answer in the lame duck. The service has set [`KEPT`].
fn connection(version: Version, method: Method, status: StatusCode) -> Vec<String> {
    let program = program();
    advance(program, Phase::LameDuck);
    let request = Request::builder().version(version).method(method).body(()).unwrap();
    let response = Response::builder()
        .status(status)
        .header(CONNECTION, "keep-alive")
        .header(CONNECTION, "x-hop")
        .body(Empty::<&[u8]>::new())
        .unwrap();
    let answer = answer(&DrainLayer::of(program), request, response);
    answer.headers().get_all(CONNECTION).iter().map(|value| value.to_str().unwrap().to_owned()).collect()
}

const KEPT: [&str; 2] = ["keep-alive", "x-hop"];

#[test]
fn those_on_http_1_whatever_the_service_has_set() {
    for version in [Version::HTTP_10, Version::HTTP_11] {
        for status in [StatusCode::OK, StatusCode::NO_CONTENT, StatusCode::NOT_FOUND, StatusCode::BAD_GATEWAY] {
            assert_eq!(connection(version, Method::GET, status), ["close"], "{version:?} {status}");
        }
    }
}

#[test]
fn not_those_on_http_2_or_3() {
    for version in [Version::HTTP_2, Version::HTTP_3] {
        assert_eq!(connection(version, Method::GET, StatusCode::OK), KEPT);
        assert_eq!(connection(version, Method::CONNECT, StatusCode::BAD_GATEWAY), KEPT);
    }
}

#[test]
fn not_when_the_connection_becomes_a_tunnel() {
    assert_eq!(connection(Version::HTTP_11, Method::GET, StatusCode::SWITCHING_PROTOCOLS), KEPT);
    assert_eq!(connection(Version::HTTP_11, Method::CONNECT, StatusCode::OK), KEPT);
    assert_eq!(connection(Version::HTTP_11, Method::CONNECT, StatusCode::BAD_GATEWAY), ["close"]);
}

#[test]
fn not_before_the_trigger_and_ever_after() {
    for phase in [Phase::Running, Phase::LameDuck, Phase::Draining, Phase::Teardown, Phase::Stopped] {
        let program = program();
        advance(program, phase);
        // An exempt path, since others are refused during the drain.
        let request = Request::builder().uri("/livez").body(()).unwrap();
        let response = Response::builder().header(UPGRADE, "h2c").body(Empty::<&[u8]>::new()).unwrap();
        let answer = answer(&DrainLayer::of(program), request, response);
        assert_eq!(answer.headers().get(CONNECTION).is_some(), phase > Phase::Running, "{phase}");
        assert_eq!(answer.headers()[UPGRADE], "h2c");
    }
}

/// The request came before the trigger, and the answer after it.
#[test]
fn it_is_decided_when_the_answer_is_ready() {
    let program = program();
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let mut receiver = Some(receiver);
    let mut service = DrainLayer::of(program).layer(service_fn(|_: Request<()>| receiver.take().unwrap()));
    let mut call = service.call(Request::new(()));
    assert!(poll(&mut call).is_pending());
    advance(program, Phase::LameDuck);
    sender.send(Response::new(Empty::<&[u8]>::new())).unwrap();
    let Poll::Ready(Ok(answer)) = poll(&mut call) else { panic!("the service has answered") };
    assert_eq!(answer.headers()[CONNECTION], "close");
}
