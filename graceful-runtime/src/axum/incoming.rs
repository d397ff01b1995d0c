//! A connection that has just been accepted, for `ConnectInfo`.

use std::fmt;
use std::net::SocketAddr;

use ::axum::extract::connect_info::Connected;
use ::axum::serve::{Listener, TapIo};
use tokio::net::{TcpListener, TcpStream};
#[cfg(unix)]
use tokio::net::{UnixListener, UnixStream, unix};

/// A connection that has just been accepted: what `axum::serve::IncomingStream` is to `axum::serve`.
///
/// For a type of your own in `into_make_service_with_connect_info::<…>()`, implement
/// [`Connected`] for it:
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use axum::extract::connect_info::Connected;
/// use tokio::net::TcpListener;
///
/// #[derive(Clone)]
/// struct Client(u16);
///
/// impl Connected<graceful::axum::Incoming<'_, TcpListener>> for Client {
///     fn connect_info(incoming: graceful::axum::Incoming<'_, TcpListener>) -> Self {
///         Self(incoming.remote_addr().port())
///     }
/// }
/// ```
///
/// `std::net::SocketAddr` has it for a `TcpListener`, and tokio's `SocketAddr` for a `UnixListener`, also behind one
/// `tap_io`.
pub struct Incoming<'a, L: Listener> {
    io: &'a L::Io,
    remote_addr: L::Addr,
}

impl<'a, L: Listener> Incoming<'a, L> {
    pub(super) fn new(io: &'a L::Io, remote_addr: L::Addr) -> Self {
        Self { io, remote_addr }
    }

    /// The connection itself.
    #[must_use]
    pub fn io(&self) -> &L::Io {
        self.io
    }

    /// The address of the client.
    #[must_use]
    pub fn remote_addr(&self) -> &L::Addr {
        &self.remote_addr
    }
}

impl<L: Listener<Addr: fmt::Debug>> fmt::Debug for Incoming<'_, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Incoming").field("remote_addr", &self.remote_addr).finish_non_exhaustive()
    }
}

impl Connected<Incoming<'_, TcpListener>> for SocketAddr {
    fn connect_info(incoming: Incoming<'_, TcpListener>) -> Self {
        incoming.remote_addr
    }
}

impl<F> Connected<Incoming<'_, TapIo<TcpListener, F>>> for SocketAddr
where
    F: FnMut(&mut TcpStream) + Send + 'static,
{
    fn connect_info(incoming: Incoming<'_, TapIo<TcpListener, F>>) -> Self {
        incoming.remote_addr
    }
}

#[cfg(unix)]
impl Connected<Incoming<'_, UnixListener>> for unix::SocketAddr {
    fn connect_info(incoming: Incoming<'_, UnixListener>) -> Self {
        incoming.remote_addr
    }
}

#[cfg(unix)]
impl<F> Connected<Incoming<'_, TapIo<UnixListener, F>>> for unix::SocketAddr
where
    F: FnMut(&mut UnixStream) + Send + 'static,
{
    fn connect_info(incoming: Incoming<'_, TapIo<UnixListener, F>>) -> Self {
        incoming.remote_addr
    }
}
