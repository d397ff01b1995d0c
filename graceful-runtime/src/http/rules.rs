//! Who is let in, and what the others are told.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ::http::header::{CONNECTION, CONTENT_TYPE, RETRY_AFTER};
use ::http::{HeaderValue, Method, Request, Response, StatusCode, Uri, Version};
use graceful_core::probe;

use crate::in_flight::{Draining, InFlight};
use crate::program::Program;

#[derive(Debug, Clone)]
pub(crate) struct Rules {
    gate: Gate,
    /// In seconds.
    retry_after: u64,
    exempt: Exempt,
}

impl Rules {
    pub(super) fn new(program: &'static Program) -> Self {
        Self { gate: Gate::new(program), retry_after: 1, exempt: Exempt::probes() }
    }

    pub(super) fn gate(&self) -> Gate {
        self.gate
    }

    pub(super) fn set_retry_after(&mut self, delay: Duration) {
        self.retry_after = delay.as_secs().saturating_add(u64::from(delay.subsec_nanos() > 0)).max(1);
    }

    pub(super) fn exempt(&mut self, path: Box<str>) {
        self.exempt = self.exempt.clone().and(path);
    }

    /// The guard of a request that is served, or `None` where none is needed.
    #[inline]
    pub(crate) fn admit(&self, uri: &Uri) -> Result<Option<InFlight>, Draining> {
        if self.exempt.contains(uri.path()) { Ok(None) } else { self.gate.try_track().map(Some) }
    }

    /// The answer to a request that is not admitted.
    #[cold]
    pub(crate) fn refusal<B>(&self, request: &Request<B>) -> Box<Response<&'static [u8]>> {
        refusal(request, RequestProtocol::of(request.version(), request.method()), self.retry_after)
    }
}

/// A reference, so that a test can bring its own program, and a request finds it without a check.
#[derive(Clone, Copy)]
pub(super) struct Gate(&'static Program);

impl Gate {
    pub(super) const fn new(program: &'static Program) -> Self {
        Self(program)
    }

    #[inline]
    pub(super) fn try_track(self) -> Result<InFlight, Draining> {
        self.0.work.try_track()
    }

    #[inline]
    pub(super) fn is_shutting_down(self) -> bool {
        self.0.lifecycle.is_shutting_down()
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gate")
    }
}

/// A set of paths that tells most others apart by their length.
#[derive(Debug, Clone)]
pub(super) struct Exempt {
    /// Bit `n` is set when a path of `n` bytes, modulo 64, is in the set.
    lengths: u64,
    /// Beside the probes' paths. Not there in most programs, so that cloning the service touches nothing shared.
    more: Option<Arc<[Box<str>]>>,
}

impl Exempt {
    pub(super) fn probes() -> Self {
        Self { lengths: probe::PATHS.iter().fold(0, |lengths, path| lengths | bit(path)), more: None }
    }

    pub(super) fn and(self, path: Box<str>) -> Self {
        let lengths = self.lengths | bit(&path);
        let more = self.more.iter().flat_map(|paths| paths.iter().cloned()).chain([path]).collect();
        Self { lengths, more: Some(more) }
    }

    #[inline]
    pub(super) fn contains(&self, path: &str) -> bool {
        self.lengths & bit(path) != 0 && self.look_up(path)
    }

    fn look_up(&self, path: &str) -> bool {
        probe::PATHS.contains(&path) || self.more.iter().flat_map(|paths| paths.iter()).any(|more| **more == *path)
    }
}

#[inline]
fn bit(path: &str) -> u64 {
    1 << (path.len() % 64)
}

/// Kept of a request, since it is gone when the answer is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RequestProtocol {
    /// On HTTP/1: the answer may be the last on its connection.
    Http1,
    /// On HTTP/1, with CONNECT: after a success the connection is a tunnel.
    Connect,
    /// On HTTP/2 or 3, where the header `Connection` is forbidden, and the server has its own message.
    Multiplexed,
}

impl RequestProtocol {
    #[inline]
    pub(crate) fn of(version: Version, method: &Method) -> Self {
        // The versions are not exhaustive: of the future ones none will be like HTTP/1.
        match version {
            Version::HTTP_11 | Version::HTTP_10 if *method == Method::CONNECT => Self::Connect,
            Version::HTTP_11 | Version::HTTP_10 => Self::Http1,
            _ => Self::Multiplexed,
        }
    }

    /// Whether an answer with this status turns the connection into something else than HTTP.
    #[inline]
    pub(crate) fn hands_over(self, status: StatusCode) -> bool {
        match self {
            Self::Http1 => status == StatusCode::SWITCHING_PROTOCOLS,
            Self::Connect => status == StatusCode::SWITCHING_PROTOCOLS || status.is_success(),
            Self::Multiplexed => false,
        }
    }

    /// Makes this answer the last one on its connection, where that can be and the connection isn't handed over.
    #[cold]
    pub(super) fn close<B>(self, answer: &mut Response<B>) {
        let close = self != Self::Multiplexed && !self.hands_over(answer.status());
        if close {
            // Whatever stood there, `keep-alive` above all, would contradict it.
            answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
    }
}

const JSON: &[u8] = br#"{"error": "Service shutting down"}"#;

/// gRPC's code for "try elsewhere, or later".
const UNAVAILABLE: &str = "14";
/// Percent-encoded, as gRPC wants it: only `%` and what isn't printable ASCII would need it.
const MESSAGE: &str = "Service shutting down";

/// The answer, with its body, which is boxed as it has to fit into every future.
#[cold]
pub(super) fn refusal<B>(
    request: &Request<B>,
    protocol: RequestProtocol,
    retry_after: u64,
) -> Box<Response<&'static [u8]>> {
    let mut answer = match grpc(request) {
        Some(content_type) => trailers_only(content_type.clone()),
        None => unavailable(retry_after),
    };
    // Not left to the phase: it may be a moment behind the count, which is closed first.
    protocol.close(&mut answer);
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
mod tests_of_exempt {
    use super::*;

    #[test]
    fn the_probes_are_exempt_and_nothing_else() {
        let exempt = Exempt::probes();
        for path in ["/health", "/ready", "/livez", "/readyz"] {
            assert!(exempt.contains(path), "{path}");
        }
        for path in ["", "/", "/Ready", "/ready/", "/orders", "/healthz", "/health/x"] {
            assert!(!exempt.contains(path), "{path}");
        }
    }

    #[test]
    fn more_can_be_added_of_any_length() {
        let long = format!("/{}", "x".repeat(99));
        let exempt = Exempt::probes().and("/metrics".into()).and(long.as_str().into());
        for path in ["/ready", "/metrics", &long] {
            assert!(exempt.contains(path), "{path}");
        }
        for path in ["/metric", "/metricz", &long[..36], &long[..99], &format!("/{}", "y".repeat(99))] {
            assert!(!exempt.contains(path), "{path}");
        }
    }
}

#[cfg(test)]
mod tests_of_refusal {
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
