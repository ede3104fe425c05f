//! Connections that end in the midst of a change: what left is told to be unknown, and is not sent again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use exact_client::Error;
use exact_client::writer::{Change, Verb, send};
use h2::Reason;
use rustls::ServerConfig;
use serde_json::Map;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::peer::Authority;
use super::session;
use crate::support::entity;

/// How a server ends a connection at its first POST.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// GOAWAY, after which the request may still have been carried out.
    Away,
    /// The request's stream is refused, and the connection stays.
    Refused,
    /// Its stream is reset in the midst.
    Broken,
}

/// A server that speaks HTTP/2 and counts what it is sent.
async fn multiplexed(config: Arc<ServerConfig>, end: End) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (port, posts) = (listener.local_addr().unwrap().port(), Arc::new(AtomicUsize::new(0)));
    let seen = Arc::clone(&posts);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (config, seen) = (Arc::clone(&config), Arc::clone(&seen));
            tokio::spawn(async move {
                let stream = TlsAcceptor::from(config).accept(stream).await.unwrap();
                let mut connection = h2::server::handshake(stream).await.unwrap();
                while let Some(Ok((request, mut respond))) = connection.accept().await {
                    assert_eq!(request.method(), "POST");
                    seen.fetch_add(1, Ordering::SeqCst);
                    match end {
                        End::Away => connection.abrupt_shutdown(Reason::NO_ERROR),
                        End::Refused => respond.send_reset(Reason::REFUSED_STREAM),
                        End::Broken => respond.send_reset(Reason::INTERNAL_ERROR),
                    }
                }
            });
        }
    });
    (port, posts)
}

/// A server that reads the beginning of a request's body and resets the connection.
async fn resetting() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (port, requests) = (listener.local_addr().unwrap().port(), Arc::new(AtomicUsize::new(0)));
    let seen = Arc::clone(&requests);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut begun = vec![0; 4_096];
            stream.read_exact(&mut begun).await.unwrap();
            assert!(begun.starts_with(b"POST "));
            seen.fetch_add(1, Ordering::SeqCst);
            // What has not been read makes the end of the connection a reset.
            drop(stream);
        }
    });
    (port, requests)
}

fn account(remarks: usize) -> Change {
    let mut body = Map::new();
    body.insert("Name".into(), "O'Neil".into());
    body.insert("Remarks".into(), "x".repeat(remarks).into());
    let (entity, key, before, cause) = (entity("crm", "Accounts"), None, Map::new(), Arc::default());
    Change { entity, division: 5512, verb: Verb::Post, key, body, before, cause }
}

/// The outcome in the journal of a POST, which is not known, and how often it arrived.
async fn lost(base_url: &str, properties: &[(&str, &str)], change: &Change, arrived: &AtomicUsize) -> (String, usize) {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("changes.sqlite").display().to_string();
    let properties = [properties, &[("Journal", journal.as_str())]].concat();
    let session = session(base_url, &properties).await;
    let error = send(&session, change).unwrap().answer().await.unwrap_err();
    assert!(matches!(error, Error::OutcomeUnknown { sqlstate: "HY000", .. }), "{error:?}");
    assert!(error.to_string().contains("crm.Accounts in division 5512"), "{error}");
    let outcome = session.journal().unwrap().changes().unwrap().remove(0).outcome;
    (outcome, arrived.load(Ordering::SeqCst))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_is_not_sent_again_over_another_connection_of_http_2() {
    let authority = Authority::new();
    let file = authority.file();
    for end in [End::Away, End::Refused, End::Broken] {
        let (port, posts) = multiplexed(authority.server(&["h2"]), end).await;
        let base_url = format!("https://localhost:{port}");
        let told = lost(&base_url, &[("SSLServerCert", &file)], &account(10), &posts).await;
        assert_eq!(told, ("unknown".to_owned(), 1), "{end:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_that_is_cut_off_within_its_body_is_not_sent_again() {
    let (port, requests) = resetting().await;
    let told = lost(&format!("http://127.0.0.1:{port}"), &[], &account(20_000_000), &requests).await;
    assert_eq!(told, ("unknown".to_owned(), 1));
}
