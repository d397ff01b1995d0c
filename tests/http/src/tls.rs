//! Certificates for a server and for clients with TLS.

use std::net::TcpStream;
use std::sync::Arc;

use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, KeyPair};
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{
    ClientConfig, ClientConnection, RootCertStore, ServerConfig, StreamOwned, SupportedProtocolVersion,
};

/// The name in each certificate.
pub const NAME: &str = "test";

/// A connection of a client.
pub type Stream = StreamOwned<ClientConnection, TcpStream>;

/// A certificate that signs itself, and its key: both as DER in hexadecimal digits, so that a line has room for one.
pub struct Identity {
    /// The certificate.
    pub certificate: String,
    /// The private key.
    pub key: String,
}

impl Identity {
    /// Makes one.
    #[must_use]
    pub fn generate() -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new([NAME.to_owned()]).expect("a name");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        let certificate = params.self_signed(&key).expect("a certificate");
        Self { certificate: to_hex(certificate.der()), key: to_hex(&key.serialize_der()) }
    }

    fn chain(&self) -> Vec<CertificateDer<'static>> {
        vec![certificate(&self.certificate)]
    }

    fn key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::try_from(from_hex(&self.key)).expect("a key")
    }

    /// The configuration of a server, which asks for this client's certificate.
    #[must_use]
    pub fn server(&self, client: Option<&str>) -> ServerConfig {
        let builder = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(&[&TLS12, &TLS13])
            .expect("versions");
        let builder = match client {
            Some(client) => {
                let verifier = WebPkiClientVerifier::builder_with_provider(roots(client), provider());
                builder.with_client_cert_verifier(verifier.build().expect("a certificate"))
            }
            None => builder.with_no_client_auth(),
        };
        let mut config = builder.with_single_cert(self.chain(), self.key()).expect("a key and its certificate");
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        config
    }
}

/// The configuration of a client that knows this server, and may have its own certificate.
#[must_use]
pub fn client(
    server: &str,
    identity: Option<&Identity>,
    alpn: &str,
    version: &'static SupportedProtocolVersion,
) -> Arc<ClientConfig> {
    let verifier = WebPkiServerVerifier::builder_with_provider(roots(server), provider());
    let builder = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[version])
        .expect("a version")
        .with_webpki_verifier(verifier.build().expect("a certificate"));
    let mut config = match identity {
        Some(identity) => builder.with_client_auth_cert(identity.chain(), identity.key()).expect("a key"),
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![alpn.as_bytes().to_vec()];
    Arc::new(config)
}

/// A connection that has not begun its handshake.
#[must_use]
pub fn connection(config: &Arc<ClientConfig>) -> ClientConnection {
    ClientConnection::new(Arc::clone(config), server_name()).expect("a configuration")
}

/// The name in each certificate.
#[must_use]
pub fn server_name() -> ServerName<'static> {
    ServerName::try_from(NAME).expect("a name")
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

fn roots(of: &str) -> Arc<RootCertStore> {
    let mut roots = RootCertStore::empty();
    roots.add(certificate(of)).expect("a certificate");
    Arc::new(roots)
}

fn certificate(hex: &str) -> CertificateDer<'static> {
    from_hex(hex).into()
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(digits: &str) -> Vec<u8> {
    let byte = |at| u8::from_str_radix(&digits[at..at + 2], 16).expect("hexadecimal digits");
    (0..digits.len()).step_by(2).map(byte).collect()
}
