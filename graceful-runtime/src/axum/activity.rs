//! The state of a connection that its parts share: the socket, the requests, and the tunnel after an upgrade.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::Waker;
use std::time::Duration;

use graceful_core::text::{counted, duration};
use hyper::rt::Executor;
use tokio::time::Instant;

use super::drain::Server;
use crate::in_flight::{Describe, InFlight};
use crate::program::program;

const DRAINING: usize = 1;
const ONE: usize = 2;

/// More requests than a client sends in a row without waiting for the answers.
const MAX_FURTHER_ANSWERS: usize = 100;

/// Shared by all parts of one connection, which is in flight until the last of them is dropped.
///
/// All fields but `requests` are about HTTP/1, where one task owns all the parts. So their atomics need no order.
#[derive(Debug)]
pub(super) struct Activity {
    /// `2 * parts of requests + draining`, in one word, so that the last part sees whether somebody waits for its end.
    requests: AtomicUsize,
    idle: Mutex<Option<Waker>>,
    protocol: AtomicU8,
    unparsed: AtomicBool,
    body_unread: AtomicBool,
    write_blocked: AtomicBool,
    tunnel: AtomicBool,
    /// Whether the drain can describe this connection.
    joined: AtomicBool,
    /// The answers after the trigger that were not the last, since another request had arrived.
    further_answers: AtomicUsize,
    /// The client's address, if it has one.
    peer: Option<SocketAddr>,
    accepted: Instant,
    _open: InFlight,
    server: Arc<Server>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Protocol {
    /// Too few bytes have arrived to tell.
    Unknown,
    Http1,
    Http2,
}

impl Activity {
    pub(super) fn new(open: InFlight, peer: Option<SocketAddr>, server: Arc<Server>) -> Arc<Self> {
        Arc::new(Self {
            requests: AtomicUsize::new(0),
            idle: Mutex::new(None),
            protocol: AtomicU8::new(Protocol::Unknown as u8),
            unparsed: AtomicBool::new(false),
            body_unread: AtomicBool::new(false),
            write_blocked: AtomicBool::new(false),
            tunnel: AtomicBool::new(false),
            joined: AtomicBool::new(false),
            further_answers: AtomicUsize::new(0),
            peer,
            accepted: Instant::now(),
            _open: open,
            server,
        })
    }

    pub(super) fn server(&self) -> &Server {
        &self.server
    }

    pub(super) fn accepted(&self) -> Instant {
        self.accepted
    }

    pub(super) fn set_protocol(&self, protocol: Protocol) {
        self.protocol.store(protocol as u8, Ordering::Relaxed);
    }

    pub(super) fn is_http2(&self) -> bool {
        self.protocol.load(Ordering::Relaxed) == Protocol::Http2 as u8
    }

    /// The socket returned bytes, or its end.
    #[inline]
    pub(super) fn read(&self) {
        self.unparsed.store(true, Ordering::Relaxed);
    }

    /// The socket had nothing to read. While hyper works on a request it reads only when its own buffer is empty.
    #[inline]
    pub(super) fn nothing_to_read(&self) {
        if self.requests.load(Ordering::Relaxed) >= ONE {
            self.unparsed.store(false, Ordering::Relaxed);
        }
    }

    /// The socket was written or flushed.
    #[inline]
    pub(super) fn wrote(&self, blocked: bool) {
        self.write_blocked.store(blocked, Ordering::Relaxed);
    }

    /// A request's body was dropped before its end.
    pub(super) fn body_left_unread(&self) {
        self.body_unread.store(true, Ordering::Relaxed);
    }

    /// The connection stops being HTTP after the answer to the last request.
    pub(super) fn set_tunnel(self: &Arc<Self>) {
        self.tunnel.store(true, Ordering::Relaxed);
        self.join_drain();
    }

    /// Lets the drain describe this connection.
    pub(super) fn join_drain(self: &Arc<Self>) {
        if !self.joined.swap(true, Ordering::Relaxed) {
            let this: Weak<Self> = Arc::downgrade(self);
            program().connections.add(this);
        }
    }

