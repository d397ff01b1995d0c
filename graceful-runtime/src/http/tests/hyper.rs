//! The bytes that hyper writes.

use ::hyper::server::conn::http1;
use http_body_util::Full;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio::time::timeout;

use super::*;

/// Returns the bytes of a connection to a service that answers `ok`, as sorted lines.
async fn talk(program: &'static Program, requests: &str) -> Vec<String> {
    let service =
        DrainLayer::of(program).layer(service_fn(async |_| Ok::<_, Infallible>(Response::new(Full::new(&b"ok"[..])))));
    let (mut client, server) = duplex(4096);
    let connection = http1::Builder::new().serve_connection(TokioIo::new(server), TowerToHyperService::new(service));
    let mut text = String::new();
    let both = async {
        tokio::join!(connection, async {
            client.write_all(requests.as_bytes()).await.unwrap();
            client.read_to_string(&mut text).await.unwrap();
        })
    };
    // On a paused clock it is over when every task waits.
    let (served, ()) = timeout(Duration::from_secs(1), both).await.expect("the connection ends");
    served.unwrap();
    let mut lines: Vec<String> =
        text.lines().filter(|line| !line.is_empty() && !line.starts_with("date:")).map(str::to_owned).collect();
    lines.sort();
    lines
}

#[tokio::test(start_paused = true)]
async fn a_refusal_has_its_length_and_ends_the_connection() {
    let program = program();
    advance(program, Phase::Draining);
    let lines = talk(program, "GET / HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert_eq!(
        lines,
        [
            "HTTP/1.1 503 Service Unavailable",
            "connection: close",
            "content-length: 34",
            "content-type: application/json",
            "retry-after: 1",
            r#"{"error": "Service shutting down"}"#,
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_refused_head_has_no_body() {
    let program = program();
    advance(program, Phase::Draining);
    let lines = talk(program, "HEAD / HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert!(lines.contains(&"content-length: 34".to_owned()), "{lines:?}");
    assert!(!lines.iter().any(|line| line.starts_with('{')), "{lines:?}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_in_the_lame_duck_ends_the_connection() {
    let program = program();
    advance(program, Phase::LameDuck);
    let lines = talk(program, "GET / HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert_eq!(lines, ["HTTP/1.1 200 OK", "connection: close", "content-length: 2", "ok"]);
    assert_eq!(program.work.sum(), 0);
}
