//! A server that answers every GET with one row, over TLS or not, and remembers how it was asked.

use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tempfile::NamedTempFile;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

const ROW: &str = r#"{"d":{"results":[{"__metadata":{"uri":"u"},"Name":"x"}]}}"#;

/// How a request came.
#[derive(Clone, Debug)]
pub struct Seen {
    pub version: String,
}

/// A running server. It stops with the test's runtime.
pub struct Peer {
    port: u16,
    host: &'static str,
    seen: Arc<Mutex<Vec<Seen>>>,
    connections: Arc<AtomicUsize>,
}

impl Peer {
    pub async fn start(host: &'static str, tls: Option<Arc<ServerConfig>>) -> Peer {
        let listener = TcpListener::bind(format!("{host}:0")).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let peer = Peer { port, host, seen: Arc::default(), connections: Arc::default() };
        let (seen, connections) = (peer.seen.clone(), peer.connections.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::SeqCst);
                let (seen, tls) = (seen.clone(), tls.clone());
                tokio::spawn(async move {
                    let Some(tls) = tls else { return serve(stream, false, seen).await };
                    // A client that does not trust us goes away.
                    let Ok(stream) = TlsAcceptor::from(tls).accept(stream).await else { return };
                    let is_h2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
                    serve(stream, is_h2, seen).await;
                });
            }
        });
        peer
    }

    pub fn http(&self) -> String {
        format!("http://{}:{}", self.host, self.port)
    }

    /// By the name that its certificate bears.
    pub fn https(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, is_h2: bool, seen: Arc<Mutex<Vec<Seen>>>) {
    let service = service_fn(move |request: Request<Incoming>| {
        let authorization = request.headers().get("authorization").and_then(|value| value.to_str().ok());
        assert_eq!(authorization, Some("Bearer the-token"));
        seen.lock().unwrap().push(Seen { version: format!("{:?}", request.version()) });
        let response = Response::builder().header("Content-Type", "application/json");
        async move { Ok::<_, Infallible>(response.body(Full::new(Bytes::from_static(ROW.as_bytes()))).unwrap()) }
    });
    let io = TokioIo::new(stream);
    // The client may go away at any time.
    let _ = if is_h2 {
        hyper::server::conn::http2::Builder::new(TokioExecutor::new()).serve_connection(io, service).await
    } else {
        hyper::server::conn::http1::Builder::new().serve_connection(io, service).await
    };
}

/// A certificate authority of a company, as administrators install it.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    file: NamedTempFile,
}

impl Authority {
    pub fn new() -> Authority {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap();
        let file = NamedTempFile::new().unwrap();
        std::fs::write(file.path(), certificate.pem()).unwrap();
        Authority { issuer: Issuer::new(params, key), file }
    }

    /// The PEM file.
    pub fn file(&self) -> String {
        self.file.path().display().to_string()
    }

    /// A server called `localhost` that speaks these protocols.
    pub fn server(&self, protocols: &[&str]) -> Arc<ServerConfig> {
        let key = KeyPair::generate().unwrap();
        let certificate =
            CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        Arc::new(config)
    }
}
