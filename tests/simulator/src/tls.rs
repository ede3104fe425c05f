//! TLS on loopback. The authority's own key no longer exists, and it may vouch for this machine alone; so the server's
//! key, which anyone can read, opens nothing but simulators.

use std::io;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

/// The authority that a client has to trust (PEM).
pub const AUTHORITY: &str = include_str!("../certificate/authority.pem");
const CERTIFICATE: &str = include_str!("../certificate/server.pem");
const KEY: &str = include_str!("../certificate/server.key");

/// Accepts TLS 1.2 and 1.3.
///
/// # Errors
/// When the certificate cannot be used.
pub fn acceptor() -> io::Result<TlsAcceptor> {
    let certificate = CertificateDer::from_pem_slice(CERTIFICATE.as_bytes()).map_err(io::Error::other)?;
    let key = PrivateKeyDer::from_pem_slice(KEY.as_bytes()).map_err(io::Error::other)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(vec![certificate], key))
        .map_err(io::Error::other)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}
