//! Tokens: rotation, refusals, sharing, and what a dropped query must not lose.

use wiremock::matchers::any;

use super::*;
use crate::auth;
use crate::settings::Secret;

fn refusal(status: u16, error: &str, description: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(json!({"error": error, "error_description": description}))
}

#[tokio::test]
async fn the_refresh_token_rotates_and_each_new_one_is_stored() {
    let service = Service::signed_in().await;
    service.tokens("r2", "a2", "r3").await;
    service.always("a1", page(&["first"], None)).await;
    service.always("a2", page(&["second"], None)).await;
    let session = service.session().await;
    assert_eq!(service.requests(TOKEN).await, 0, "opening costs no call");
    assert_eq!(all_names(&session).await.unwrap(), ["first"]);
    assert_eq!(service.stored_refresh_token().as_deref(), Some("r2"));
    service.clock.advance(569);
    assert_eq!(all_names(&session).await.unwrap(), ["first"]);
    assert_eq!(service.requests(TOKEN).await, 1, "not before 570 s");
    service.clock.advance(2);
    assert_eq!(all_names(&session).await.unwrap(), ["second"]);
    assert_eq!(service.stored_refresh_token().as_deref(), Some("r3"));
    assert_eq!((service.requests(TOKEN).await, session.calls_made()), (2, 3));
}

#[tokio::test]
async fn a_refused_access_token_is_replaced_once() {
    let service = Service::signed_in().await;
    service.always("a0", ResponseTemplate::new(401)).await;
    service.always("a1", page(&["x"], None)).await;
    let given = [("Division", "5512"), ("OAuthRefreshToken", "r1"), ("OAuthAccessToken", "a0")];
    let (session, _) = service.open(&given).await.unwrap();
    assert_eq!(all_names(&session).await.unwrap(), ["x"]);
    assert_eq!((service.requests(TOKEN).await, service.requests(ACCOUNTS).await), (1, 2));
}

#[tokio::test]
async fn refusals_of_four_tokens_are_final_and_html_is_no_obstacle() {
    let service = Service::signed_in().await;
    let html = ResponseTemplate::new(401).set_body_raw("<html><title>Object moved</title></html>", "text/html");
    service.always("a1", html.clone()).await;
    for number in 2..=4 {
        let token = format!("a{number}");
        service.tokens(&format!("r{number}"), &token, &format!("r{}", number + 1)).await;
        service.always(&token, html.clone()).await;
    }
    let error = all_names(&service.session().await).await.unwrap_err();
    assert_eq!(error.sqlstate(), "28000");
    assert!(error.to_string().contains("Object moved") && error.to_string().contains("exact-odbc login"), "{error}");
    assert_eq!(service.requests(ACCOUNTS).await, 4);
}

#[tokio::test]
async fn a_refresh_called_too_early_keeps_the_token_that_lives() {
    let service = Service::start().await;
    let early = refusal(400, "access_denied", "Rate limit exceeded: access_token not expired");
    let early = early.insert_header("Reason", "TooEarlyToRefreshTokens");
    Mock::given(path(TOKEN)).respond_with(early).mount(&service.server).await;
    service.once("a0", ResponseTemplate::new(401)).await;
    service.always("a0", page(&["x"], None)).await;
    let given = [("Division", "5512"), ("OAuthRefreshToken", "r1"), ("OAuthAccessToken", "a0")];
    let (session, _) = service.open(&given).await.unwrap();
    assert_eq!(all_names(&session).await.unwrap(), ["x"]);
    assert_eq!(all_names(&session).await.unwrap(), ["x"]);
    assert_eq!(service.requests(TOKEN).await, 1);
    assert_eq!(service.stored_refresh_token().as_deref(), Some("r1"));
}

#[tokio::test]
async fn a_sign_in_taken_over_is_told_and_the_store_is_left() {
    let service = Service::start().await;
    let spent = refusal(401, "unauthorized_client", "Old refresh token used.");
    Mock::given(path(TOKEN)).respond_with(spent).mount(&service.server).await;
    let error = all_names(&service.session().await).await.unwrap_err();
    assert_eq!(error.sqlstate(), "28000");
    assert!(error.to_string().contains("taken over") && error.to_string().contains("exact-odbc login"), "{error}");
    assert!(!format!("{error:?}").contains("geheim"));
    assert_eq!(service.requests(ACCOUNTS).await, 0);
    assert_eq!(service.stored_refresh_token().as_deref(), Some("r1"));
}

