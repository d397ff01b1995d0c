//! Sockets by name: those that systemd has passed, or bound by the program itself.
//!
//! On one host a restart refuses connections from the moment at which the old process closes its listener until the next one listens.
//! A socket that systemd holds is never closed: clients wait in its queue, and two instances can share it, so that the
//! next one is ready before the other one gets SIGTERM.
//!
//! ```no_run
//! # mod graceful { pub use graceful_runtime::*; }
//! # async fn handle(_: tokio::net::TcpStream) {}
//! # async fn example() -> std::io::Result<()> {
//! let listener = graceful::sockets::tcp!("http", "0.0.0.0:8080").await?;
//! while let Some(accepted) = graceful::until_drain(listener.accept()).await {
//!     let (connection, _) = accepted?;
//!     graceful::spawn(handle(connection));
//! }
//! # Ok(())
//! # }
//! ```
//!
//! `graceful::axum::serve` takes the listener too. Started by hand the program binds 0.0.0.0:8080. Started by systemd with a
//! socket unit that has `FileDescriptorName=http` it takes that socket, and the address is not used. The log says which it was.
//!
//! The macros [`tcp!`](macro@tcp), [`unix!`](macro@unix) and [`udp!`](macro@udp) call the functions of their names. They also
//! leave a record in the binary, so that `cargo graceful units` can print the units, and `cargo graceful check` can compare yours
//! with the program. Where the name is not a literal, call the function.
//!
//! # What is taken
//!
//! The sockets that the [protocol of systemd] passes: `LISTEN_FDS` with the names in `LISTEN_FDNAMES`, if `LISTEN_PID` is this
//! process, and `LISTEN_PIDFDID` too if it is set. The variables stay as they are: for child processes they do not count, since
//! `LISTEN_PID` is another process there. Each descriptor is marked as close-on-exec, by `#[graceful::main]` before main's
//! runtime exists and otherwise by the first call of a function here, so that children do not inherit it.
//!
//! | what is passed | what happens |
//! |---|---|
//! | nothing | the program binds |
//! | a socket of the name | it is taken |
//! | several of the name, as from a unit with two `ListenStream=` | each call takes one, in the order of the unit |
//! | sockets, but none of the name | a warning that has their names; the program binds |
//! | sockets, but `LISTEN_PID` is another process, such as a shell around the program | a warning; the program binds |
//! | a socket of another kind, one that does not listen, or a file | an error; the socket stays, for another call |
//! | one socket under two names | an error for the second name |
//! | a name that was taken already | an error |
//! | variables that cannot be read, or a descriptor that is not open | an error |
//! | sockets that nothing takes | a warning when the program is ready for the first time; they stay open |
//!
//! systemd passes sockets on Linux. Elsewhere the program binds.
//!
//! [protocol of systemd]: https://www.freedesktop.org/software/systemd/man/latest/sd_listen_fds.html

#[cfg(target_os = "linux")]
mod inherited;
pub(crate) mod record;

use std::io::{Error, ErrorKind, Result};
#[cfg(target_os = "linux")]
use std::os::fd::OwnedFd;
#[cfg(unix)]
use std::path::Path;

use graceful_core::record::{Socket, SocketKind};
use graceful_core::text::quote;
#[cfg(unix)]
use tokio::net::UnixListener;
use tokio::net::{TcpListener, ToSocketAddrs, UdpSocket};

use crate::events;
use crate::program::program;
#[cfg(unix)]
use crate::unix_socket::bind_unix;

#[cfg(target_os = "linux")]
pub(crate) use self::inherited::{keep_from_children, report_unclaimed};
#[doc(inline)]
pub use crate::{__tcp as tcp, __udp as udp, __unix as unix};

/// Takes the TCP listener that systemd has passed under this name, or binds the address.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let listener = graceful::sockets::tcp("admin", "127.0.0.1:0").await?;
/// assert!(listener.local_addr()?.ip().is_loopback());
/// # Ok(())
/// # }
/// ```
///
/// The macro [`tcp!`](macro@tcp) does the same, and `cargo graceful units` knows of it.
///
/// # Errors
///
/// [`ErrorKind::InvalidInput`] if the name has other characters than ASCII letters, digits and `-_.@`, or if what systemd
/// passed is no TCP socket that listens. [`ErrorKind::AddrInUse`] if the socket was taken before. [`ErrorKind::InvalidData`] if
/// the variables cannot be read, or name a descriptor that is not open. Otherwise the error of the bind. Each message has the name.
///
/// # Panics
///
/// If it is called outside of a tokio runtime with I/O enabled.
///
/// # Cancel safety
///
/// Cancel safe while it binds. A socket that was passed is taken at once.
pub async fn tcp(name: &str, address: impl ToSocketAddrs) -> Result<TcpListener> {
    let (listener, origin) = match passed(name, SocketKind::Tcp)? {
        Some(listener) => (TcpListener::from_std(listener)?, Origin::Systemd),
        None => (TcpListener::bind(address).await.map_err(|error| cannot_bind(name, &error))?, Origin::Bound),
    };
    opened(name, listener.local_addr().map(|address| address.to_string()), origin);
    Ok(listener)
}

