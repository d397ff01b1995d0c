//! Which requests are admitted, and the answers to the others.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ::http::header::{CONNECTION, CONTENT_TYPE, RETRY_AFTER};
use ::http::{HeaderValue, Method, Request, Response, StatusCode, Uri, Version};
use graceful_core::probe;

use crate::in_flight::{DrainingError, InFlight};
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

    /// Admits a request: returns its guard, or `None` if its path is exempt.
    #[inline]
    pub(crate) fn admit(&self, uri: &Uri) -> Result<Option<InFlight>, DrainingError> {
        if self.exempt.contains(uri.path()) { Ok(None) } else { self.gate.try_track().map(Some) }
    }

    /// Returns the answer to a request that is not admitted.
    #[cold]
    pub(crate) fn refusal<B>(&self, request: &Request<B>) -> Box<Response<&'static [u8]>> {
        refusal(request, RequestProtocol::of(request.version(), request.method()), self.retry_after)
    }
}

/// The program, as a reference, so that a test can have its own, and a request needs no check to find it.
#[derive(Clone, Copy)]
pub(super) struct Gate(&'static Program);

impl Gate {
    pub(super) const fn new(program: &'static Program) -> Self {
        Self(program)
    }

    #[inline]
    pub(super) fn try_track(self) -> Result<InFlight, DrainingError> {
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

/// A set of paths, which rules out most other paths by their length.
#[derive(Debug, Clone)]
pub(super) struct Exempt {
    /// Bit `n` is set when a path of `n` bytes, modulo 64, is in the set.
    lengths: u64,
    /// The paths beside the probes'. `None` in most programs, so that a clone of the service changes no shared count.
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

/// The protocol of a request, kept for its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RequestProtocol {
    /// HTTP/1: the answer may be the last on its connection.
    Http1,
    /// HTTP/1 with CONNECT: after a success the connection is a tunnel.
    Connect,
    /// HTTP/2 or 3, which forbid the header `Connection` and have GOAWAY.
    Multiplexed,
}

impl RequestProtocol {
    #[inline]
    pub(crate) fn of(version: Version, method: &Method) -> Self {
        // No future version will be like HTTP/1.
        match version {
            Version::HTTP_11 | Version::HTTP_10 if *method == Method::CONNECT => Self::Connect,
            Version::HTTP_11 | Version::HTTP_10 => Self::Http1,
            _ => Self::Multiplexed,
        }
    }

    /// Whether the connection stops being HTTP after an answer with this status.
    #[inline]
    pub(crate) fn hands_over(self, status: StatusCode) -> bool {
        match self {
            Self::Http1 => status == StatusCode::SWITCHING_PROTOCOLS,
            Self::Connect => status == StatusCode::SWITCHING_PROTOCOLS || status.is_success(),
            Self::Multiplexed => false,
        }
    }

    /// Makes this answer the last one on its connection, if that is HTTP/1 and stays HTTP.
    #[cold]
    pub(super) fn close<B>(self, answer: &mut Response<B>) {
        let close = self != Self::Multiplexed && !self.hands_over(answer.status());
        if close {
            // Replaces an earlier value such as `keep-alive`.
            answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
    }
}

const JSON: &[u8] = br#"{"error": "Service shutting down"}"#;

/// gRPC's status code for "try elsewhere, or later".
const UNAVAILABLE: &str = "14";
/// Percent-encoded, as gRPC requires. Printable ASCII without `%` encodes to itself.
const MESSAGE: &str = "Service shutting down";

/// Returns the answer to a refused request. Boxed, since each response future has room for it.
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
    // Does not ask for the phase, which changes a moment after the count is closed.
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

/// Returns a gRPC error without a message: the trailers are the headers, and the body is empty.
fn trailers_only(content_type: HeaderValue) -> Response<&'static [u8]> {
    let mut answer = Response::new(&[][..]);
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, content_type);
    headers.insert("grpc-status", HeaderValue::from_static(UNAVAILABLE));
    headers.insert("grpc-message", HeaderValue::from_static(MESSAGE));
    answer
}

/// Returns the content type if it is that of gRPC, of a variant (`application/grpc+proto`) or of gRPC-Web.
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
        for path in ["/health", "/ready", "/livez", "/readyz", "/healthz"] {
            assert!(exempt.contains(path), "{path}");
        }
        for path in ["", "/", "/Ready", "/ready/", "/orders", "/healthx", "/health/x"] {
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
