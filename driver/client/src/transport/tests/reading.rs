//! Pages: order of requests, prefetch, limits of rows, counting.

use wiremock::matchers::query_param;

use super::*;
use crate::reader::count;

/// Three pages of two names each.
async fn three_pages(service: &Service) {
    let link = |token: &str| format!("{}{ACCOUNTS}?$select=Name&$skiptoken={token}", service.server.uri());
    for (token, names, next) in [("1", ["c", "d"], Some(link("2"))), ("2", ["e", "f"], None)] {
        Mock::given(path(ACCOUNTS))
            .and(query_param("$skiptoken", token))
            .respond_with(page(&names, next.as_deref()))
            .mount(&service.server)
            .await;
    }
    service.always("a1", page(&["a", "b"], Some(&link("1")))).await;
}

#[tokio::test]
async fn all_pages_are_read_in_order() {
    let service = Service::signed_in().await;
    three_pages(&service).await;
    let session = service.session().await;
    assert_eq!(all_names(&session).await.unwrap(), ["a", "b", "c", "d", "e", "f"]);
    assert_eq!((service.requests(ACCOUNTS).await, session.calls_made()), (3, 3));
}

#[tokio::test]
async fn one_page_is_fetched_ahead_and_nothing_before_the_first_poll() {
    let service = Service::signed_in().await;
    three_pages(&service).await;
    let session = service.session().await;
    let mut stream = read(&session, names());
    tokio::time::sleep(Duration::from_millis(30)).await;
    assert_eq!(service.requests(ACCOUNTS).await, 0);
    stream.next().await.unwrap().unwrap();
    tokio::time::timeout(Duration::from_secs(5), async {
        while service.requests(ACCOUNTS).await < 2 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
    .await
    .expect("the second page is asked for while the first is consumed");
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(service.requests(ACCOUNTS).await, 2, "and no more than that one");
    assert_eq!(drain(stream).await.unwrap(), ["c", "d", "e", "f"]);
}

#[tokio::test]
async fn no_page_is_asked_for_once_enough_rows_have_come() {
    for (top, expected, calls) in [(0, "", 0), (1, "a", 1), (2, "a b", 1), (3, "a b c", 2), (9, "a b c d e f", 3)] {
        let service = Service::signed_in().await;
        three_pages(&service).await;
        let session = service.session().await;
        let found = drain(read(&session, ReadRequest { top: Some(top), ..names() })).await.unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert_eq!((found.join(" ").as_str(), service.requests(ACCOUNTS).await), (expected, calls), "top {top}");
    }
}

#[tokio::test]
async fn rows_are_counted_by_the_service() {
    let service = Service::signed_in().await;
    Mock::given(path(format!("{ACCOUNTS}/$count")))
        .and(query_param("$filter", "Name eq 'x'"))
        .respond_with(ResponseTemplate::new(200).set_body_string("\u{feff}1234\r\n"))
        .mount(&service.server)
        .await;
    let session = service.session().await;
    let request = ReadRequest { filter: Some("Name eq 'x'".into()), ..names() };
    assert_eq!(count(&session, &request).await.unwrap(), 1234);
    assert_eq!(session.calls_made(), 1);
}

#[tokio::test]
async fn a_row_is_read_by_its_key() {
    let service = Service::signed_in().await;
    let found = ResponseTemplate::new(200).set_body_json(json!({"d": {"__metadata": {}, "Name": "x"}}));
    for (key, answer) in [("ab", found), ("cd", said(404, "Not found"))] {
        Mock::given(path(format!("{ACCOUNTS}(guid%27{key}%27)"))).respond_with(answer).mount(&service.server).await;
    }
    let session = service.session().await;
    let request = |key: &str| ReadRequest { key: Some(format!("guid'{key}'")), ..names() };
    assert_eq!(drain(read(&session, request("ab"))).await.unwrap(), ["x"]);
    assert_eq!(drain(read(&session, request("cd"))).await.unwrap_err().native(), 404);
}

#[tokio::test]
async fn an_answer_packed_by_gzip_is_read() {
    let service = Service::signed_in().await;
    service.always("a1", page(&["x"], None)).await;
    all_names(&service.session().await).await.unwrap();
    let requests = service.server.received_requests().await.unwrap();
    let data = requests.iter().find(|request| request.url.path() == ACCOUNTS).unwrap();
    assert!(data.headers["accept-encoding"].to_str().unwrap().contains("gzip"));
    assert_eq!(data.headers["accept"], "application/json");
    assert_eq!(data.url.query(), Some("$select=Name"));
}
