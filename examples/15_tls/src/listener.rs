//! The listener, before TLS.

use std::io;

use tokio::net::TcpListener;

/// Binds this address. `-` is the listening socket that standard input is, as with systemd's `StandardInput=socket`: two
/// processes that share it replace each other without a pause.
pub(crate) async fn listen(address: &str) -> io::Result<TcpListener> {
    #[cfg(unix)]
    if address == "-" {
        use std::os::fd::AsFd;

        let inherited = std::net::TcpListener::from(io::stdin().as_fd().try_clone_to_owned()?);
        inherited.set_nonblocking(true)?;
        return TcpListener::from_std(inherited);
    }
    TcpListener::bind(address).await
}
