//! The socket to systemd, which is never waited for by whoever has something to say.
//!
//! `sd_notify::notify` waits when systemd's queue is full, and takes the name of an abstract socket for a path. So this
//! crate sends for itself. What doesn't fit into the queue waits here, in its order, for the queue to have room.
//!
//! Connected once, at the start, so that nothing is looked up in a file system later. systemd keeps its socket when it
//! is executed anew.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::ffi::OsStr;
use std::io::{self, ErrorKind};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::{Mutex, MutexGuard, PoisonError};

use sd_notify::NotifyState;
use tokio::net;
use tokio::sync::Notify;

pub(super) struct NotifySocket {
    socket: UnixDatagram,
    /// Each of them once, so that a watchdog's meals don't pile up.
    waiting: Mutex<VecDeque<String>>,
    more: Notify,
}

impl NotifySocket {
    /// To the socket of this name: a path, or an abstract one if it begins with `@`.
    pub(super) fn connect(name: &OsStr) -> io::Result<Self> {
        let address = match name.as_bytes() {
            [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
            [b'/', ..] => SocketAddr::from_pathname(name)?,
            _ => return Err(io::Error::new(ErrorKind::Unsupported, "neither a path nor an abstract socket")),
        };
        let socket = UnixDatagram::unbound()?;
        socket.set_nonblocking(true)?;
        socket.connect_addr(&address)?;
        Ok(Self { socket, waiting: Mutex::default(), more: Notify::new() })
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<String>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends these together: now, or when there is room, after what waits already. Never waits itself.
    pub(super) fn send(&self, states: &[NotifyState<'_>]) {
        let message: String = states.iter().map(|state| format!("{state}\n")).collect();
        let mut waiting = self.waiting();
        if waiting.is_empty() && !is_full(&self.socket.send(message.as_bytes())) {
            return;
        }
        if !waiting.contains(&message) {
            waiting.push_back(message);
        }
        drop(waiting);
        self.more.notify_one();
    }

    /// Sends what waits, whenever there is room. Call it inside a runtime whose I/O driver is enabled.
    pub(super) async fn catch_up(&self) {
        self.more.notified().await;
        // A second descriptor for the same socket, which most programs never need.
        let patient = self.socket.try_clone().and_then(net::UnixDatagram::from_std);
        loop {
            while let Some(message) = self.next() {
                // Whoever doesn't listen any more misses it.
                if let Ok(patient) = &patient {
                    let _ = patient.send(message.as_bytes()).await;
                }
                // Only now, so that what is said meanwhile waits behind it.
                self.waiting().pop_front();
            }
            self.more.notified().await;
        }
    }

    fn next(&self) -> Option<String> {
        self.waiting().front().cloned()
    }
}

fn is_full(sent: &io::Result<usize>) -> bool {
    sent.as_ref().is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
}