#[tokio::test]
async fn a_sign_in_that_has_ended_is_not_tried_again_until_a_new_one_is_made() {
    let service = Service::start().await;
    service.tokens("n1", "b1", "n2").await;
    service.always("b1", page(&["new"], None)).await;
    let cases = [
        (401, "unauthorized_client", "Old refresh token used.", "taken over: another program has used"),
        (400, "invalid_request", "The refresh token expired at 1", "not used for 30 days"),
        (400, "invalid_grant", "Token is not allowed, because of invalid or empty chainId", "a later sign-in"),
    ];
    for (number, (status, error, description, words)) in cases.into_iter().enumerate() {
        let token = format!("spent-{number}");
        Mock::given(path(TOKEN))
            .and(body_string_contains(format!("refresh_token={token}&")))
            .respond_with(refusal(status, error, description))
            .mount(&service.server)
            .await;
        let (session, _) = service.open(&[("Division", "5512"), ("OAuthRefreshToken", &token)]).await.unwrap();
        let before = service.requests(TOKEN).await;
        let first = all_names(&session).await.unwrap_err();
        assert!(first.to_string().contains(words) && first.to_string().contains("exact-odbc login"), "{first}");
        assert_eq!(all_names(&session).await.unwrap_err().to_string(), first.to_string());
        let connecting = service.open(&[("Division", "5512")]).await.unwrap_err();
        assert_eq!((connecting.sqlstate(), connecting.to_string()), ("28000", first.to_string()));
        assert_eq!(service.requests(TOKEN).await - before, 1, "{words}");
    }
    let (session, _) = service.open(&[("Division", "5512"), ("OAuthRefreshToken", "n1")]).await.unwrap();
    assert_eq!(all_names(&session).await.unwrap(), ["new"]);
}

#[tokio::test]
async fn a_token_that_the_service_never_heard_of_gives_way_to_the_one_before() {
    let service = Service::signed_in().await;
    service.always("a1", page(&["x"], None)).await;
    let session = service.session().await;
    all_names(&session).await.unwrap();
    let store = Store::at(&service.store);
    let before = store.load().unwrap().unwrap();
    assert_eq!(before.previous_refresh_token, Some(Secret::new("r1")), "kept until r2 has been exchanged");
    Mock::given(path(TOKEN))
        .and(body_string_contains("refresh_token=r2&"))
        .respond_with(refusal(400, "invalid_grant", "Token is not allowed, because of invalid or empty chainId"))
        .mount(&service.server)
        .await;
    service.clock.advance(580);
    assert_eq!(all_names(&session).await.unwrap(), ["x"]);
    assert_eq!(service.requests(TOKEN).await, 3, "r1, r2 in vain, r1");
}

#[tokio::test]
async fn the_marker_is_there_while_the_token_is_on_its_way() {
    let service = Service::start().await;
    let answer = json!({"access_token": "a1", "token_type": "bearer", "expires_in": 600, "refresh_token": "r2"});
    let slow = ResponseTemplate::new(200).set_body_json(answer).set_delay(Duration::from_millis(150));
    Mock::given(path(TOKEN)).respond_with(slow).mount(&service.server).await;
    service.always("a1", page(&["x"], None)).await;
    let session = service.session().await;
    let store = Store::at(&service.store);
    let reading = all_names(&session);
    let looking = async {
        tokio::time::sleep(Duration::from_millis(75)).await;
        store.load().unwrap().unwrap()
    };
    let (names, meanwhile) = tokio::join!(reading, looking);
    assert_eq!(names.unwrap(), ["x"]);
    let sent = auth::Renewal { sent_ms: service.clock.now_ms(), process: std::process::id() };
    assert_eq!((meanwhile.renewal, meanwhile.refresh_token), (Some(sent), Some(Secret::new("r1"))));
    assert_eq!(store.load().unwrap().unwrap().renewal, None);
}

