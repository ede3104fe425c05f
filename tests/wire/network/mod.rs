//! How the driver gets to the service: TLS, HTTP versions, addresses, proxies, and how many connections it takes.

mod interrupted;
mod peer;
mod proxy;

use std::sync::Arc;

use exact_client::model::AccessKind;
use exact_client::settings::Settings;
use exact_client::{ReadRequest, Session, read};
use futures::StreamExt;
use tokio::runtime::Handle;

use crate::support::{entity, request};
use peer::{Authority, Peer};
use proxy::Proxy;

async fn session(base_url: &str, properties: &[(&str, &str)]) -> Arc<Session> {
    static APPS: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let app = format!("network-{}", APPS.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
    let own = [
        ("BaseUrl", base_url),
        ("Division", "5512"),
        ("UID", app.as_str()),
        ("PWD", "geheim"),
        ("OAuthSettingsLocation", "memory://network"),
        ("InitiateOAuth", "OFF"),
        ("OAuthAccessToken", "the-token"),
        ("ProxyAutoDetect", "false"),
    ];
    let pairs: Vec<_> =
        own.iter().chain(properties).map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let (settings, _) = Settings::from_pairs(&pairs, &[]).unwrap();
    Session::open(&settings, Handle::current()).await.unwrap().0
}

fn names() -> ReadRequest {
    request(entity("crm", "Accounts"), AccessKind::Regular, &["Name"])
}

/// The rows of one read, or the SQLSTATE and text of its error.
async fn rows(session: &Arc<Session>) -> Result<usize, (String, String)> {
    let mut stream = read(session, names());
    let mut rows = 0;
    while let Some(batch) = stream.next().await {
        rows += batch.map_err(|error| (error.sqlstate().to_owned(), error.to_string()))?.num_rows();
    }
    Ok(rows)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_extra_authority_is_trusted_and_a_strange_one_is_not() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let peer = Peer::start("127.0.0.1", Some(authority.server(&["http/1.1"]))).await;
    let trusting = session(&peer.https(), &[("SSLServerCert", &authority.file())]).await;
    assert_eq!(rows(&trusting).await, Ok(1));
    assert_eq!(peer.seen().len(), 1);
    for properties in [vec![], vec![("SSLServerCert", stranger.file())]] {
        let properties: Vec<_> = properties.iter().map(|(key, value)| (*key, value.as_str())).collect();
        let (sqlstate, text) = rows(&session(&peer.https(), &properties).await).await.unwrap_err();
        assert!(sqlstate == "08001" && text.contains("certificate"), "{sqlstate} {text}");
    }
    assert_eq!(peer.seen().len(), 1, "nothing was asked of a server that nobody vouches for");
}

#[tokio::test(flavor = "multi_thread")]
async fn http_2_is_spoken_where_it_is_offered() {
    let authority = Authority::new();
    for (offered, version) in [(&["h2", "http/1.1"][..], "HTTP/2.0"), (&["http/1.1"][..], "HTTP/1.1")] {
        let peer = Peer::start("127.0.0.1", Some(authority.server(offered))).await;
        let session = session(&peer.https(), &[("SSLServerCert", &authority.file())]).await;
        assert_eq!(rows(&session).await, Ok(1));
        assert_eq!(rows(&session).await, Ok(1));
        let versions: Vec<_> = peer.seen().iter().map(|seen| seen.version.clone()).collect();
        assert_eq!(versions, [version, version]);
        assert_eq!(peer.connections(), 1, "{version}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_one_after_another_take_one_connection() {
    let peer = Peer::start("127.0.0.1", None).await;
    let session = session(&peer.http(), &[]).await;
    for _ in 0..10 {
        assert_eq!(rows(&session).await, Ok(1));
    }
    assert_eq!((peer.seen().len(), peer.connections()), (10, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn ipv6_is_as_good_as_ipv4() {
    if std::net::TcpListener::bind("[::1]:0").is_err() {
        println!("skipped: this machine has no IPv6 loopback");
        return;
    }
    let peer = Peer::start("[::1]", None).await;
    assert_eq!(rows(&session(&peer.http(), &[]).await).await, Ok(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_is_used_for_both_schemes_and_never_sees_a_token_of_https() {
    let authority = Authority::new();
    let peer = Peer::start("127.0.0.1", Some(authority.server(&["http/1.1"]))).await;
    let plain = Peer::start("127.0.0.1", None).await;
    let proxy = Proxy::start(None).await;
    let port = proxy.port().to_string();
    let through = [("ProxyServer", "127.0.0.1"), ("ProxyPort", port.as_str())];
    let file = authority.file();
    let secure = [&through[..], &[("SSLServerCert", file.as_str())]].concat();
    assert_eq!(rows(&session(&peer.https(), &secure).await).await, Ok(1));
    assert_eq!(rows(&session(&plain.http(), &through).await).await, Ok(1));
    let heard = proxy.heard();
    assert_eq!(heard.len(), 2, "{heard:?}");
    assert!(heard[0].starts_with("CONNECT localhost:"), "{}", heard[0]);
    assert!(!heard[0].contains("the-token") && !heard[0].contains("Accounts"), "{}", heard[0]);
    assert!(heard[1].starts_with("GET http://127.0.0.1:"), "{}", heard[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_wants_a_password_gets_it_or_is_told_about() {
    let authority = Authority::new();
    let peer = Peer::start("127.0.0.1", Some(authority.server(&["http/1.1"]))).await;
    let plain = Peer::start("127.0.0.1", None).await;
    let proxy = Proxy::start(Some(("piet", "p:w d"))).await;
    let (port, file) = (proxy.port().to_string(), authority.file());
    let without = [("ProxyServer", "127.0.0.1"), ("ProxyPort", port.as_str()), ("SSLServerCert", file.as_str())];
    let with = [&without[..], &[("ProxyUser", "piet"), ("ProxyPassword", "p:w d")]].concat();
    for base_url in [peer.https(), plain.http()] {
        assert_eq!(rows(&session(&base_url, &with).await).await, Ok(1), "{base_url}");
        let (sqlstate, text) = rows(&session(&base_url, &without).await).await.unwrap_err();
        assert!(
            sqlstate == "08001" && text.contains("ProxyUser") && text.contains("ProxyPassword"),
            "{sqlstate} {text}"
        );
        assert!(!text.contains("p:w d"), "{text}");
    }
    assert_eq!((peer.seen().len(), plain.seen().len()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn hosts_may_be_reached_without_the_proxy() {
    let peer = Peer::start("127.0.0.1", None).await;
    let proxy = Proxy::start(None).await;
    let port = proxy.port().to_string();
    let properties =
        [("ProxyServer", "127.0.0.1"), ("ProxyPort", port.as_str()), ("ProxyExceptions", "other.example;127.0.0.1")];
    assert_eq!(rows(&session(&peer.http(), &properties).await).await, Ok(1));
    assert_eq!((proxy.heard().len(), peer.seen().len()), (0, 1));
}
