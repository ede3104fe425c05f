//! A service that fails, and a read that must be complete or an error.

use std::time::Instant;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;

#[tokio::test]
async fn a_passing_failure_is_repeated() {
    for (status, times) in [(500, 1), (503, 3), (504, 2), (408, 1), (502, 1)] {
        let service = Service::signed_in().await;
        for _ in 0..times {
            service.once("a1", said(status, "Even niet")).await;
        }
        service.always("a1", page(&["x"], None)).await;
        let session = service.session().await;
        assert_eq!(all_names(&session).await.unwrap(), ["x"], "{status}");
        assert_eq!(session.calls_made(), times + 1, "{status}");
    }
}

#[tokio::test]
async fn the_service_may_say_when_to_come_again() {
    let service = Service::signed_in().await;
    service.once("a1", said(503, "Even niet").insert_header("Retry-After", "1")).await;
    service.always("a1", page(&["x"], None)).await;
    let begun = Instant::now();
    assert_eq!(all_names(&service.session().await).await.unwrap(), ["x"]);
    assert!(begun.elapsed() >= Duration::from_secs(1), "{:?}", begun.elapsed());
    // Longer than a call may take in all: it is told at once.
    let service = Service::signed_in().await;
    service.always("a1", said(503, "Onderhoud").insert_header("Retry-After", "600")).await;
    let error = all_names(&service.session().await).await.unwrap_err();
    assert!(error.to_string().contains("Onderhoud"), "{error}");
    assert_eq!(service.requests(ACCOUNTS).await, 1);
}

/// A refusal that names no limit, but when to come again, is no block of the app.
#[tokio::test]
async fn a_gateway_may_refuse_for_a_moment() {
    let refusal = |after: &str| ResponseTemplate::new(429).insert_header("Retry-After", after);
    let service = Service::signed_in().await;
    for _ in 0..2 {
        service.once("a1", refusal("1")).await;
    }
    service.always("a1", page(&["x"], None)).await;
    let begun = Instant::now();
    assert_eq!(all_names(&service.session().await).await.unwrap(), ["x"]);
    assert!(begun.elapsed() >= Duration::from_secs(2), "{:?}", begun.elapsed());
    let service = Service::signed_in().await;
    service.always("a1", refusal("600")).await;
    let error = all_names(&service.session().await).await.unwrap_err();
    assert_eq!((error.native(), service.requests(ACCOUNTS).await), (429, 1), "{error}");
    // For ever: five times.
    let service = Service::signed_in().await;
    service.always("a1", refusal("0")).await;
    let error = all_names(&service.session().await).await.unwrap_err();
    assert_eq!((error.native(), service.requests(ACCOUNTS).await), (429, 5), "{error}");
}

#[tokio::test]
async fn a_lasting_failure_is_told_in_the_words_of_the_service() {
    for (status, calls, sqlstate) in [
        (500, 2, "HY000"),
        (503, 4, "HY000"),
        (400, 1, "HY000"),
        (403, 1, "42000"),
        (404, 1, "42S02"),
        (501, 1, "HY000"),
    ] {
        let service = Service::signed_in().await;
        service.always("a1", said(status, "Gaat niet")).await;
        let error = all_names(&service.session().await).await.unwrap_err();
        assert_eq!((error.sqlstate(), error.native()), (sqlstate, i32::from(status)));
        assert!(error.to_string().contains("Gaat niet") && error.is_from_service(), "{error}");
        assert_eq!(service.requests(ACCOUNTS).await, calls, "{status}");
    }
}

