//! How it was asked: what decides whether an answer can end its connection.

use ::http::header::CONNECTION;
use ::http::{HeaderValue, Method, Response, StatusCode, Version};

/// Kept of a request, since it is gone when the answer is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// On HTTP/1: the answer may be the last on its connection.
    Http1,
    /// On HTTP/1, with CONNECT: after a success the connection is a tunnel.
    Connect,
    /// On HTTP/2 or 3, where the header `Connection` is forbidden, and the server has a message of its own.
    Multiplexed,
}

impl Asked {
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
