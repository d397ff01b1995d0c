//! TLS with rustls: the handshake that [`handshake`] does.

use ::axum::serve::Listener;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::handshakes::{Handshakes, handshake};

/// A listener with TLS. Returned by [`tls`].
///
/// Its connections have what the handshake has learned, for your own
/// [`Connected`](::axum::extract::connect_info::Connected):
///
/// ```no_run
/// # mod graceful { pub use graceful_runtime::*; }
/// use axum::extract::connect_info::Connected;
/// use graceful::axum::{Incoming, TlsListener};
///
/// #[derive(Clone)]
/// struct ClientCertificate(Option<Vec<u8>>);
///
/// impl Connected<Incoming<'_, TlsListener>> for ClientCertificate {
///     fn connect_info(incoming: Incoming<'_, TlsListener>) -> Self {
///         let (_, tls) = incoming.io().get_ref();
///         let certificates = tls.peer_certificates();
///         Self(certificates.and_then(|chain| chain.first()).map(|certificate| certificate.to_vec()))
///     }
/// }
/// ```
pub type TlsListener<L = TcpListener> = Handshakes<L, TlsStream<<L as Listener>::Io>>;

/// Wraps a listener with TLS, by rustls through `tokio-rustls` 0.26. Needs the feature `tls`.
///
/// `acceptor` is a [`TlsAcceptor`] or an `Arc<ServerConfig>`. Your rustls chooses the crypto provider and the versions of
/// TLS. Clients speak HTTP/2 only if `alpn_protocols` of the configuration has `h2`; list `http/1.1` after it.
///
/// ```no_run
/// # mod graceful { pub use graceful_runtime::*; }
/// use std::sync::Arc;
///
/// use tokio::net::TcpListener;
/// use tokio_rustls::rustls::ServerConfig;
///
/// # async fn example(mut config: ServerConfig, router: axum::Router) -> std::io::Result<()> {
/// config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
/// let listener = TcpListener::bind("0.0.0.0:8443").await?;
/// graceful::axum::serve(graceful::axum::tls(listener, Arc::new(config)), router).await
/// # }
/// ```
///
/// Handshakes run beside `accept`, each with a timeout, and their number has a limit. [`handshake`] says what this means
/// for silent clients and in the drain; its returned [`Handshakes`] has the settings. `listener` must satisfy what is
/// said there about cancel safety.
pub fn tls<L: Listener>(listener: L, acceptor: impl Into<TlsAcceptor>) -> TlsListener<L> {
    let acceptor = acceptor.into();
    handshake(listener, move |client| acceptor.accept(client))
}
