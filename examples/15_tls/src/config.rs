//! The configuration of TLS.

use std::env;
use std::error::Error;
use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// With the files that the environment names, or without them with a certificate for `localhost` that signs itself.
pub(crate) fn config() -> Result<ServerConfig, Box<dyn Error>> {
    let files = env::var("TLS_CERTIFICATES").ok().zip(env::var("TLS_KEY").ok());
    let (certificates, key) = match files {
        Some((certificates, key)) => {
            let certificates = CertificateDer::pem_file_iter(certificates)?.collect::<Result<Vec<_>, _>>()?;
            (certificates, PrivateKeyDer::from_pem_file(key)?)
        }
        None => {
            let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()])?;
            (vec![cert.der().clone()], PrivateKeyDer::try_from(signing_key.serialize_der())?)
        }
    };
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(certificates, key)?;
    // Clients speak HTTP/2 only if the server offers it.
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
