//! What a request gets that comes too late.

use ::http::header::{CONTENT_TYPE, RETRY_AFTER};
use ::http::{HeaderValue, Request, Response, StatusCode};

use super::asked::Asked;

const JSON: &[u8] = br#"{"error": "Service shutting down"}"#;

/// gRPC's code for "try elsewhere, or later".
const UNAVAILABLE: &str = "14";
/// Percent-encoded, as gRPC wants it: only `%` and what isn't printable ASCII would need it.
const MESSAGE: &str = "Service shutting down";

/// The answer, with its body, which is boxed as it has to fit into every future.
#[cold]
pub(super) fn refusal<B>(request: &Request<B>, asked: Asked, retry_after: u64) -> Box<Response<&'static [u8]>> {
    let mut answer = match grpc(request) {
        Some(content_type) => trailers_only(content_type.clone()),
        None => unavailable(retry_after),
    };
    // Not left to the phase: it may be a moment behind the count, which is closed first.
    asked.close(&mut answer);
    Box::new(answer)
}

fn unavailable(retry_after: u64) -> Response<&'static [u8]> {
    let mut answer = Response::new(JSON);
    *answer.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    let headers = answer.headers_mut();
    headers.insert(RETRY_AFTER, HeaderValue::from(retry_after));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}

/// gRPC's form of an error that comes before any message: the trailers are the headers, and there is no body.
fn trailers_only(content_type: HeaderValue) -> Response<&'static [u8]> {
    let mut answer = Response::new(&[][..]);
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, content_type);
    headers.insert("grpc-status", HeaderValue::from_static(UNAVAILABLE));
    headers.insert("grpc-message", HeaderValue::from_static(MESSAGE));
    answer
}

/// The content type, if it is gRPC's, one of its variants' (`application/grpc+proto`), or of gRPC-Web.
fn grpc<B>(request: &Request<B>) -> Option<&HeaderValue> {
    const GRPC: &[u8] = b"application/grpc";
    let content_type = request.headers().get(CONTENT_TYPE)?;
    let (head, rest) = content_type.as_bytes().split_at_checked(GRPC.len())?;
    let whole = matches!(rest.first(), None | Some(b'+' | b'-' | b';' | b' '));
    (head.eq_ignore_ascii_case(GRPC) && whole).then_some(content_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grpc_is_known_by_its_content_type() {
        let is_grpc = |content_type: &'static str| {
            grpc(&Request::builder().header(CONTENT_TYPE, content_type).body(()).unwrap()).is_some()
        };
        for content_type in [
            "application/grpc",
            "application/grpc+proto",
            "application/grpc; charset=utf-8",
            "application/grpc-web",
            "application/grpc-web-text+proto",
            "Application/gRPC",
        ] {
            assert!(is_grpc(content_type), "{content_type}");
        }
        for content_type in ["", "application/grpcish", "application/grp", "application/json", "text/application/grpc"]
        {
            assert!(!is_grpc(content_type), "{content_type}");
        }
        assert_eq!(grpc(&Request::new(())), None);
    }
}