#[tokio::test]
async fn a_token_endpoint_in_passing_trouble_is_asked_again() {
    let service = Service::start().await;
    Mock::given(path(TOKEN)).respond_with(ResponseTemplate::new(503)).up_to_n_times(2).mount(&service.server).await;
    service.tokens("r1", "a1", "r2").await;
    service.always("a1", page(&["x"], None)).await;
    let session = service.session().await;
    assert_eq!(all_names(&session).await.unwrap(), ["x"]);
    assert_eq!(service.requests(TOKEN).await, 3);
}

/// Others wait for the store's lock meanwhile, for 90 seconds.
#[tokio::test]
async fn an_exchange_is_not_repeated_for_long() {
    let service = Service::start().await;
    Mock::given(path(TOKEN)).respond_with(ResponseTemplate::new(503)).mount(&service.server).await;
    let retry = RetryPolicy { first_pause: Duration::from_secs(60), ..RetryPolicy::default() };
    let (world, settings) = (World { retry, ..service.world() }, [("Division", "5512"), ("OAuthRefreshToken", "r1")]);
    let (session, _) = Session::open_in(&service.settings(&settings), Handle::current(), world).await.unwrap();
    let error = all_names(&session).await.unwrap_err();
    assert!(error.to_string().contains("could not issue an access token"), "{error}");
    assert_eq!(service.requests(TOKEN).await, 1);
}

#[tokio::test]
async fn an_answer_that_got_lost_on_the_way_is_told_as_such() {
    let service = Service::start().await;
    // The service has exchanged the token, and its answer was no answer.
    Mock::given(path(TOKEN)).respond_with(ResponseTemplate::new(502)).up_to_n_times(1).mount(&service.server).await;
    let used = refusal(401, "unauthorized_client", "Old refresh token used.");
    Mock::given(path(TOKEN)).respond_with(used).mount(&service.server).await;
    let error = all_names(&service.session().await).await.unwrap_err();
    let words = format!("process {} sent its refresh token at 2023-11-14 22:13:30 UTC", std::process::id());
    assert!(error.to_string().contains(&words), "{error}");
}

#[tokio::test]
async fn a_store_that_cannot_be_written_is_reported_before_the_token_is_spent() {
    let mut service = Service::signed_in().await;
    service.always("a1", page(&["x"], None)).await;
    let folder = tempfile::tempdir().unwrap();
    service.store = folder.path().join("store.json").display().to_string();
    let session = service.session().await;
    // Root may write where nobody may, but not onto a folder.
    let lock = folder.path().join("store.json.lock");
    std::fs::remove_file(&lock).unwrap();
    std::fs::create_dir(&lock).unwrap();
    let error = all_names(&session).await.unwrap_err();
    assert!(error.sqlstate() == "HY000" && error.to_string().contains("cannot be locked"), "{error}");
    assert_eq!(service.requests(TOKEN).await, 0);
    std::fs::remove_dir(&lock).unwrap();
    assert_eq!(all_names(&session).await.unwrap(), ["x"]);
}

#[tokio::test]
async fn a_read_only_store_is_left_alone_and_no_token_is_spent() {
    let mut service = Service::signed_in().await;
    service.always("a1", page(&["x"], None)).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.json");
    service.store = path.display().to_string();
    let session = service.session().await;
    let (content, permissions) = (std::fs::read(&path).unwrap(), std::fs::metadata(&path).unwrap().permissions());
    let mut read_only = permissions.clone();
    read_only.set_readonly(true);
    std::fs::set_permissions(&path, read_only.clone()).unwrap();
    for _ in 0..2 {
        let error = all_names(&session).await.unwrap_err();
        let words = format!("{}: cannot be written: ", path.display());
        assert!(error.sqlstate() == "HY000" && error.to_string().contains(&words), "{error}");
    }
    assert_eq!(service.requests(TOKEN).await, 0);
    assert_eq!(std::fs::read(&path).unwrap(), content);
    assert_eq!(std::fs::metadata(&path).unwrap().permissions(), read_only);
    let names = std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name());
    assert!(!names.into_iter().any(|name| name.to_string_lossy().ends_with(".new")), "a part of a store is left");
    std::fs::set_permissions(&path, permissions).unwrap();
    assert_eq!(all_names(&session).await.unwrap(), ["x"]);
}

