//! The state of a connection that its parts share: the socket, the requests, and the tunnel after an upgrade.

mod active;
mod describe;

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::task::Waker;
use std::time::Duration;

use graceful_core::duration::millis;
use tokio::task;
use tokio::time::Instant;

pub(super) use self::active::{Active, Streams};
use super::client::Client;
use super::drain::Server;
use super::exchange::{Exchanges, Name, Uploading};
use crate::program::program;

const DRAINING: usize = 1;
const ONE: usize = 2;

/// More requests than a client sends in a row without waiting for the answers.
const MAX_FURTHER_ANSWERS: usize = 100;

/// A task that has read or written an upgraded connection within this time still does.
const IN_USE: Duration = Duration::from_secs(1);

/// Shared by all parts of one connection, which is in flight until the last of them is dropped.
///
/// All fields but `requests` and `exchanges` are about HTTP/1, where one task owns all the parts. So their atomics need no order.
#[derive(Debug)]
pub(super) struct Activity {
    /// `2 * parts of requests + draining`, in one word, so that the last part sees whether somebody waits for its end.
    requests: AtomicUsize,
    idle: Mutex<Option<Waker>>,
    protocol: AtomicU8,
    unparsed: AtomicBool,
    body_unread: AtomicBool,
    write_blocked: AtomicBool,
    pub(super) exchanges: Exchanges,
    tunnel: OnceLock<Tunnel>,
    /// When bytes last moved, in milliseconds after the accept: those of a tunnel during the shutdown, and over HTTP/2 those of a
    /// large write.
    moved: AtomicU64,
    /// Whether the tunnel was cut before the end of the drain.
    cut: AtomicBool,
    /// HTTP/2: whether the client has acknowledged that it shall open no more streams.
    goes_away: AtomicBool,
    /// Whether the drain can describe this connection.
    joined: AtomicBool,
    /// The answers after the trigger that were not the last, since another request had arrived.
    further_answers: AtomicUsize,
    client: Client,
    server: Arc<Server>,
}

/// What is known of a connection that was upgraded.
#[derive(Debug)]
struct Tunnel {
    /// The request that upgraded it.
    name: Option<Name>,
    /// hyper's task.
    task: Option<task::Id>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Protocol {
    /// Too few bytes have arrived to tell.
    Unknown,
    Http1,
    Http2,
    /// What follows an upgrade of HTTP/1.
    Tunnel,
}

impl Activity {
    pub(super) fn new(client: Client, server: Arc<Server>) -> Arc<Self> {
        let activity = Arc::new(Self {
            requests: AtomicUsize::new(0),
            idle: Mutex::new(None),
            protocol: AtomicU8::new(Protocol::Unknown as u8),
            unparsed: AtomicBool::new(false),
            body_unread: AtomicBool::new(false),
            write_blocked: AtomicBool::new(false),
            exchanges: Exchanges::default(),
            tunnel: OnceLock::new(),
            moved: AtomicU64::new(0),
            cut: AtomicBool::new(false),
            goes_away: AtomicBool::new(false),
            joined: AtomicBool::new(false),
            further_answers: AtomicUsize::new(0),
            client,
            server,
        });
        if let Some(scope) = activity.server.scope() {
            // At once, since the cut of a scope may come before the connection has seen the drain.
            let described: Weak<Self> = Arc::downgrade(&activity);
            scope.connections().add(described);
        }
        activity
    }

    pub(super) fn server(&self) -> &Server {
        &self.server
    }

    pub(super) fn accepted(&self) -> Instant {
        self.client.accepted()
    }

    pub(super) fn set_protocol(&self, protocol: Protocol) {
        self.protocol.store(protocol as u8, Ordering::Relaxed);
    }

    #[inline]
    fn is(&self, protocol: Protocol) -> bool {
        self.protocol.load(Ordering::Relaxed) == protocol as u8
    }

    #[inline]
    pub(super) fn is_http1(&self) -> bool {
        self.is(Protocol::Http1)
    }

    pub(super) fn is_http2(&self) -> bool {
        self.is(Protocol::Http2)
    }