    pub(super) fn is_tunnel(&self) -> bool {
        self.tunnel.load(Ordering::Relaxed)
    }

    /// Whether bytes may have arrived that are no request yet: part of one, or the next of a pipeline.
    pub(super) fn has_unparsed(&self) -> bool {
        self.unparsed.load(Ordering::Relaxed)
    }

    /// Whether the client may have sent bytes that nobody will read.
    pub(super) fn has_unread(&self) -> bool {
        let unparsed = self.has_unparsed() && !self.is_http2();
        unparsed || self.body_unread.load(Ordering::Relaxed)
    }

    /// Decides whether the answer that is about to be written is the last one on this connection.
    ///
    /// It is not if another request has arrived, which the client sent in good faith. But after an unread body no
    /// request can be found, and a client that never stops sending must be stopped.
    pub(super) fn decide_last_answer(&self) -> bool {
        !self.has_unparsed()
            || self.body_unread.load(Ordering::Relaxed)
            || self.further_answers.fetch_add(1, Ordering::Relaxed) >= MAX_FURTHER_ANSWERS
    }

    /// Whether a request is in progress or an answer is being written. If so, `idle` is woken after the last one.
    pub(super) fn is_busy(&self, idle: &Waker) -> bool {
        match &mut *self.idle.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(waker) => waker.clone_from(idle),
            none => *none = Some(idle.clone()),
        }
        let requests = self.requests.fetch_or(DRAINING, Ordering::AcqRel) / ONE;
        requests > 0 || self.write_blocked.load(Ordering::Relaxed)
    }

    #[cold]
    fn wake(&self) {
        let waker = self.idle.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Describe for Activity {
    fn describe(&self) -> String {
        let peer = self.peer.map_or_else(|| "a client without an address".to_owned(), |peer| peer.to_string());
        let age = self.accepted.elapsed();
        let age = if age < Duration::from_secs(1) { age } else { Duration::from_secs(age.as_secs()) };
        let doing = match self.requests.load(Ordering::Relaxed) / ONE {
            _ if self.is_tunnel() => "upgraded".to_owned(),
            0 => "idle".to_owned(),
            // A body in progress is counted beside its request.
            _ if !self.is_http2() => "a request in progress".to_owned(),
            requests => format!("{} in progress", counted(requests, "stream")),
        };
        format!("{peer}, open for {}, {doing}", duration(age))
    }
}

/// Part of a request in progress. One is its body, until that is read or dropped. The other is the time from the head
/// to the end of the answer's body over HTTP/1, and the stream over HTTP/2.
#[derive(Debug)]
pub(super) struct Active(Arc<Activity>);

impl Active {
    #[inline]
    pub(super) fn begin(activity: &Arc<Activity>) -> Self {
        activity.requests.fetch_add(ONE, Ordering::Relaxed);
        Self(Arc::clone(activity))
    }

    /// The same for HTTP/1, where more bytes may follow the head.
    #[inline]
    pub(super) fn begin_http1(activity: &Arc<Activity>) -> Self {
        activity.unparsed.store(true, Ordering::Relaxed);
        activity.body_unread.store(false, Ordering::Relaxed);
        Self::begin(activity)
    }

    pub(super) fn activity(&self) -> &Arc<Activity> {
        &self.0
    }
}

impl Drop for Active {
    #[inline]
    fn drop(&mut self) {
        if self.0.requests.fetch_sub(ONE, Ordering::AcqRel) == ONE | DRAINING {
            self.0.wake();
        }
    }
}

/// Spawns HTTP/2 streams, which count as requests until they end.
#[derive(Debug, Clone)]
pub(super) struct Streams(pub(super) Arc<Activity>);

impl<F> Executor<F> for Streams
where
    F: Future<Output: Send> + Send + 'static,
{
    fn execute(&self, stream: F) {
        let active = Active::begin(&self.0);
        tokio::spawn(async move {
            // Locals are dropped in reverse: first the stream, then the count.
            let _active = active;
            stream.await
        });
    }
}