/// Takes the Unix socket that systemd has passed under this name, or binds the path, and replaces the file of a socket on which nobody
/// listens any more.
///
/// ```no_run
/// # mod graceful { pub use graceful_runtime::*; }
/// # async fn example() -> std::io::Result<()> {
/// let listener = graceful::sockets::unix("control", "/run/my-service/control.sock").await?;
/// # Ok(())
/// # }
/// ```
///
/// It listens for streams: `ListenStream=` with a path, or with an abstract name. The file stays at the end, also the one that
/// this function has created.
///
/// # Errors
///
/// As [`tcp`](fn@tcp), for a Unix stream socket that listens. [`ErrorKind::AddrInUse`] also if a process listens on the path.
///
/// # Panics
///
/// If it is called outside of a tokio runtime with I/O enabled.
///
/// # Cancel safety
///
/// Cancel safe while it binds: the old file may have been removed. A socket that was passed is taken at once.
#[cfg(unix)]
pub async fn unix(name: &str, path: impl AsRef<Path>) -> Result<UnixListener> {
    let (listener, origin) = match passed(name, SocketKind::Unix)? {
        Some(listener) => (UnixListener::from_std(listener)?, Origin::Systemd),
        None => (bind_unix(path).await.map_err(|error| cannot_bind(name, &error))?, Origin::Bound),
    };
    opened(name, listener.local_addr().map(|address| format!("{address:?}")), origin);
    Ok(listener)
}

/// Takes the UDP socket that systemd has passed under this name, or binds the address.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let socket = graceful::sockets::udp("statsd", "127.0.0.1:0").await?;
/// # Ok(())
/// # }
/// ```
///
/// While two instances share it, each packet reaches one of them. A protocol that has connections, such as QUIC, loses those of the old
/// instance: share the socket only for protocols in which each packet stands alone.
///
/// # Errors
///
/// As [`tcp`](fn@tcp), for a UDP socket.
///
/// # Panics
///
/// If it is called outside of a tokio runtime with I/O enabled.
///
/// # Cancel safety
///
/// Cancel safe while it binds. A socket that was passed is taken at once.
pub async fn udp(name: &str, address: impl ToSocketAddrs) -> Result<UdpSocket> {
    let (socket, origin) = match passed(name, SocketKind::Udp)? {
        Some(socket) => (UdpSocket::from_std(socket)?, Origin::Systemd),
        None => (UdpSocket::bind(address).await.map_err(|error| cannot_bind(name, &error))?, Origin::Bound),
    };
    opened(name, socket.local_addr().map(|address| address.to_string()), origin);
    Ok(socket)
}

/// Where a socket is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    Systemd,
    Bound,
}

/// The socket of this name, if systemd has passed it.
#[cfg(target_os = "linux")]
fn passed<S: From<OwnedFd>>(name: &str, kind: SocketKind) -> Result<Option<S>> {
    check(name)?;
    Ok(inherited::take(name, kind)?.map(S::from))
}

#[cfg(not(target_os = "linux"))]
fn passed<S>(name: &str, _kind: SocketKind) -> Result<Option<S>> {
    check(name)?;
    Ok(None)
}

fn check(name: &str) -> Result<()> {
    match Socket::is_name(name) {
        true => Ok(()),
        false => {
            let message = format!("{} is no name of a socket: expected {}", quote(name), Socket::NAME);
            Err(Error::new(ErrorKind::InvalidInput, message))
        }
    }
}

fn cannot_bind(name: &str, error: &Error) -> Error {
    Error::new(error.kind(), format!("the socket {}: {error}", quote(name)))
}

fn opened(name: &str, address: Result<String>, origin: Origin) {
    let (name, address) = (quote(name), address.unwrap_or_default());
    program().output.log(move || events::socket(&name, &address, origin));
}