    /// Whether the client has sent nothing yet.
    pub(super) fn is_silent(&self) -> bool {
        self.is(Protocol::Unknown) && !self.has_unparsed()
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
    pub(super) fn set_tunnel(self: &Arc<Self>, name: Option<Name>) {
        let _ = self.tunnel.set(Tunnel { name, task: task::try_id() });
        self.set_protocol(Protocol::Tunnel);
        self.unparsed.store(true, Ordering::Relaxed);
        self.join_drain();
    }

    /// Lets the drain describe this connection.
    pub(super) fn join_drain(self: &Arc<Self>) {
        if !self.joined.swap(true, Ordering::Relaxed) {
            let this: Weak<Self> = Arc::downgrade(self);
            program().connections.add(this);
        }
    }

    #[inline]
    pub(super) fn is_tunnel(&self) -> bool {
        self.is(Protocol::Tunnel)
    }

    /// A task waits for bytes of the tunnel. hyper does for the last time when it hands the connection over, which says nothing
    /// about the application.
    #[cold]
    pub(super) fn awaits_tunnel(&self) {
        if self.tunnel.get().is_some_and(|tunnel| tunnel.task != task::try_id()) {
            self.unparsed.store(false, Ordering::Relaxed);
        }
    }

    /// Bytes of the tunnel were read or written.
    #[cold]
    pub(super) fn moved(&self) {
        if self.server.is_ending() {
            self.wrote_much();
        }
    }

    /// So much was written over HTTP/2 that the client needs time to read it.
    #[cold]
    pub(super) fn wrote_much(&self) {
        self.moved.store(millis(self.accepted().elapsed()), Ordering::Relaxed);
    }

    /// When bytes of the tunnel last moved during the shutdown, or much was written over HTTP/2.
    pub(super) fn last_moved(&self) -> Option<Instant> {
        match self.moved.load(Ordering::Relaxed) {
            0 => None,
            moved => self.accepted().checked_add(Duration::from_millis(moved)),
        }
    }

    /// Whether the task of the tunnel waits for the client, or is busy with it.
    fn tunnel_waits(&self) -> bool {
        let in_use = || self.last_moved().is_some_and(|moved| moved.elapsed() < IN_USE);
        !self.has_unparsed() || self.write_blocked.load(Ordering::Relaxed) || in_use()
    }

    /// Cuts a tunnel before the end of the drain.
    pub(super) fn cut(&self) {
        if self.cut.swap(true, Ordering::Relaxed) {
            return;
        }
        let scope = self.server.scope();
        if let Some(scope) = scope {
            scope.connections().cut(self);
        }
        if scope.is_none() || program().lifecycle.is_shutting_down() {
            program().connections.cut(self);
        }
    }

    pub(super) fn is_cut(&self) -> bool {
        self.cut.load(Ordering::Relaxed)
    }

    /// The client of an HTTP/2 connection knows that it shall open no more streams.
    pub(super) fn set_goes_away(&self) {
        self.goes_away.store(true, Ordering::Relaxed);
    }

    pub(super) fn goes_away(&self) -> bool {
        self.goes_away.load(Ordering::Relaxed)
    }

    /// Whether hyper may learn that the client has closed its sending half: no answer is in progress, or the application waits for
    /// bytes that will not come. Otherwise `waker` is woken when it does.
    pub(super) fn may_end(&self, waker: &Waker) -> bool {
        self.set_waker(waker);
        self.is_http2() || self.requests.load(Ordering::Relaxed) < ONE || self.exchanges.await_upload()
    }

    /// The application waits for the body of a request.
    #[cold]
    pub(super) fn awaits_upload(&self, id: u32) {
        self.exchanges.upload(id, Uploading::Awaited);
        if self.server.clients().half_close {
            self.wake();
        }
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

    fn set_waker(&self, waker: &Waker) {
        match &mut *self.idle.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(idle) => idle.clone_from(waker),
            none => *none = Some(waker.clone()),
        }
    }

    #[cold]
    fn wake(&self) {
        let waker = self.idle.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}