#[tokio::test]
async fn connections_of_one_identity_refresh_once() {
    let service = Service::signed_in().await;
    service.always("a1", page(&["x"], None)).await;
    let (one, two) = (service.session().await, service.session().await);
    assert!(Arc::ptr_eq(&one.identity, &two.identity));
    let (first, second) = tokio::join!(all_names(&one), all_names(&two));
    assert_eq!((first.unwrap(), second.unwrap()), (vec!["x".to_owned()], vec!["x".to_owned()]));
    assert_eq!(service.requests(TOKEN).await, 1);
    let weak = Arc::downgrade(&one.identity);
    drop((one, two));
    tokio::time::timeout(Duration::from_secs(5), async {
        while weak.strong_count() > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await
    .expect("the registry holds no identity that nobody uses");
}

#[tokio::test]
async fn another_process_that_has_renewed_the_token_is_noticed() {
    let service = Service::signed_in().await;
    service.always("a1", page(&["ours"], None)).await;
    service.always("a9", page(&["theirs"], None)).await;
    let session = service.session().await;
    all_names(&session).await.unwrap();
    let store = Store::at(&service.store);
    let mut stored = store.load().unwrap().unwrap();
    service.clock.advance(580);
    stored.access_token = Some(Secret::new("a9"));
    stored.refresh_token = Some(Secret::new("r9"));
    stored.issued_ms = service.clock.now_ms();
    store.lock().await.unwrap().save(&stored).unwrap();
    assert_eq!(all_names(&session).await.unwrap(), ["theirs"]);
    assert_eq!(service.requests(TOKEN).await, 1);
}

#[tokio::test]
async fn a_dropped_query_does_not_lose_the_new_pair() {
    let service = Service::start().await;
    let answer = json!({"access_token": "a1", "token_type": "bearer", "expires_in": 600, "refresh_token": "r2"});
    let slow = ResponseTemplate::new(200).set_body_json(answer).set_delay(Duration::from_millis(150));
    Mock::given(path(TOKEN)).respond_with(slow).mount(&service.server).await;
    let session = service.session().await;
    let cut_short = tokio::time::timeout(Duration::from_millis(50), all_names(&session)).await;
    assert!(cut_short.is_err());
    tokio::time::timeout(Duration::from_secs(5), async {
        while service.stored_refresh_token().as_deref() != Some("r2") {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .expect("the answer to a refresh is stored even if nobody waits for it");
}

#[tokio::test]
async fn the_division_is_asked_once_and_stored() {
    let service = Service::signed_in().await;
    let me = json!({"d": {"results": [{"CurrentDivision": 777, "FullName": "Jan"}]}});
    Mock::given(path("/api/v1/current/Me"))
        .and(header("Authorization", "Bearer a1"))
        .respond_with(ResponseTemplate::new(200).set_body_json(me))
        .mount(&service.server)
        .await;
    let (session, notices) = service.open(&[("OAuthRefreshToken", "r1")]).await.unwrap();
    assert_eq!((session.division(), session.user_name().as_deref()), (777, Some("Jan")));
    assert!(notices.iter().any(|notice| notice.message.contains("777")));
    assert_eq!(session.calls_made(), 0, "current/Me is not counted");
    let (again, notices) = service.open(&[]).await.unwrap();
    assert_eq!((again.division(), again.user_name().as_deref(), notices), (777, Some("Jan"), Vec::new()));
    assert_eq!(service.requests("/api/v1/current/Me").await, 1);
    let (other, _) = service.open(&[("Division", "5,6")]).await.unwrap();
    assert_eq!(other.division(), 5);
}

#[tokio::test]
async fn an_imported_token_is_exchanged_and_a_refused_one_leaves_the_old_sign_in() {
    let service = Service::signed_in().await;
    let me = json!({"d": {"results": [{"CurrentDivision": 777, "FullName": "Jan"}]}});
    Mock::given(path("/api/v1/current/Me"))
        .respond_with(ResponseTemplate::new(200).set_body_json(me))
        .mount(&service.server)
        .await;
    let settings = service.settings(&[]);
    let import = |token| auth::import_refresh_token(&settings, Secret::new(token), Handle::current());
    let sign_in = import("r1").await.unwrap();
    assert_eq!((sign_in.division, sign_in.refresh_token), (Some(777), Some(Secret::new("r2"))));
    Mock::given(any()).respond_with(refusal(400, "invalid_grant", "no")).mount(&service.server).await;
    assert_eq!(import("bad").await.unwrap_err().sqlstate(), "28000");
    assert_eq!(service.stored_refresh_token().as_deref(), Some("r2"));
}

#[tokio::test]
async fn a_new_sign_in_is_used_by_connections_that_are_open() {
    let service = Service::signed_in().await;
    service.tokens("n1", "b1", "n2").await;
    service.always("a1", page(&["old"], None)).await;
    service.always("b1", page(&["new"], None)).await;
    let session = service.session().await;
    assert_eq!(all_names(&session).await.unwrap(), ["old"]);
    let (again, _) = service.open(&[("Division", "5512"), ("OAuthRefreshToken", "n1")]).await.unwrap();
    assert_eq!(all_names(&again).await.unwrap(), ["new"]);
    assert_eq!(all_names(&session).await.unwrap(), ["new"]);
    assert_eq!(service.stored_refresh_token().as_deref(), Some("n2"));
}

#[tokio::test]
async fn a_code_from_a_browser_is_exchanged_when_nothing_is_stored() {
    let service = Service::start().await;
    let answer = json!({"access_token": "a1", "token_type": "bearer", "expires_in": 600, "refresh_token": "r2"});
    Mock::given(path(TOKEN))
        .and(body_string_contains("grant_type=authorization_code"))
        .and(body_string_contains("code=stamp%21x%2F"))
        .and(body_string_contains("redirect_uri=https%3A%2F%2Fexample.org%2Fback"))
        .respond_with(ResponseTemplate::new(200).set_body_json(answer))
        .mount(&service.server)
        .await;
    let me = json!({"d": {"results": [{"CurrentDivision": 777, "FullName": "Jan"}]}});
    Mock::given(path("/api/v1/current/Me"))
        .respond_with(ResponseTemplate::new(200).set_body_json(me))
        .mount(&service.server)
        .await;
    let given = [("OAuthVerifier", "stamp!x/"), ("CallbackURL", "https://example.org/back")];
    let (session, _) = service.open(&given).await.unwrap();
    assert_eq!(session.division(), 777);
    assert_eq!(service.stored_refresh_token().as_deref(), Some("r2"));
    service.open(&given).await.unwrap();
    assert_eq!(service.requests(TOKEN).await, 1, "a code is exchanged once");
}

#[tokio::test]
async fn tokens_given_with_initiate_oauth_off_are_used_as_they_are() {
    let service = Service::start().await;
    service.always("given", page(&["x"], None)).await;
    let given = [("Division", "5512"), ("InitiateOAuth", "OFF"), ("OAuthAccessToken", "given")];
    let (session, _) = service.open(&given).await.unwrap();
    assert_eq!(all_names(&session).await.unwrap(), ["x"]);
    service.clock.advance(601);
    let error = all_names(&session).await.unwrap_err();
    assert!(error.sqlstate() == "28000" && error.to_string().contains("InitiateOAuth"), "{error}");
    assert_eq!(service.requests(TOKEN).await, 0);
}

#[tokio::test]
async fn no_secret_shows_in_debug() {
    let service = Service::signed_in().await;
    service.always("a1", page(&["x"], None)).await;
    let session = service.session().await;
    let mut stream = read(&session, names());
    stream.next().await.unwrap().unwrap();
    let shown = format!("{session:?} {stream:?} {:?}", Store::at(&service.store).load().unwrap());
    for secret in ["geheim", "\"a1\"", "\"r1\"", "\"r2\""] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}