#[tokio::test]
async fn bodies_that_are_no_pages_end_the_read() {
    let html = ResponseTemplate::new(200).set_body_raw("<html><body>Onderhoud</body></html>", "text/html");
    let cut = ResponseTemplate::new(200).set_body_raw(r#"{"d":{"results":[{"Name":"a"},{"Na"#, "application/json");
    let moved = ResponseTemplate::new(302).insert_header("Location", "/docs/Login.aspx");
    for (answer, words) in
        [(html, "HTML"), (cut, "cut off"), (ResponseTemplate::new(200), "empty"), (moved, "redirect")]
    {
        let service = Service::signed_in().await;
        service.always("a1", answer).await;
        let error = all_names(&service.session().await).await.unwrap_err();
        assert_eq!(error.sqlstate(), "08S01");
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[tokio::test]
async fn a_page_that_fails_in_the_middle_is_an_error_and_not_the_end() {
    let service = Service::signed_in().await;
    let link = format!("{}{ACCOUNTS}?$skiptoken=1", service.server.uri());
    service.once("a1", page(&["a"], Some(&link))).await;
    service.always("a1", said(400, "Nee")).await;
    let session = service.session().await;
    let mut stream = read(&session, names());
    assert!(stream.next().await.unwrap().is_ok());
    assert!(stream.next().await.unwrap().is_err());
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn a_link_that_leads_back_and_a_page_that_comes_again_are_errors() {
    for (second, words) in [("b", "already read"), ("a", "had sent before")] {
        let service = Service::signed_in().await;
        let link = format!("{}{ACCOUNTS}?$skiptoken=1", service.server.uri());
        service.once("a1", page(&["a"], Some(&link))).await;
        service.always("a1", page(&[second], Some(&link))).await;
        let error = all_names(&service.session().await).await.unwrap_err();
        assert!(error.sqlstate() == "08S01" && error.to_string().contains(words), "{error}");
        assert_eq!(service.requests(ACCOUNTS).await, 2);
    }
}

#[tokio::test]
async fn no_request_goes_to_another_host() {
    let (service, other) = (Service::signed_in().await, MockServer::start().await);
    let link = format!("{}{ACCOUNTS}?$skiptoken=1", other.uri());
    service.always("a1", page(&["a"], Some(&link))).await;
    let error = all_names(&service.session().await).await.unwrap_err();
    assert!(error.to_string().contains("another host"), "{error}");
    assert_eq!(other.received_requests().await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_spent_minute_is_waited_for_and_a_spent_day_is_told() {
    let service = Service::signed_in().await;
    let now = service.clock.now_ms();
    let spent = ResponseTemplate::new(429)
        .insert_header("X-RateLimit-Minutely-Remaining", "0")
        .insert_header("X-RateLimit-Minutely-Reset", (now + 300).to_string().as_str());
    service.once("a1", spent).await;
    service.once("a1", page(&["x"], None)).await;
    let session = service.session().await;
    let begun = Instant::now();
    let reading = tokio::spawn({
        let session = Arc::clone(&session);
        async move { all_names(&session).await }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    service.clock.advance(1);
    assert_eq!(reading.await.unwrap().unwrap(), ["x"]);
    assert!(begun.elapsed() >= Duration::from_millis(300), "{:?}", begun.elapsed());

    let midnight = service.clock.now_ms() + 3_600_000;
    let spent = ResponseTemplate::new(429)
        .insert_header("X-RateLimit-Remaining", "0")
        .insert_header("X-RateLimit-Reset", midnight.to_string().as_str());
    service.always("a1", spent).await;
    for _ in 0..2 {
        let error = all_names(&session).await.unwrap_err();
        assert!(error.sqlstate() == "HY000" && error.to_string().contains("2023-11-14 23:13:31 UTC"), "{error}");
    }
    assert_eq!(service.requests(ACCOUNTS).await, 3, "once the day is known to be spent nothing is sent");
}

#[tokio::test]
async fn the_minute_is_kept_without_being_told() {
    let service = Service::signed_in().await;
    service.always("a1", page(&["x"], None)).await;
    let session = service.session().await;
    for _ in 0..60 {
        all_names(&session).await.unwrap();
    }
    let sixty_first = tokio::time::timeout(Duration::from_millis(100), all_names(&session)).await;
    assert!(sixty_first.is_err());
    assert_eq!(service.requests(ACCOUNTS).await, 60);
}

/// A server that does with each connection what `serve` says, the number of connections being told.
async fn raw<F>(serve: impl Fn(tokio::net::TcpStream) -> F + Send + 'static) -> (String, Arc<AtomicU32>)
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let count = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            counter.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(serve(connection));
        }
    });
    (address, count)
}

async fn raw_session(service: &Service, address: &str, more: &[(&str, &str)]) -> Arc<Session> {
    let given = [("Division", "5512"), ("InitiateOAuth", "OFF"), ("OAuthAccessToken", "a1")];
    let all: Vec<_> = given.into_iter().chain(more.iter().copied()).collect();
    let settings = settings(address, &service.store, &all);
    Session::open_in(&settings, Handle::current(), service.world()).await.unwrap().0
}

#[tokio::test]
async fn a_connection_that_breaks_in_the_middle_is_tried_again_and_then_told() {
    let service = Service::start().await;
    let (address, count) = raw(|mut connection| async move {
        let mut request = [0; 4096];
        let _ = connection.read(&mut request).await;
        let _ = connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"d\":[]").await;
    })
    .await;
    let session = raw_session(&service, &address, &[]).await;
    let error = all_names(&session).await.unwrap_err();
    assert_eq!((error.sqlstate(), count.load(Ordering::SeqCst)), ("08S01", 4), "{error}");
}

#[tokio::test]
async fn a_service_that_is_not_there_and_one_that_is_silent_are_told_apart() {
    let service = Service::start().await;
    let unused = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let session = raw_session(&service, &format!("http://{unused}"), &[]).await;
    let error = all_names(&session).await.unwrap_err();
    assert!(error.sqlstate() == "08001" && error.to_string().contains(&unused.to_string()), "{error}");

    let (address, count) = raw(|connection| async move {
        tokio::time::sleep(Duration::from_secs(60)).await;
        drop(connection);
    })
    .await;
    let session = raw_session(&service, &address, &[("Timeout", "1")]).await;
    let begun = Instant::now();
    let error = all_names(&session).await.unwrap_err();
    assert!(error.sqlstate() == "HYT00" && error.to_string().contains("Timeout"), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(3));
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_is_not_reached() {
    let service = Service::start().await;
    let (address, _) = raw(|mut connection| async move {
        let _ = connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{\"d\":[]}").await;
    })
    .await;
    let session = raw_session(&service, &address.replace("http:", "https:"), &[]).await;
    let error = all_names(&session).await.unwrap_err();
    assert!(error.sqlstate() == "08001" && error.to_string().contains("corrupt message"), "{error}");
}

#[tokio::test]
async fn a_request_too_long_for_the_service_is_not_sent() {
    let service = Service::signed_in().await;
    let request = ReadRequest { filter: Some(format!("Name eq '{}'", "x".repeat(6000))), ..names() };
    let error = drain(read(&service.session().await, request)).await.unwrap_err();
    assert!(error.sqlstate() == "HYC00" && error.to_string().contains("6000"), "{error}");
    assert_eq!(service.requests(ACCOUNTS).await, 0);
}

#[tokio::test]
async fn a_dropped_read_ends_its_request_at_once() {
    let service = Service::start().await;
    let (ended, mut end) = tokio::sync::mpsc::unbounded_channel();
    let (address, count) = raw(move |mut connection| {
        let ended = ended.clone();
        async move {
            let mut request = [0; 4096];
            // The request, then nothing until the client closes the connection.
            while connection.read(&mut request).await.is_ok_and(|bytes| bytes > 0) {}
            let _ = ended.send(());
        }
    })
    .await;
    let session = raw_session(&service, &address, &[]).await;
    let mut stream = read(&session, names());
    assert!(tokio::time::timeout(Duration::from_millis(100), stream.next()).await.is_err());
    assert_eq!(count.load(Ordering::SeqCst), 1);
    drop(stream);
    tokio::time::timeout(Duration::from_secs(2), end.recv()).await.expect("the connection is closed").unwrap();
}

/// A company whose version of the service lacks a column: its description is read once, and the column is null.
#[tokio::test]
async fn a_column_that_the_service_lacks_is_found_out_once() {
    let service = Service::signed_in().await;
    let both = "$select=ID,Name";
    Mock::given(path(ACCOUNTS))
        .and(wiremock::matchers::query_param("$select", "ID,Name"))
        .respond_with(said(400, "Could not find a property named 'Name' on type 'Exact.Web.Api.Models.Account'."))
        .mount(&service.server)
        .await;
    let described = r#"<Edmx><Schema><EntityType Name="Account"><Property Name="ID"/></EntityType>
        <EntitySet Name="Accounts" EntityType="X.Account"/></Schema></Edmx>"#;
    Mock::given(path("/api/v1/5512/crm/$metadata"))
        .respond_with(ResponseTemplate::new(200).set_body_raw(described, "application/xml"))
        .mount(&service.server)
        .await;
    let row = json!({"d": {"results": [{"ID": "00000000-0000-0000-0000-000000000001"}]}});
    service.always("a1", ResponseTemplate::new(200).set_body_json(row)).await;
    let session = service.session().await;
    let entity = names().entity;
    let columns = ["ID", "Name"].map(|name| entity.column(name).unwrap().0).to_vec();
    for _ in 0..2 {
        let mut stream = read(&session, ReadRequest { columns: columns.clone(), ..names() });
        let batch = stream.next().await.unwrap().unwrap();
        assert_eq!((batch.num_rows(), batch.column(1).null_count()), (1, 1));
    }
    let requests = service.server.received_requests().await.unwrap();
    let data: Vec<_> = requests.iter().filter(|request| request.url.path() != TOKEN).collect();
    let asked: Vec<_> = data.iter().map(|request| request.url.query().unwrap_or("$metadata")).collect();
    assert_eq!(asked, [both, "$metadata", "$select=ID", "$select=ID"]);
}
