//! The HTTP client of an identity: TLS, proxy, compression.

use std::sync::Once;

use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, NoProxy, Proxy};

use crate::error::{Error, Result};
use crate::settings::{ProxySettings, Secret, Settings};

/// A client with the settings' proxy and certificates. It follows no redirect: a token goes to the service or nowhere.
pub(crate) fn http_client(settings: &Settings) -> Result<Client> {
    provide_cryptography();
    let mut builder = Client::builder()
        .user_agent(concat!("exact-odbc/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        // What is sent again is decided where it is known what it does; a change must not be.
        .retry(reqwest::retry::never())
        .connect_timeout(settings.timeout)
        .gzip(true);
    if let Some(path) = &settings.ssl_server_cert {
        let failed = |reason: String| invalid("SSLServerCert", format!("{}: {reason}", path.display()));
        let pem = std::fs::read(path).map_err(|error| failed(format!("cannot be read: {error}")))?;
        let certificates = Certificate::from_pem_bundle(&pem).map_err(|error| failed(reason(&error)))?;
        if certificates.is_empty() {
            return Err(failed("holds no certificate in PEM form".into()));
        }
        builder = builder.tls_certs_merge(certificates);
    }
    builder = match proxy(&settings.proxy)? {
        Some(proxy) => builder.proxy(proxy),
        // The system's proxy is not meant for this machine itself.
        None if settings.proxy.auto_detect && settings.base_url.starts_with("https:") => builder,
        None => builder.no_proxy(),
    };
    // What can still be wrong here is the certificates: those given, or those of the system.
    builder.build().map_err(|error| invalid("SSLServerCert", reason(&error)))
}

/// rustls wants to be told once per process which cryptography to use; one that is there already serves as well.
fn provide_cryptography() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

fn invalid(property: &str, reason: String) -> Error {
    Error::InvalidProperty { property: property.to_owned(), reason, sqlstate: "08001" }
}

fn proxy(settings: &ProxySettings) -> Result<Option<Proxy>> {
    let Some(server) = &settings.server else { return Ok(None) };
    let address = if server.contains("://") {
        format!("{server}:{}", settings.port)
    } else {
        format!("http://{server}:{}", settings.port)
    };
    let mut proxy = Proxy::all(&address).map_err(|error| invalid("ProxyServer", reason(&error)))?;
    if let Some(user) = &settings.user {
        proxy = proxy.basic_auth(user, settings.password.as_ref().map_or("", Secret::reveal));
    }
    Ok(Some(proxy.no_proxy(NoProxy::from_string(&settings.exceptions.join(",")))))
}

/// What lies at the bottom of a transport error, without the URL, which may carry data of the user.
pub(crate) fn reason(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

/// What to do about a proxy that refuses us.
pub(super) const PROXY_PASSWORD: &str =
    "the web proxy wants a user and a password: set the properties ProxyUser and ProxyPassword";

/// Whether another attempt would fail in the same way: a certificate that is not trusted, a proxy without a password.
pub(super) fn is_lasting(error: &reqwest::Error) -> bool {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(one) = cause {
        let inner = one.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if inner.is_some_and(|inner| inner.is::<rustls::Error>()) {
            return true;
        }
        cause = one.source();
    }
    wants_proxy_password(error)
}

fn wants_proxy_password(error: &reqwest::Error) -> bool {
    reason(error).contains("proxy authorization required")
}

/// The driver's error for a transport error.
pub(crate) fn connection_error(error: &reqwest::Error, base_url: &str, target: &str) -> Error {
    if wants_proxy_password(error) {
        Error::CannotConnect { target: base_url.to_owned(), reason: PROXY_PASSWORD.to_owned() }
    } else if error.is_connect() {
        Error::CannotConnect { target: base_url.to_owned(), reason: reason(error) }
    } else {
        Error::ConnectionLost { target: target.to_owned(), reason: reason(error) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(key: &str, value: &str) -> Result<Client> {
        let pairs = [(key.to_owned(), value.to_owned())];
        http_client(&Settings::from_pairs(&pairs, &[]).unwrap().0)
    }

    #[test]
    fn certificates_and_proxies_are_checked_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path.display().to_string()
        };
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        for path in [file("none.pem", "hello"), file("broken.pem", broken), "/no/such/file".to_owned()] {
            let error = client("SSLServerCert", &path).unwrap_err();
            assert!(error.to_string().contains("SSLServerCert"), "{error}");
        }
        let error = client("ProxyServer", "no host").unwrap_err();
        assert!(error.to_string().contains("ProxyServer"), "{error}");
        client("ProxyServer", "proxy.example").unwrap();
        client("Region", "NL").unwrap();
    }
}
