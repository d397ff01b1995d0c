//! The supervisor's own probes: answered on its thread, so also while the application drains, is blocked, or has no HTTP.

mod connections;
mod serve;

use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpSocket};

pub(crate) use self::serve::serve;

use crate::error::{Error, ErrorKind};
use crate::program::{Program, program};

/// How many may wait to be accepted: a storm of probes is no reason to have one of them come again a second later.
const BACKLOG: u32 = 1024;

/// Takes the address, if there is one: from here on clients can connect. Call it inside a runtime whose I/O driver is
/// enabled.
pub(crate) fn bind(program: &Program) -> Result<Option<TcpListener>, Error> {
    let Some(address) = program.config().probes_config().address else { return Ok(None) };
    let bind = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        #[cfg(unix)]
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        let listener = socket.listen(BACKLOG)?;
        program.set_probes_address(listener.local_addr()?);
        Ok(listener)
    };
    let what = || format!("cannot serve the probes on {address}");
    bind().map(Some).map_err(|cause| Error::caused(ErrorKind::Probes, what(), cause))
}

/// Where the probes are served: the address of main's key `probes`, or of the variable `GRACEFUL_PROBES`, with the port
/// that the system chose if that was 0. `None` when none are served, and before main starts.
#[must_use]
pub fn probes_address() -> Option<SocketAddr> {
    program().probes_address()
}
